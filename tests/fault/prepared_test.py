#!/usr/bin/python3
"""Prepared statements over few server connections: bounded on each server, and none that a change of
the schema has made stale, as far as nothing was done yet that cannot be done again."""

import struct
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from crowd import Crowd
from frames import message
from stand import Stand, await_answers, connect

NAMES_MAX = 256  # of statements that one server connection keeps


def parse(name, sql):
    return message(b"P", f"{name}\0{sql}\0".encode() + b"\0\0")


def bind(name):
    return message(b"B", f"\0{name}\0".encode() + b"\0\0\0\0\0\0")


DESCRIBE = message(b"D", b"P\0")
EXECUTE = message(b"E", b"\0" + struct.pack("!i", 0))
FLUSH, SYNC = message(b"H", b""), message(b"S", b"")


class Prepared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        database = cls.stand.files()["database-shop.yaml"].replace("maxPoolSize: 5",
                                                                   "maxPoolSize: 1")
        cls.proxy = cls.stand.proxy(tessera_yaml="threads: 1\n",
                                    **{"database-shop_yaml": database})
        await_answers(cls.proxy)

    def setUp(self):
        self.admin = connect(self.proxy)
        self.addCleanup(self.admin.close)
        self.admin.execute("DROP TABLE IF EXISTS growing")
        self.admin.execute("CREATE TABLE growing (a int)")
        self.admin.execute("INSERT INTO growing VALUES (1)")
        self.crowd = Crowd(self.proxy.host, self.proxy.port)
        self.addCleanup(self.crowd.close)

    def raw(self):
        return self.crowd.connect(1)[0]

    def send(self, client, *frames):
        client.send(b"".join(frames))
        self.crowd.settle([client])
        return client

    def grow_here(self):
        self.admin.execute("ALTER TABLE growing ADD COLUMN b int DEFAULT 2")

    def grow_behind_the_proxy(self):
        self.stand.shards[0].psql("SET ROLE shop; ALTER TABLE growing ADD COLUMN b int DEFAULT 2",
                                  "shop")

    def assert_columns(self, client, count):
        self.assertIsNone(client.error)
        self.assertEqual(client.columns, count)
        self.assertEqual(client.rows, ["1"])

    def test_a_named_statement_heals_itself(self):
        for grow in (self.grow_here, self.grow_behind_the_proxy):
            with self.subTest(grow.__name__):
                self.setUp()
                client = self.raw()
                self.send(client, parse("one", "SELECT * FROM growing"), bind("one"), DESCRIBE,
                          EXECUTE, SYNC)
                self.assert_columns(client, 1)
                grow()
                self.send(client, bind("one"), DESCRIBE, EXECUTE, SYNC)
                self.assert_columns(client, 2)
                self.send(client, bind("one"), DESCRIBE, EXECUTE, SYNC)
                self.assert_columns(client, 2)

    def test_the_unnamed_statement_heals_itself(self):
        for grow in (self.grow_here, self.grow_behind_the_proxy):
            with self.subTest(grow.__name__):
                self.setUp()
                client = self.raw()
                self.send(client, parse("", "SELECT * FROM growing"), bind(""), DESCRIBE, EXECUTE,
                          SYNC)
                self.assert_columns(client, 1)
                grow()
                self.send(client, bind(""), DESCRIBE, EXECUTE, SYNC)
                self.assert_columns(client, 2)

    def test_a_statement_that_is_parsed_anew_never_fails(self):
        """PostgreSQL would plan it now; the connection that knows it from before must do the same,
        even in a transaction."""
        first = self.raw()
        self.send(first, parse("one", "SELECT * FROM growing"), bind("one"), EXECUTE, SYNC)
        self.grow_here()
        second = self.raw()
        second.ask("BEGIN")
        self.crowd.settle([second])
        self.send(second, parse("two", "SELECT * FROM growing"), bind("two"), DESCRIBE, EXECUTE,
                  SYNC)
        self.assert_columns(second, 2)
        second.ask("COMMIT")
        self.crowd.settle([second])

    def test_after_flush_it_heals_itself_too(self):
        client = self.raw()
        self.send(client, parse("one", "SELECT * FROM growing"), bind("one"), DESCRIBE, EXECUTE,
                  SYNC)
        self.grow_behind_the_proxy()
        self.send(client, bind("one"), DESCRIBE, EXECUTE, FLUSH, SYNC)
        self.assert_columns(client, 2)

    def test_in_a_transaction_it_is_postgresqls_own_error(self):
        client = self.raw()
        self.send(client, parse("one", "SELECT * FROM growing"), bind("one"), DESCRIBE, EXECUTE,
                  SYNC)
        self.grow_behind_the_proxy()
        client.ask("BEGIN")
        self.crowd.settle([client])
        self.send(client, bind("one"), DESCRIBE, EXECUTE, SYNC)
        self.assertEqual((client.error, client.ready), ("0A000", "E"))
        client.ask("ROLLBACK")
        self.crowd.settle([client])
        self.send(client, bind("one"), DESCRIBE, EXECUTE, SYNC)
        self.assert_columns(client, 2)

    def test_what_was_done_before_it_is_not_done_twice(self):
        client = self.raw()
        self.send(client, parse("one", "SELECT * FROM growing"),
                  parse("two", "INSERT INTO growing VALUES (7)"), bind("one"), EXECUTE, SYNC)
        self.grow_behind_the_proxy()
        self.send(client, bind("two"), EXECUTE, bind("one"), DESCRIBE, EXECUTE, SYNC)
        self.crowd.settle([client])
        # Either all of it ran once, or all of it failed.
        expected = 1 if client.error is None else 0
        count = self.admin.execute("SELECT count(*) FROM growing WHERE a = 7").fetchone()[0]
        self.assertEqual(count, expected)

    def test_a_driver_sees_nothing_of_it(self):
        with connect(self.proxy, prepare_threshold=0) as connection:
            for _ in range(3):
                self.assertEqual(connection.execute("SELECT * FROM growing WHERE a = %s", [1])
                                 .fetchall(), [(1,)])
            self.grow_behind_the_proxy()
            self.assertEqual(connection.execute("SELECT * FROM growing WHERE a = %s", [1])
                             .fetchall(), [(1, 2)])

    def test_a_statement_of_a_sharded_table_heals_itself(self):
        with connect(self.proxy, prepare_threshold=0) as connection:
            sql = "SELECT * FROM customers WHERE customer_id = %s"
            for number in range(1, 5):
                self.assertEqual(len(connection.execute(sql, [number]).fetchone()), 2)
            self.admin.execute("ALTER TABLE customers ADD COLUMN note text")
            for number in range(1, 5):
                self.assertEqual(len(connection.execute(sql, [number]).fetchone()), 3)
            self.admin.execute("ALTER TABLE customers DROP COLUMN note")
            for number in range(1, 5):
                self.assertEqual(len(connection.execute(sql, [number]).fetchone()), 2)

    def test_a_server_keeps_so_many_statements_and_no_more(self):
        with connect(self.proxy, prepare_threshold=0) as connection:
            connection.prepared_max = 2_000
            for number in range(600):
                row = connection.execute(f"SELECT {number} + %s AS n{number}", [1]).fetchone()
                self.assertEqual(row, (number + 1,))
            # The first ones are prepared again when they are used again.
            for number in range(0, 600, 50):
                row = connection.execute(f"SELECT {number} + %s AS n{number}", [2]).fetchone()
                self.assertEqual(row, (number + 2,))
        kept = self.admin.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0]
        self.assertLessEqual(kept, NAMES_MAX + 1)


if __name__ == "__main__":
    unittest.main()
