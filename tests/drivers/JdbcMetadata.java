import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Prints what DatabaseMetaData says of the tables of schema public, a line for each row. */
public class JdbcMetadata {
  public static void main(String[] arguments) throws SQLException {
    try (Connection connection = DriverManager.getConnection(arguments[0])) {
      DatabaseMetaData data = connection.getMetaData();
      print("tables", data.getTables(null, "public", "%", null));
      print("only tables", data.getTables(null, null, "t\\_%", new String[] {"TABLE", "INDEX"}));
      print("columns", data.getColumns(null, "public", "%", "%"));
      for (String table : new String[] {"t_order", "t_item", "settings", "t_order_0"}) {
        print("primary keys", data.getPrimaryKeys(null, "public", table));
        print("indexes", data.getIndexInfo(null, "public", table, false, true));
        print("imported keys", data.getImportedKeys(null, "public", table));
        print("exported keys", data.getExportedKeys(null, "public", table));
        print("best row", data.getBestRowIdentifier(null, "public", table,
            DatabaseMetaData.bestRowSession, true));
        print("versions", data.getVersionColumns(null, "public", table));
        print("privileges", data.getTablePrivileges(null, "public", table));
        print("column privileges", data.getColumnPrivileges(null, "public", table, "%"));
      }
      print("cross reference",
          data.getCrossReference(null, "public", "t_order", null, "public", "t_item"));
      print("types", data.getUDTs(null, "public", "%", null));
    }
  }

  /** Numbers of databases and sizes differ, and are left out. */
  private static void print(String what, ResultSet rows) throws SQLException {
    while (rows.next()) {
      StringBuilder line = new StringBuilder(what);
      for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
        String name = rows.getMetaData().getColumnLabel(column).toLowerCase();
        boolean varies = name.endsWith("_cat") || name.equals("pages") || name.equals("cardinality");
        if (!varies) line.append(' ').append(name).append('=').append(rows.getString(column));
      }
      System.out.println(line);
    }
  }
}
