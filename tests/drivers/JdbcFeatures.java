// What JDBC offers beyond JdbcShop: cancelling, time-outs, COPY, large objects, binary transfer,
// savepoints of the driver's own, metadata. Each claim that fails ends the program.
// Usage: JdbcFeatures URL

import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.Arrays;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;

public class JdbcFeatures {
  interface Work {
    void run(Connection connection) throws Exception;
  }

  static void expect(Object wanted, Object got, String claim) {
    if (!wanted.equals(got)) {
      throw new AssertionError(claim + ": expected " + wanted + ", got " + got);
    }
  }

  static void expectState(String sqlstate, Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      throw new AssertionError(sql + " went through");
    } catch (SQLException error) {
      expect(sqlstate, error.getSQLState(), sql + ": " + error.getMessage());
    }
  }

  static Object one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getObject(1) : null;
    }
  }

  static void cancel(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      Thread canceller = new Thread(() -> {
        try {
          // The driver asks for nothing where no statement runs yet.
          while (!Thread.interrupted()) {
            Thread.sleep(300);
            statement.cancel();
          }
        } catch (InterruptedException end) {
          return;
        } catch (SQLException error) {
          throw new IllegalStateException(error);
        }
      });
      canceller.start();
      try {
        statement.executeQuery("SELECT pg_sleep(30)");
        throw new AssertionError("it was not cancelled");
      } catch (SQLException error) {
        expect("57014", error.getSQLState(), "cancelled");
      }
      canceller.interrupt();
      canceller.join();
      statement.setQueryTimeout(1);
      try {
        statement.executeQuery("SELECT pg_sleep(30), customer_id FROM customers");
        throw new AssertionError("no time-out");
      } catch (SQLException error) {
        expect("57014", error.getSQLState(), "timed out");
      }
    }
    expect(1, one(connection, "SELECT 1"), "after cancelling");
  }

  static void cursorsByFetchSize(Connection connection) throws Exception {
    connection.setAutoCommit(false);
    try (PreparedStatement query =
        connection.prepareStatement("SELECT customer_id FROM customers ORDER BY customer_id")) {
      query.setFetchSize(3);
      for (int round = 0; round < 7; round++) {
        long wanted = 0;
        try (ResultSet rows = query.executeQuery()) {
          while (rows.next()) {
            expect(++wanted, rows.getLong(1), "a key, round " + round);
          }
        }
        expect(20L, wanted, "all of them");
      }
      // Two that are read in turns.
      try (PreparedStatement other =
              connection.prepareStatement("SELECT n FROM generate_series(1, 20) AS n");
          ResultSet first = query.executeQuery()) {
        other.setFetchSize(2);
        try (ResultSet second = other.executeQuery()) {
          while (first.next() && second.next()) {
            expect(first.getLong(1), second.getLong(1), "in step");
          }
        }
      }
      connection.commit();
    } finally {
      connection.setAutoCommit(true);
    }
  }

  static void batches(Connection connection) throws Exception {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO customers VALUES (?, ?)")) {
      for (int round = 0; round < 3; round++) {
        for (long customer = 1000; customer < 1300; customer++) {
          insert.setLong(1, customer);
          insert.setString(2, "batch");
          insert.addBatch();
        }
        expect(300, insert.executeBatch().length, "a batch");
        expect(300L, one(connection, "SELECT count(*) FROM customers WHERE customer_id >= 1000"),
            "rows of the batch");
        try (Statement delete = connection.createStatement()) {
          expect(300, delete.executeUpdate("DELETE FROM customers WHERE customer_id >= 1000"), "");
        }
      }
      connection.setAutoCommit(false);
      for (long customer : new long[] {1000, 1001, 1, 1002}) {
        insert.setLong(1, customer);
        insert.setString(2, "bad");
        insert.addBatch();
      }
      try {
        insert.executeBatch();
        throw new AssertionError("a duplicate key went through");
      } catch (BatchUpdateException error) {
        expect("23505", error.getSQLState(), "the batch's error");
      }
      connection.rollback();
      connection.setAutoCommit(true);
      expect(20L, one(connection, "SELECT count(*) FROM customers"), "nothing of it stays");
    }
    try (Statement mixed = connection.createStatement()) {
      mixed.addBatch("INSERT INTO customers VALUES (1000, 'x')");
      mixed.addBatch("UPDATE customers SET name = 'y' WHERE customer_id >= 1000");
      mixed.addBatch("DELETE FROM customers WHERE customer_id = 1000");
      expect("[1, 1, 1]", Arrays.toString(mixed.executeBatch()), "a mixed batch");
    }
    try (PreparedStatement insert = connection.prepareStatement(
        "INSERT INTO settings VALUES (?, 'k')", new String[] {"key", "value"})) {
      insert.setString(1, "k1");
      insert.addBatch();
      insert.setString(1, "k2");
      insert.addBatch();
      insert.executeBatch();
      ResultSet keys = insert.getGeneratedKeys();
      keys.next();
      keys.next();
      expect("k2", keys.getString(1), "generated keys of a batch");
    }
    expect(1, connection.createStatement().executeUpdate("DELETE FROM settings WHERE key = 'k1'"), "");
    expect(1, connection.createStatement().executeUpdate("DELETE FROM settings WHERE key = 'k2'"), "");
  }

  static void copy(Connection connection) throws Exception {
    CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
    StringBuilder rows = new StringBuilder();
    for (int row = 0; row < 5000; row++) {
      rows.append("copy").append(row).append("\tvalue\n");
    }
    expect(5000L, copies.copyIn("COPY settings FROM STDIN", new StringReader(rows.toString())), "in");
    StringWriter out = new StringWriter();
    expect(5001L, copies.copyOut("COPY settings TO STDOUT", out), "out");
    try {
      copies.copyIn("COPY settings FROM STDIN", new StringReader("copy1\ttwice\n"));
      throw new AssertionError("a duplicate went through");
    } catch (SQLException error) {
      expect("23505", error.getSQLState(), "COPY's error");
    }
    var unfinished = copies.copyIn("COPY settings FROM STDIN");
    unfinished.writeToCopy("lost\tlost\n".getBytes(), 0, 10);
    unfinished.cancelCopy();
    try (Statement statement = connection.createStatement()) {
      expect(5000, statement.executeUpdate("DELETE FROM settings WHERE key LIKE 'copy%'"), "");
    }
    expect(1L, one(connection, "SELECT count(*) FROM settings"), "what is left");
  }

  static void largeObjects(Connection connection) throws Exception {
    connection.setAutoCommit(false);
    LargeObjectManager objects = connection.unwrap(PGConnection.class).getLargeObjectAPI();
    long number = objects.createLO(LargeObjectManager.READWRITE);
    byte[] content = new byte[300_000];
    for (int at = 0; at < content.length; at++) {
      content[at] = (byte) (at * 31);
    }
    LargeObject object = objects.open(number, LargeObjectManager.READWRITE);
    object.write(content);
    object.seek64(100_000, LargeObject.SEEK_SET);
    expect(true, Arrays.equals(Arrays.copyOfRange(content, 100_000, 150_000), object.read(50_000)),
        "what was written");
    expect(150_000L, object.tell64(), "the place");
    expect(300_000L, object.size64(), "the size");
    object.truncate64(10);
    object.close();
    connection.commit();
    object = objects.open(number, LargeObjectManager.READ);
    expect(10, object.getInputStream().readAllBytes().length, "after it was cut");
    object.close();
    objects.delete(number);
    connection.commit();
    try {
      objects.open(number);
      throw new AssertionError("it is still there");
    } catch (SQLException error) {
      expect("42704", error.getSQLState(), "gone");
    }
    connection.rollback();
    connection.setAutoCommit(true);
  }

  static void types(Connection connection) throws Exception {
    UUID uuid = UUID.randomUUID();
    Timestamp time = Timestamp.valueOf("2024-02-29 12:34:56.789012");
    try (PreparedStatement query = connection.prepareStatement(
        "SELECT ?::int8, ?::int4, ?::float8, ?::numeric, ?::text, ?::bool, ?::uuid, ?::timestamp, "
            + "?::bytea, ?::int4[] FROM customers WHERE customer_id = 1")) {
      for (int round = 0; round < 8; round++) {
        query.setLong(1, 1L << 40);
        query.setInt(2, round);
        query.setDouble(3, 0.1);
        query.setBigDecimal(4, new BigDecimal("12.50"));
        query.setString(5, "h\u00e9llo '\\");
        query.setBoolean(6, true);
        query.setObject(7, uuid);
        query.setTimestamp(8, time);
        query.setBytes(9, new byte[] {0, -1, 7});
        query.setArray(10, connection.createArrayOf("int4", new Integer[] {1, null, 3}));
        try (ResultSet rows = query.executeQuery()) {
          rows.next();
          expect(1L << 40, rows.getLong(1), "int8");
          expect(round, rows.getInt(2), "int4");
          expect(0.1, rows.getDouble(3), "float8");
          expect(new BigDecimal("12.50"), rows.getBigDecimal(4), "numeric");
          expect("h\u00e9llo '\\", rows.getString(5), "text");
          expect(true, rows.getBoolean(6), "bool");
          expect(uuid, rows.getObject(7), "uuid");
          expect(time, rows.getTimestamp(8), "timestamp");
          expect("[0, -1, 7]", Arrays.toString(rows.getBytes(9)), "bytea");
          expect("[1, null, 3]", Arrays.toString((Object[]) rows.getArray(10).getArray()), "array");
        }
      }
    }
  }

  static void metadata(Connection connection) throws Exception {
    DatabaseMetaData about = connection.getMetaData();
    expect("PostgreSQL", about.getDatabaseProductName(), "product");
    expect(15, about.getDatabaseMajorVersion(), "version");
    try (ResultSet keys = about.getPrimaryKeys(null, "public", "customers")) {
      keys.next();
      expect("customer_id", keys.getString("COLUMN_NAME"), "the primary key");
    }
    try (ResultSet tables = about.getTables(null, "public", "%", new String[] {"TABLE"})) {
      int seen = 0;
      while (tables.next()) {
        seen++;
      }
      expect(3, seen, "tables");
    }
    try (ResultSet indexes = about.getIndexInfo(null, "public", "settings", true, false)) {
      indexes.next();
      expect("settings_pkey", indexes.getString("INDEX_NAME"), "the index");
    }
    about.getTypeInfo().close();
    about.getProcedures(null, "public", "%").close();
    about.getSchemas().close();
    try (PreparedStatement query =
        connection.prepareStatement("SELECT * FROM customers WHERE customer_id = ?")) {
      ParameterMetaData parameters = query.getParameterMetaData();
      expect("int8", parameters.getParameterTypeName(1), "the parameter's type");
      ResultSetMetaData columns = query.getMetaData();
      expect("name", columns.getColumnName(2), "a column");
      expect("text", columns.getColumnTypeName(2), "its type");
    }
  }

  static void warningsAndNotifications(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT complain(9)");
      SQLWarning warning = statement.getWarnings();
      expect("complaint 9", warning.getMessage(), "the warning");
      statement.execute("LISTEN java_news");
      statement.execute("NOTIFY java_news, 'hello'");
    }
    PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications(5000);
    expect("hello", heard[0].getParameter(), "the notification");
  }

  // autosave=always: an error inside a transaction does not end it.
  static void autosave(Connection connection) throws Exception {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("INSERT INTO settings VALUES ('saved', '1')");
      expectState("22012", connection, "SELECT 1 / 0");
      expectState("42P01", connection, "SELECT * FROM nowhere");
      statement.executeUpdate("UPDATE customers SET name = 'saved' WHERE customer_id IN (3, 4)");
      expectState("23505", connection, "INSERT INTO customers VALUES (3, 'again')");
      expect(2L, one(connection, "SELECT count(*) FROM customers WHERE name = 'saved'"), "kept");
      connection.rollback();
    } finally {
      connection.setAutoCommit(true);
    }
    expect(0L, one(connection, "SELECT count(*) FROM settings WHERE key = 'saved'"), "undone");
  }

  // More statements than the driver keeps: those that it drops are closed on the server.
  static void manyStatements(Connection connection) throws Exception {
    for (int round = 0; round < 2; round++) {
      for (int number = 0; number < 300; number++) {
        try (PreparedStatement query = connection.prepareStatement(
            "SELECT " + number + " + ? FROM customers WHERE customer_id = 2")) {
          query.setInt(1, 1);
          ResultSet rows = query.executeQuery();
          rows.next();
          expect(number + 1, rows.getInt(1), "statement " + number);
        }
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    Work[] all = {JdbcFeatures::cancel, JdbcFeatures::cursorsByFetchSize, JdbcFeatures::batches,
        JdbcFeatures::copy, JdbcFeatures::largeObjects, JdbcFeatures::types,
        JdbcFeatures::metadata, JdbcFeatures::warningsAndNotifications,
        JdbcFeatures::manyStatements};
    for (Work work : all) {
      try (Connection connection = DriverManager.getConnection(url, "shop", "shop")) {
        work.run(connection);
      }
    }
    try (Connection connection =
        DriverManager.getConnection(url + "&autosave=always", "shop", "shop")) {
      autosave(connection);
    }
    try (Connection connection =
        DriverManager.getConnection(url + "&reWriteBatchedInserts=true", "shop", "shop")) {
      batches(connection);
    }
    System.out.println("all well");
  }
}
