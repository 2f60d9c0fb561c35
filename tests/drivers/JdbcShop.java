// What a Java application does with its driver: prepared statements beyond prepareThreshold,
// batches, transactions, fetch sizes, generated keys. Each claim that fails ends the program.

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;

public class JdbcShop {
  private final Connection connection;

  JdbcShop(Connection connection) {
    this.connection = connection;
  }

  static void expect(Object wanted, Object got, String claim) {
    if (!wanted.equals(got)) {
      throw new AssertionError(claim + ": expected " + wanted + ", got " + got);
    }
  }

  String name(long customer) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT name FROM customers WHERE customer_id = ?")) {
      query.setLong(1, customer);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? rows.getString(1) : null;
      }
    }
  }

  // From the fifth execution on, the driver names its statement and asks for binary results.
  void preparedOnTheServer() throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(
        "SELECT customer_id, name FROM customers WHERE customer_id = ?")) {
      for (long customer = 1; customer <= 20; customer++) {
        query.setLong(1, customer);
        try (ResultSet rows = query.executeQuery()) {
          rows.next();
          expect(customer, rows.getLong(1), "the key");
          expect("c" + customer, rows.getString(2), "the name");
        }
      }
    }
  }

  void batchAndGeneratedKeys() throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO customers (customer_id, name) VALUES (?, ?)")) {
      for (long customer = 200; customer < 220; customer++) {
        insert.setLong(1, customer);
        insert.setString(2, "batch");
        insert.addBatch();
      }
      expect(20, insert.executeBatch().length, "a batch over both shards");
    }
    try (PreparedStatement insert = connection.prepareStatement(
        "INSERT INTO customers (customer_id, name) VALUES (?, ?)",
        Statement.RETURN_GENERATED_KEYS)) {
      insert.setLong(1, 221);
      insert.setString(2, "key");
      insert.executeUpdate();
      ResultSet keys = insert.getGeneratedKeys();
      keys.next();
      expect(221L, keys.getLong(1), "the generated key");
    }
    try (Statement delete = connection.createStatement()) {
      expect(21, delete.executeUpdate("DELETE FROM customers WHERE customer_id >= 200"), "deleted");
    }
  }

  void transactionsAndSavepoints() throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("UPDATE customers SET name = 'x' WHERE customer_id IN (1, 2)");
      Savepoint before = connection.setSavepoint();
      try {
        statement.executeQuery("SELECT 1 / 0");
        throw new AssertionError("a division by zero went through");
      } catch (SQLException error) {
        expect("22012", error.getSQLState(), "the error");
      }
      connection.rollback(before);
      expect("x", name(2), "what was before the savepoint");
      connection.rollback();
      expect("c2", name(2), "after the rollback");
      connection.commit();
    } finally {
      connection.setAutoCommit(true);
    }
  }

  // A portal that is executed in parts.
  void fetchSize() throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement query = connection.prepareStatement(
        "SELECT n FROM customers, generate_series(1, 25) AS n WHERE customer_id = ? ORDER BY n")) {
      query.setFetchSize(4);
      query.setLong(1, 3);
      int rowsSeen = 0;
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          expect(++rowsSeen, rows.getInt(1), "a row of a portal");
        }
      }
      expect(25, rowsSeen, "rows of a portal");
      connection.commit();
    } finally {
      connection.setAutoCommit(true);
    }
  }

  void aggregatesAndMetadata() throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT count(*), avg(customer_id) FROM customers")) {
      for (int round = 0; round < 8; round++) {
        ResultSet rows = query.executeQuery();
        rows.next();
        expect(20L, rows.getLong(1), "count");
        expect(new BigDecimal("10.5000000000000000"), rows.getBigDecimal(2), "avg");
      }
    }
    try (ResultSet columns =
        connection.getMetaData().getColumns(null, "public", "customers", null)) {
      int columnsSeen = 0;
      while (columns.next()) {
        columnsSeen++;
      }
      expect(2, columnsSeen, "columns that the catalog shows");
    }
  }

  public static void main(String[] arguments) throws SQLException {
    try (Connection connection = DriverManager.getConnection(arguments[0], "shop", "shop")) {
      JdbcShop shop = new JdbcShop(connection);
      shop.preparedOnTheServer();
      shop.batchAndGeneratedKeys();
      shop.transactionsAndSavepoints();
      shop.fetchSize();
      shop.aggregatesAndMetadata();
    }
    System.out.println("all well");
  }
}
