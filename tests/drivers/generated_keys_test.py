#!/usr/bin/python3
"""Keys that the rules generate, and values of sharding columns that PostgreSQL is asked for."""

import sys
import threading
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from rules import global_yaml
from servers import cancel_when_it_runs
from stand import Stand, await_answers, connect

TABLES = """\
CREATE TABLE tickets (id bigint PRIMARY KEY, label text, made timestamp DEFAULT now());
CREATE TABLE letters (author int, body text, id text PRIMARY KEY);
CREATE TABLE days (day date, moment timestamptz, word varchar(10), number int);
CREATE TABLE moments (at timestamp, number int);
CREATE TABLE words (word varchar(10), number int);
CREATE TABLE counted (id bigint, number int);
"""
RULES = """\
rules:
- !SHARDING
  tables:
    tickets: {actualDataNodes: "ds_${0..1}.tickets", databaseStrategy: &by_id {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}, keyGenerateStrategy: {column: id, keyGeneratorName: snow}}
    letters: {actualDataNodes: "ds_${0..1}.letters", databaseStrategy: {standard: {shardingColumn: author, shardingAlgorithmName: by_author}}, keyGenerateStrategy: {column: id, keyGeneratorName: uuid}}
    customers: {actualDataNodes: "ds_${0..1}.customers", databaseStrategy: {standard: {shardingColumn: customer_id, shardingAlgorithmName: by_id}}}
    counted: {actualDataNodes: "ds_${0..1}.counted", databaseStrategy: *by_id}
    days: {actualDataNodes: "ds_${0..1}.days", databaseStrategy: {standard: {shardingColumn: day, shardingAlgorithmName: by_hash}}}
    moments: {actualDataNodes: "ds_${0..1}.moments", databaseStrategy: {standard: {shardingColumn: at, shardingAlgorithmName: by_hash}}}
    words: {actualDataNodes: "ds_${0..1}.words", databaseStrategy: {standard: {shardingColumn: word, shardingAlgorithmName: by_hash}}}
  shardingAlgorithms:
    by_id: {type: MOD, props: {sharding-count: 2}}
    by_author: {type: MOD, props: {sharding-count: 2}}
    by_hash: {type: XXHASH_MOD, props: {sharding-count: 2}}
  keyGenerators:
    snow: {type: SNOWFLAKE, props: {worker-id: 7, max-vibration-offset: 3}}
    uuid: {type: UUID}
- !SINGLE
  tables: ["*.*.*"]
  defaultDataSource: ds_0
"""


