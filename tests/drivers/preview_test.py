"""PREVIEW statement: where a statement would go, without its going there."""

import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

# pylint: disable=wrong-import-position
import rules
from stand import Stand


class PreviewTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()

    def setUp(self):
        self.connection = psycopg.connect(self.proxy.conninfo(), autocommit=True)
        self.addCleanup(self.connection.close)

    def preview(self, sql):
        cursor = self.connection.execute(f"PREVIEW {sql}")
        self.assertEqual([column.name for column in cursor.description],
                         ["data_source_name", "actual_sql"])
        return cursor.fetchall()

    def sources(self):
        return [source for source, _ in self.preview("UPDATE customers SET name = name")]

    def test_one_shard_gets_the_clients_text(self):
        sql = "SELECT name /* of one */ FROM customers WHERE customer_id = 3"
        self.assertEqual(self.preview(sql), [(self.sources()[1], sql)])
        self.assertEqual(self.preview(sql.replace("= 3", "= 4")),
                         [(self.sources()[0], sql.replace("= 3", "= 4"))])

    def test_each_shard_gets_its_own_text(self):
        rows = self.preview("SELECT count(*), avg(customer_id) FROM customers")
        self.assertEqual([source for source, _ in rows], self.sources())
        self.assertIn("sum(customer_id)", rows[0][1])
        rows = self.preview("INSERT INTO customers VALUES (101, 'a'), (102, 'b')")
        self.assertEqual([sql for _, sql in rows], ["INSERT INTO customers VALUES (102, 'b')",
                                                    "INSERT INTO customers VALUES (101, 'a')"])

    def test_hints_are_obeyed(self):
        sql = "SELECT name FROM customers WHERE customer_id = 3"
        there = self.sources()[0]
        hint = f"/* TESSERA_HINT: DATA_SOURCE_NAME={there} */"
        self.assertEqual(self.preview(f"{hint} {sql}"), [(there, sql)])
        cursor = self.connection.execute(f"SELECT 1; {hint} PREVIEW {sql}; PREVIEW {sql}")
        self.assertTrue(cursor.nextset())
        self.assertEqual(cursor.fetchall(), [(there, sql)])
        self.assertTrue(cursor.nextset())
        self.assertEqual(cursor.fetchall(), [(self.sources()[1], sql)])

    def prepared(self, sql, values=(), types=()):
        """The rows in the extended protocol, each described and given."""
        pgconn = self.connection.pgconn
        pgconn.prepare(b"p", sql.encode(), list(types))
        described = pgconn.describe_prepared(b"p")
        self.assertEqual([described.fname(0), described.fname(1)], [b"data_source_name", b"actual_sql"])
        self.assertEqual(described.nparams, len(values))
        got = pgconn.exec_prepared(b"p", list(values))
        pgconn.exec_(b"DEALLOCATE p")
        self.assertEqual(got.status, psycopg.pq.ExecStatus.TUPLES_OK, got.error_message)
        self.assertEqual(got.command_status, b"PREVIEW")
        return [(got.get_value(row, 0).decode(), got.get_value(row, 1).decode())
                for row in range(got.ntuples)]

    def test_extended_protocol(self):
        sql = "SELECT name FROM customers WHERE customer_id = %s"
        for key in (3, 4):
            given = sql % "$1"
            routed = [(self.preview(sql % key)[0][0], given)]
            self.assertEqual(self.prepared(f"PREVIEW {given}", [b"%d" % key]), routed)
            self.assertEqual(self.prepared(f"preview {given}", [b"%d" % key], [20]), routed)
            self.assertEqual(self.connection.execute(f"PREVIEW {sql}", [key]).fetchall(), routed)
        there = self.sources()[0]
        hint = f"/* TESSERA_HINT: DATA_SOURCE_NAME={there} */"
        self.assertEqual(self.prepared(f"{hint} PREVIEW {sql % 3}"), [(there, sql % 3)])
        self.assertEqual([source for source, _ in self.prepared("PREVIEW SELECT * FROM customers")],
                         self.sources())
        self.assertEqual(self.prepared("PREVIEW BEGIN"), [])

    def test_extended_protocol_says_what_is_wrong(self):
        with self.assertRaises(psycopg.Error) as caught:
            self.connection.execute("PREVIEW SELECT %s, 1a", ["x"])
        self.assertEqual(caught.exception.sqlstate, "42601")
        with self.assertRaises(psycopg.Error) as caught:
            self.connection.execute("/* x */ PREVIEW SELECT * FROM customers WHERE customer_id = %s",
                                    ["x"])
        self.assertEqual(caught.exception.sqlstate, "22P02")
        self.connection.execute("BEGIN")
        with self.assertRaises(psycopg.Error):
            self.connection.execute("SELECT 1/0")
        with self.assertRaises(psycopg.errors.InFailedSqlTransaction):
            self.connection.execute("PREVIEW SELECT * FROM customers WHERE customer_id = %s", [3])
        self.connection.execute("ROLLBACK")

    def test_nothing_is_run(self):
        self.preview("DELETE FROM customers")
        self.preview("INSERT INTO customers VALUES (103, 'a')")
        count = self.connection.execute("SELECT count(*) FROM customers").fetchone()[0]
        self.assertEqual(count, 20)

    def test_what_the_proxy_answers_itself_goes_nowhere(self):
        self.assertEqual(self.preview("BEGIN"), [])
        self.assertEqual(self.connection.info.transaction_status,
                         psycopg.pq.TransactionStatus.IDLE)

    def test_an_error_is_the_statements_own(self):
        for sql, state in [("SELECT * FROM customers WHERE customer_id = 'x'", "22P02"),
                           ("SELECT * FROM customers WHERE name = 'x", "42601"),
                           ("SELECT sum(customer_id) OVER () FROM customers", "0A000")]:
            with self.assertRaises(psycopg.Error) as raised:
                self.preview(sql)
            self.assertEqual(raised.exception.sqlstate, state)
        self.assertEqual(self.preview("SELECT 1")[0][1], "SELECT 1")

    def test_a_failed_block_previews_nothing(self):
        with self.assertRaises(psycopg.errors.InFailedSqlTransaction):
            with self.connection.transaction():
                with self.assertRaises(psycopg.Error):
                    self.connection.execute("SELECT 1 / 0")
                self.preview("SELECT 1")

    def test_a_database_of_one_server(self):
        layout = rules.Layout("one", 1, pool_max=5)
        files = {"database-shop_yaml": rules.database_yaml(layout, self.stand.shards[:1])}
        with psycopg.connect(self.stand.proxy(**files).conninfo(), autocommit=True) as connection:
            for _ in range(2):
                rows = connection.execute("PREVIEW SELECT * FROM settings").fetchall()
                self.assertEqual([sql for _, sql in rows], ["SELECT * FROM settings"])
                connection.execute("CREATE TEMP TABLE IF NOT EXISTS pins (a int)")


if __name__ == "__main__":
    unittest.main()
