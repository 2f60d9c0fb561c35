#!/usr/bin/python3
"""psycopg 3: transactions, pipelines, prepared statements, cursors, types."""

import sys
import unittest
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from stand import CUSTOMERS, Stand, await_answers, connect


class Psycopg(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        await_answers(cls.proxy)

    def setUp(self):
        self.connection = connect(self.proxy)
        self.addCleanup(self.connection.close)

    def names(self, *customers):
        rows = self.connection.execute(
            "SELECT name FROM customers WHERE customer_id = ANY (%s) ORDER BY customer_id",
            [list(customers)]).fetchall()
        return [name for name, in rows]

    def test_statements_become_prepared_and_stay_right(self):
        for _ in range(3):
            for customer in range(1, CUSTOMERS + 1):
                row = self.connection.execute(
                    "SELECT customer_id, name FROM customers WHERE customer_id = %s",
                    [customer], prepare=True).fetchone()
                self.assertEqual(row, (customer, f"c{customer}"))

    def test_nested_transactions_are_savepoints(self):
        with self.connection.transaction(force_rollback=True):
            self.connection.execute("UPDATE customers SET name = 'a' WHERE customer_id IN (1, 2)")
            with self.assertRaises(psycopg.errors.DivisionByZero):
                with self.connection.transaction():
                    self.connection.execute("UPDATE customers SET name = 'b' WHERE customer_id = 2")
                    self.connection.execute("SELECT 1 / 0")
            self.assertEqual(self.names(1), ["a"])
            self.assertEqual(self.names(2), ["a"])
        self.assertEqual(self.names(1), ["c1"])

    def test_a_connection_without_autocommit_rolls_back_on_an_error(self):
        with self.assertRaises(psycopg.errors.UndefinedTable):
            with connect(self.proxy, autocommit=False) as other:
                other.execute("UPDATE customers SET name = 'lost'")
                other.execute("SELECT * FROM nowhere")
        self.assertEqual(self.names(3), ["c3"])

    def test_a_pipeline_over_both_shards(self):
        with self.connection.pipeline():
            cursors = [self.connection.execute("SELECT name FROM customers WHERE customer_id = %s",
                                               [customer]) for customer in range(1, 11)]
        self.assertEqual([cursor.fetchone()[0] for cursor in cursors],
                         [f"c{customer}" for customer in range(1, 11)])

    def test_an_error_in_a_pipeline_voids_what_follows(self):
        with self.assertRaises(psycopg.errors.DivisionByZero):
            with self.connection.pipeline():
                self.connection.execute("SELECT name FROM customers WHERE customer_id = 1")
                self.connection.execute("SELECT 1 / 0")
                self.connection.execute("UPDATE customers SET name = 'x' WHERE customer_id = 2")
        self.assertEqual(self.names(2), ["c2"])

    def test_executemany_inserts_and_returns(self):
        with self.connection.cursor() as cursor:
            cursor.executemany("INSERT INTO customers VALUES (%s, %s) RETURNING customer_id",
                               [(number, "many") for number in range(100, 110)], returning=True)
            got = [cursor.fetchone()[0]]
            while cursor.nextset():
                got.append(cursor.fetchone()[0])
        self.assertEqual(got, list(range(100, 110)))
        self.assertEqual(
            self.connection.execute("DELETE FROM customers WHERE customer_id >= 100").rowcount, 10)

    def test_a_binary_cursor(self):
        with self.connection.cursor(binary=True, row_factory=dict_row) as cursor:
            cursor.execute("SELECT customer_id, name FROM customers ORDER BY customer_id LIMIT 2")
            self.assertEqual(cursor.fetchall(), [{"customer_id": 1, "name": "c1"},
                                                 {"customer_id": 2, "name": "c2"}])

    def test_a_server_side_cursor_on_a_single_table(self):
        with self.connection.transaction():
            with self.connection.cursor(name="part") as cursor:
                cursor.itersize = 2
                cursor.execute("SELECT n FROM settings, generate_series(1, 7) AS n "
                               "WHERE key = 'currency' ORDER BY n")
                self.assertEqual([n for n, in cursor], list(range(1, 8)))

    def test_values_of_many_types_come_back_as_they_went(self):
        values = [True, 7, 2**40, Decimal("12.50"), 2.5, "text 'quoted' \\", b"\0\xff",
                  date(2024, 2, 29), datetime(2024, 2, 29, 12, tzinfo=timezone.utc),
                  timedelta(days=1, seconds=5), uuid.UUID(int=5), [1, None, 3], None]
        for binary in (False, True):
            marks = ", ".join(["%s"] * len(values))
            got = self.connection.execute(
                f"SELECT {marks} FROM customers WHERE customer_id = 1", values,
                binary=binary).fetchone()
            self.assertEqual(list(got), values)

    def test_json(self):
        got = self.connection.execute("SELECT %s -> 'a'", [Jsonb({"a": [1, "x"]})]).fetchone()[0]
        self.assertEqual(got, [1, "x"])

    def test_copy_of_a_single_table(self):
        with self.connection.cursor() as cursor:
            with cursor.copy("COPY settings FROM STDIN") as copy:
                copy.write_row(("copied", "yes"))
            with cursor.copy("COPY settings TO STDOUT") as copy:
                self.assertIn(("copied", "yes"), list(copy.rows()))
            cursor.execute("DELETE FROM settings WHERE key = 'copied'")

    def test_what_the_server_reports(self):
        info = self.connection.info
        self.assertEqual(info.server_version // 10_000, 15)
        self.assertEqual(info.parameter_status("client_encoding"), "UTF8")
        self.assertEqual(info.parameter_status("integer_datetimes"), "on")
        self.connection.execute("SET TimeZone = 'Asia/Tokyo'")
        self.assertEqual(info.parameter_status("TimeZone"), "Asia/Tokyo")

    def test_sessions_do_not_share_settings(self):
        self.connection.execute("SET TimeZone = 'Asia/Tokyo'")
        with connect(self.proxy) as other:
            self.assertNotEqual(other.execute("SHOW TimeZone").fetchone()[0], "Asia/Tokyo")

    def test_forty_sessions_take_turns_on_pools_of_five(self):
        sessions = [connect(self.proxy) for _ in range(40)]
        try:
            for number, session in enumerate(sessions):
                customer = number % CUSTOMERS + 1
                self.assertEqual(session.execute(
                    "SELECT name FROM customers WHERE customer_id = %s", [customer]).fetchone(),
                    (f"c{customer}",))
        finally:
            for session in sessions:
                session.close()


if __name__ == "__main__":
    unittest.main()