class Completed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        for shard in cls.stand.shards:
            shard.psql(f"SET ROLE shop; {TABLES}", "shop")
        cls.stand.shards[0].psql("SET ROLE shop; CREATE SEQUENCE counter", "shop")
        sources = cls.stand.files()["database-shop.yaml"].split("rules:")[0]
        cls.proxy = cls.stand.proxy(**{"global_yaml": global_yaml(),
                                       "database-shop_yaml": sources + RULES})
        await_answers(cls.proxy)

    def setUp(self):
        self.connection = connect(self.proxy)
        self.addCleanup(self.connection.close)

    def tearDown(self):
        for table in ("tickets", "letters", "days", "moments", "words", "counted"):
            self.connection.execute(f"DELETE FROM {table}")

    def both_ways(self):
        for prepare in (False, True):
            with self.subTest(prepare=prepare):
                yield prepare

    def simple(self, sql):
        """By the simple protocol: the rows of the last result."""
        result = self.connection.pgconn.exec_(sql.encode())
        if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.lookup(result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)
                                        .decode())(result.error_message.decode())
        return [tuple(result.get_value(r, c) for c in range(result.nfields))
                for r in range(result.ntuples)], (result.command_status or b"").decode()

    def rows(self, sql, *params):
        return self.connection.execute(sql, params or None).fetchall()

    def route(self):
        return [row[0] for row in self.rows("SHOW tessera.last_route")]

    def assert_at_home(self, table="tickets", column="id", modulus=2):
        """Every row is where a query by its key looks for it."""
        for number, shard in enumerate(self.stand.shards):
            away = shard.psql(f"SELECT count(*) FROM {table} WHERE {column} % {modulus} <> {number}",
                              "shop")
            self.assertEqual(away, "0")

    # Generated keys

    def test_a_row_without_its_column_gets_a_key(self):
        rows, tag = self.simple("INSERT INTO tickets (label) VALUES ('simple') RETURNING id, label")
        self.assertEqual((tag, rows[0][1]), ("INSERT 0 1", b"simple"))
        key = int(rows[0][0])
        self.assertEqual(key >> 12 & 1023, 7)
        self.assertEqual(self.rows("SELECT label FROM tickets WHERE id = %s", key), [("simple",)])
        self.assert_at_home()

    def test_each_row_of_many_gets_its_own(self):
        values = ", ".join(f"('{n}')" for n in range(500))
        rows, tag = self.simple(f"INSERT INTO tickets (label) VALUES {values} RETURNING id, label")
        self.assertEqual(tag, "INSERT 0 500")
        self.assertEqual([int(label) for _, label in rows], list(range(500)))
        keys = [int(key) for key, _ in rows]
        self.assertEqual(keys, sorted(set(keys)))
        self.assert_at_home()

    def test_a_prepared_statement_makes_new_keys_each_time(self):
        for prepare in self.both_ways():
            seen = set()
            for number in range(40):
                cursor = self.connection.execute(
                    "INSERT INTO tickets (label) VALUES (%s), (%s) RETURNING id",
                    (f"a{number}", f"b{number}"), prepare=prepare)
                self.assertEqual(cursor.statusmessage, "INSERT 0 2")
                seen |= {row[0] for row in cursor}
            self.assertEqual(len(seen), 80)
            self.assert_at_home()

    def test_the_client_does_not_see_our_parameters(self):
        pg = self.connection.pgconn
        prepared = pg.prepare(b"mine", b"INSERT INTO tickets (label) VALUES ($1) RETURNING id")
        self.assertEqual(prepared.status, psycopg.pq.ExecStatus.COMMAND_OK)
        described = pg.describe_prepared(b"mine")
        self.assertEqual([described.param_type(i) for i in range(described.nparams)], [25])
        self.assertEqual(described.fname(0), b"id")
        for _ in range(3):
            done = pg.exec_prepared(b"mine", [b"x"])
            self.assertEqual(done.status, psycopg.pq.ExecStatus.TUPLES_OK)
        self.assertEqual(pg.exec_prepared(b"mine", [b"x", b"y"]).error_field(
            psycopg.pq.DiagnosticField.SQLSTATE), b"08P01")

    def test_a_pipeline_of_them(self):
        with self.connection.pipeline():
            cursors = [self.connection.execute("INSERT INTO tickets (label) VALUES (%s) RETURNING id",
                                               (f"{n}",)) for n in range(30)]
        self.assertEqual(len({cursor.fetchone()[0] for cursor in cursors}), 30)
        self.assert_at_home()

    def test_default_makes_one_and_values_stay(self):
        for prepare in self.both_ways():
            rows = self.connection.execute(
                "INSERT INTO tickets (id, label) VALUES (DEFAULT, 'a'), (12, 'b') RETURNING id",
                prepare=prepare).fetchall()
            self.assertEqual(rows[1], (12,))
            self.assertGreater(rows[0][0], 2 ** 40)
            self.connection.execute("DELETE FROM tickets")

    def test_null_is_no_reason_to_make_one(self):
        with self.assertRaises(psycopg.Error):
            self.simple("INSERT INTO tickets (id, label) VALUES (NULL, 'a')")
        with self.assertRaises(psycopg.errors.NotNullViolation):
            self.simple("INSERT INTO letters VALUES (1, 'a', NULL)")

    def test_rows_shorter_than_the_table_and_rows_of_defaults(self):
        for prepare in self.both_ways():
            cursor = self.connection.execute(
                "INSERT INTO letters AS l VALUES (1, 'a'), (2, 'b') RETURNING *", prepare=prepare)
            rows = cursor.fetchall()
            self.assertEqual([row[:2] for row in rows], [(1, "a"), (2, "b")])
            self.assertTrue(all(len(row[2]) == 32 for row in rows))
            self.connection.execute("INSERT INTO tickets DEFAULT VALUES", prepare=prepare)
        self.assertEqual(self.rows("SELECT count(*) FROM tickets"), [(2,)])

    def test_rows_of_a_select_get_none(self):
        with self.assertRaises(psycopg.errors.FeatureNotSupported) as raised:
            self.simple("INSERT INTO letters (author, body) SELECT 1, 'x'")
        self.assertIn("Name the column", raised.exception.args[0])
        self.connection.execute("INSERT INTO letters (author, body, id) SELECT 1, 'x', 'k'")

    def test_errors_speak_of_what_the_client_wrote(self):
        with self.assertRaises(psycopg.errors.UndefinedColumn) as raised:
            self.connection.execute("INSERT INTO tickets (label) VALUES ('a') RETURNING nothing")
        self.assertEqual(raised.exception.diag.statement_position, "52")
        position = psycopg.pq.DiagnosticField.STATEMENT_POSITION
        failed = self.connection.pgconn.exec_(
            b"INSERT INTO tickets (label) VALUES ('a'), ('b') RETURNING nothing")
        self.assertEqual(failed.error_field(position), b"59")
        with self.assertRaises(psycopg.errors.SyntaxError):
            self.connection.execute("INSERT INTO letters (author, body) VALUES (1)")

    def test_in_a_transaction_and_after_an_error(self):
        with self.connection.transaction():
            self.connection.execute("INSERT INTO tickets (label) VALUES ('a'), ('b'), ('c')")
            self.connection.execute("INSERT INTO tickets (label) VALUES (%s)", ("d",))
        self.assertEqual(self.rows("SELECT count(*) FROM tickets"), [(4,)])
        with self.assertRaises(psycopg.errors.InFailedSqlTransaction), \
                self.connection.transaction():
            with self.assertRaises(psycopg.errors.DivisionByZero):
                self.connection.execute("SELECT 1/0 FROM tickets")
            self.connection.execute("INSERT INTO tickets (label) VALUES ('e')")

    def test_threads_get_different_keys(self):
        keys, lock = [], threading.Lock()

        def insert():
            with connect(self.proxy) as connection:
                for _ in range(50):
                    rows = connection.execute("INSERT INTO tickets (label) VALUES ('a'), ('b') "
                                              "RETURNING id").fetchall()
                    with lock:
                        keys.extend(row[0] for row in rows)

        threads = [threading.Thread(target=insert) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(keys), len(set(keys))), (400, 400))

    # Values that PostgreSQL computes

    def test_a_computed_value_is_stored_where_it_is_looked_for(self):
        for prepare in self.both_ways():
            for sql in ("INSERT INTO counted VALUES (1 + 2, 1)", "INSERT INTO counted VALUES (abs(-4), 1)",
                        "INSERT INTO counted VALUES (1, 1), (10 / 5, 1), (length('abc') * 5, 1)",
                        "INSERT INTO counted VALUES (3.6::numeric * 2, 1)"):
                self.connection.execute(sql, prepare=prepare)
            self.assert_at_home("counted")
            ids = [row[0] for row in self.rows("SELECT id FROM counted ORDER BY id")]
            self.assertEqual(ids, [1, 2, 3, 4, 7, 15])
            self.connection.execute("DELETE FROM counted")

    def test_parameters_in_an_expression(self):
        for prepare in self.both_ways():
            for number in range(5):
                self.connection.execute("INSERT INTO counted VALUES (%s + 1, %s)", (number, number),
                                        prepare=prepare)
                found = self.connection.execute(
                    "SELECT id, number FROM counted WHERE id = %s + 1", (number,), prepare=prepare)
                self.assertEqual(found.fetchall(), [(number + 1, number)])
                self.assertEqual(self.route(), [f"ds_{(number + 1) % 2}"])
            self.connection.execute("DELETE FROM counted")
        self.connection.execute("INSERT INTO counted VALUES (%b + %t, 1)", (4, 5))
        self.assertEqual(self.rows("SELECT id FROM counted WHERE id = 3 * 3"), [(9,)])

    def test_the_clock(self):
        for style in ("ISO, MDY", "German", "SQL, DMY", "Postgres"):
            self.connection.execute(f"SET DateStyle TO '{style}'")
            with self.connection.transaction():
                self.simple("INSERT INTO moments VALUES (now(), 1), (now(), 2)")
                self.connection.execute("INSERT INTO moments VALUES (now(), %s)", (3,))
                self.simple("INSERT INTO days VALUES (current_date, now(), 'a', 1), "
                            "(date '2020-01-01' + 3, now(), 'b', 2)")
                rows, _ = self.simple("SELECT number FROM moments WHERE at = now()::timestamp")
                self.assertEqual(sorted(rows), [(b"1",), (b"2",), (b"3",)])
            rows, _ = self.simple("SELECT number FROM days WHERE day = current_date")
            self.assertEqual(rows, [(b"1",)])
            self.assertEqual(len(self.route()), 1)
            rows, _ = self.simple("SELECT number FROM days WHERE day IN ('2020-01-04', current_date - 1)")
            self.assertEqual(rows, [(b"2",)])
            # Stored values agree with where they are.
            for moment, in self.simple("SELECT DISTINCT at FROM moments")[0]:
                rows, _ = self.simple(f"SELECT count(*) FROM moments WHERE at = '{moment.decode()}'")
                self.assertEqual(rows, [(b"3",)])
            self.connection.execute("DELETE FROM moments")
            self.connection.execute("DELETE FROM days")

    def test_volatile_values_differ_from_row_to_row(self):
        self.connection.execute(
            "INSERT INTO counted SELECT 1, 1")
        self.connection.execute("DELETE FROM counted")
        values = ", ".join("((random() * 1000000)::int, 1)" for _ in range(50))
        self.simple(f"INSERT INTO counted VALUES {values}")
        ids = self.rows("SELECT count(DISTINCT id), count(*) FROM counted")
        self.assertGreater(ids[0][0], 40)
        self.assert_at_home("counted")

    def test_a_sequence_counts_on_the_default_shard(self):
        for prepare in self.both_ways():
            for _ in range(4):
                self.connection.execute("INSERT INTO counted VALUES (nextval('counter'), 1)",
                                        prepare=prepare)
            self.connection.execute("INSERT INTO counted VALUES (1, nextval('counter')), "
                                    "(2, nextval('counter'))", prepare=prepare)
        ids = [row[0] for row in self.rows("SELECT id FROM counted WHERE number = 1 ORDER BY id")]
        self.assertEqual(ids, [1, 2, 3, 4, 7, 8, 9, 10])
        self.assert_at_home("counted")
        self.stand.shards[0].psql("SET ROLE shop; ALTER SEQUENCE counter RESTART", "shop")

    def test_words(self):
        self.simple("INSERT INTO words VALUES (lower('HELLO'), 1), ('it''s ' || 'x', 2), "
                    "(E'back\\\\slash' || '', 3), (concat(NULL, 'y'), 4)")
        for word in ("hello", "it''s x", "back\\slash", "y"):
            rows, _ = self.simple(f"SELECT count(*) FROM words WHERE word = '{word}'")
            self.assertEqual(rows, [(b"1",)], word)
        rows, _ = self.simple("SELECT number FROM words WHERE word = lower('HeLLo')")
        self.assertEqual((rows, len(self.route())), ([(b"1",)], 1))
        self.simple("UPDATE words SET number = 9 WHERE word = upper('y') OR word = lower('Y')")
        rows, _ = self.simple("SELECT word FROM words WHERE number = 9")
        self.assertEqual(rows, [(b"y",)])
        with self.assertRaises(psycopg.errors.StringDataRightTruncation):
            self.simple("INSERT INTO words VALUES (repeat('x', 11), 1)")

    def test_errors_are_postgresqls(self):
        for prepare in (False, True, None):
            for sql, error in (
                    ("INSERT INTO counted VALUES (1 / 0, 1)", psycopg.errors.DivisionByZero),
                    ("SELECT * FROM counted WHERE id = 1 / 0", psycopg.errors.DivisionByZero),
                    ("INSERT INTO counted VALUES (nothing(1), 1)", psycopg.Error),
                    ("INSERT INTO counted VALUES (now(), 1)", psycopg.errors.DatatypeMismatch),
                    ("INSERT INTO counted VALUES (lower('5'), 1)", psycopg.errors.DatatypeMismatch),
                    ("INSERT INTO counted VALUES (2::numeric ^ 70, 1)",
                     psycopg.errors.NumericValueOutOfRange)):
                with self.subTest(sql=sql, prepare=prepare), self.assertRaises(error):
                    if prepare is None:
                        self.simple(sql)
                    else:
                        self.connection.execute(sql, prepare=prepare)
        self.assertEqual(self.rows("SELECT count(*) FROM counted"), [(0,)])
        with self.assertRaises(psycopg.errors.DivisionByZero), self.connection.transaction():
            self.connection.execute("INSERT INTO counted VALUES (2, 2)")
            self.connection.execute("INSERT INTO counted VALUES (1 / 0, 1)")
        self.assertEqual(self.rows("SELECT count(*) FROM counted"), [(0,)])

    def test_errors_say_where_the_client_wrote_it(self):
        position = psycopg.pq.DiagnosticField.STATEMENT_POSITION
        state = psycopg.pq.DiagnosticField.SQLSTATE
        for sql, code, place in (
                (b"INSERT INTO counted VALUES ('abc'::int + 1, 1)", b"22P02", b"29"),
                (b"SELECT * FROM counted WHERE id = abs('x') + 1", b"22P02", b"38"),
                (b"INSERT INTO counted VALUES (now(), 1)", b"42804", b"29")):
            failed = self.connection.pgconn.exec_(sql)
            self.assertEqual((failed.error_field(state), failed.error_field(position)), (code, place))
            self.simple("BEGIN")
            self.assertEqual(self.connection.pgconn.exec_(sql).error_field(state), code)
            failed = self.connection.pgconn.exec_(b"INSERT INTO counted VALUES (1 + 2, 1)")
            self.assertEqual(failed.error_field(state), b"25P02")
            self.simple("ROLLBACK")
            failed = self.connection.pgconn.exec_params(sql, [])
            self.assertEqual((failed.error_field(state), failed.error_field(position)), (code, place))

    def test_asking_can_be_cancelled(self):
        sql = "INSERT INTO counted VALUES (length(pg_sleep(20)::text), 1)"
        default = self.stand.shards[0]
        thread = cancel_when_it_runs(default, "pg_sleep(20)", self.connection.cancel)
        with self.assertRaises(psycopg.errors.QueryCanceled):
            self.connection.execute(sql)
        thread.join()
        self.assertEqual(self.rows("SELECT count(*) FROM counted"), [(0,)])

    def test_comparisons_by_other_types_are_left_alone(self):
        self.connection.execute("INSERT INTO counted VALUES (5, 1), (6, 2)")
        for condition, found in (("id = 11 / 2.0", []), ("id = 10 / 2.0", [(5,)]),
                                 ("id = sqrt(25)", [(5,)]), ("id = NULL::int + 1", []),
                                 ("id IN (1 + 4, 2 * 3)", [(5,), (6,)])):
            with self.subTest(condition=condition):
                rows = self.rows(f"SELECT id FROM counted WHERE {condition} ORDER BY id")
                self.assertEqual(rows, found)

    def test_several_statements_of_a_message(self):
        self.simple("INSERT INTO tickets (label) VALUES ('a'); INSERT INTO counted VALUES (1 + 2, 4);"
                    "INSERT INTO tickets (label) VALUES ('b'), ('c')")
        self.assertEqual(self.rows("SELECT count(*) FROM tickets"), [(3,)])
        with self.assertRaises(psycopg.errors.DivisionByZero):
            self.simple("INSERT INTO counted VALUES (2 * 2, 4); INSERT INTO counted VALUES (1 / 0, 4)")
        self.assertEqual(self.rows("SELECT count(*) FROM counted"), [(1,)])


if __name__ == "__main__":
    unittest.main()
