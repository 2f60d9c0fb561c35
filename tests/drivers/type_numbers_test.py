#!/usr/bin/python3
"""Types that have other numbers on each shard: clients see and send those of the default shard, in
binary values too; parameters that carry numbers in binary format are refused where they differ."""

import sys
import unittest
from pathlib import Path

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus, Format

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import PostgresNode, Proxy, WorkDirectory

MOOD = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')"
PLACE = "CREATE TYPE place AS (street text, number int, mood mood)"
FAR = "CREATE TYPE far AS RANGE (subtype = place)"
SPAN = "CREATE TYPE span AS RANGE (subtype = int)"
OTHER = "CREATE TYPE other AS ENUM ('a', 'b'); CREATE TABLE filler (a other, b other[])"
HSTORE = "CREATE EXTENSION hstore"
TABLE = ("CREATE TABLE people (id bigint, mood mood, moods mood[], place place, tags hstore, span "
         "span, numbers int[])")
LONE = "CREATE TABLE lone (id bigint, mood mood, moods mood[])"
# The first is the default shard; two shards are databases of a second server, which begins to count
# where the first has begun.
ORDERS = {"shard_0": (MOOD, PLACE, FAR, SPAN, HSTORE, TABLE),
          "shard_1": (HSTORE, OTHER, SPAN, MOOD, PLACE, LONE, FAR, TABLE),
          "shard_2": (SPAN, MOOD, HSTORE, PLACE, OTHER, FAR, TABLE),
          "plain": (MOOD, PLACE, FAR, SPAN, HSTORE, TABLE, LONE)}
SHARDING = """\
rules:
- !SHARDING
  tables:
    people:
      actualDataNodes: ds_${0..2}.people
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}
  shardingAlgorithms:
    by_id: {type: MOD, props: {sharding-count: 3}}
- !SINGLE
  tables: ["ds_1.lone"]
  defaultDataSource: ds_0
"""
ROW = """(%d, 'happy', '{sad,ok}', '("Main St",5,ok)', 'a=>1', '[1,5)', '{1,2}')"""
OTHER_PLACE = "('Side St', 6, 'happy')::place"
BINARY_WITH_NUMBERS = (
    "moods", "place", "ROW(mood, 1)", "ROW(1, 'x'::text, NULL)", "ARRAY[place, NULL, place]",
    "ARRAY[ROW(mood, moods), ROW(mood, NULL)]", "ROW(place, moods, ARRAY[place])", "'{}'::mood[]",
    f"far(place, {OTHER_PLACE})", f"far(NULL, {OTHER_PLACE})", "'empty'::far",
    f"multirange(far(place, {OTHER_PLACE}))", f"ROW(far(place, {OTHER_PLACE}))", "NULL::place")
BINARY_GIVEN = ("mood", "tags", "span", "numbers", "id")


class TypeNumbers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = WorkDirectory()
        cls.addClassCleanup(cls.work.remove)
        cls.nodes = [PostgresNode(cls.work, f"server_{n}") for n in range(2)]
        for node in cls.nodes:
            cls.addClassCleanup(node.stop)
        cls.at = {"shard_0": cls.nodes[0], "plain": cls.nodes[0], "shard_1": cls.nodes[1],
                  "shard_2": cls.nodes[1]}
        for dbname, node in cls.at.items():
            node.make_database(dbname)
            for part in ORDERS[dbname]:
                node.psql(part if part == HSTORE else f"SET ROLE shop; {part}", dbname)
        sources = "".join(
            f"  ds_{n}: {{url: 'jdbc:postgresql://{node.host}:{node.port}/shard_{n}', "
            "username: shop, password: shop}\n"
            for n, node in ((n, cls.at[f"shard_{n}"]) for n in range(3)))
        cls.proxy = Proxy(cls.work, "proxy", {
            "global.yaml": "authority:\n  users:\n  - {user: shop, password: shop}\n",
            "database-shop.yaml": f"databaseName: shop\ndataSources:\n{sources}{SHARDING}"})
        cls.addClassCleanup(cls.proxy.stop, 5)

    def setUp(self):
        self.sessions = {"plain": self.connect(self.nodes[0], "plain"),
                         "proxy": self.connect(self.proxy, "shop")}
        self.names = {place: self.numbers(session) for place, session in self.sessions.items()}
        self.both("DELETE FROM people")
        for key in range(6):
            self.both(f"INSERT INTO people VALUES {ROW % key}")

    def connect(self, server, dbname):
        session = psycopg.connect(server.conninfo(dbname), autocommit=True)
        self.addCleanup(session.close)
        return session

    @staticmethod
    def numbers(session):
        rows = session.execute("SELECT oid::int, typname::text FROM pg_type").fetchall()
        return dict(rows)

    def number(self, place, name):
        return next(oid for oid, known in self.names[place].items() if known == name)

    def answer(self, place, result):
        """Its columns by their types' names, and its rows."""
        if result.status == ExecStatus.FATAL_ERROR:
            return result.error_field(DiagnosticField.SQLSTATE).decode()
        columns = [(result.fname(c), self.names[place].get(result.ftype(c), result.ftype(c)))
                   for c in range(result.nfields)]
        rows = [tuple(result.get_value(r, c) for c in range(result.nfields))
                for r in range(result.ntuples)]
        return columns, sorted(rows)

    def both(self, sql, values=None, types=(), formats=None, result=Format.TEXT):
        """The same answer from both; it is given. `types` by name."""
        answers = []
        for place, session in self.sessions.items():
            if values is None:
                got = session.pgconn.exec_(sql.encode())
            else:
                oids = [self.number(place, name) if name else 0 for name in types]
                got = session.pgconn.exec_params(sql.encode(), values, oids, formats, result)
            answers.append(self.answer(place, got))
        self.assertEqual(answers[1], answers[0], sql)
        self.assertIsInstance(answers[0], tuple, answers[0])
        return answers[0]

    def by_proxy(self, sql, values=(), types=(), formats=None, result=Format.TEXT):
        oids = [self.number("proxy", name) if name else 0 for name in types]
        return self.sessions["proxy"].pgconn.exec_params(sql.encode(), list(values), oids, formats, result)

    def test_numbers_differ(self):
        seen = set()
        for dbname in ("shard_0", "shard_1", "shard_2"):
            names = self.numbers(self.connect(self.at[dbname], dbname))
            seen.add(tuple(sorted(oid for oid, name in names.items()
                                  if name in ("mood", "_mood", "place", "hstore"))))
        self.assertEqual(len(seen), 3)

    def test_columns_have_the_default_shards_numbers(self):
        for where in [f"WHERE id = {key}" for key in range(3)] + ["", "WHERE id IN (1, 2)",
                                                                   "ORDER BY id"]:
            for values in (None, []):
                with self.subTest(where=where, values=values):
                    columns, rows = self.both(f"SELECT * FROM people {where}", values)
                    self.assertEqual([name for _, name in columns],
                                     ["int8", "mood", "_mood", "place", "hstore", "span", "_int4"])
                    self.assertTrue(rows)
        self.both("SELECT p FROM people p WHERE id = 1")
        self.both("SELECT mood, count(*) FROM people GROUP BY mood")
        self.both("SELECT max(mood) FROM people")

    def test_tables_have_the_default_shards_numbers(self):
        own = self.sessions["proxy"].execute("SELECT 'people'::regclass::oid::int").fetchone()[0]
        for key in range(3):
            got = self.by_proxy(f"SELECT id FROM people WHERE id = {key}")
            self.assertEqual(got.ftable(0), own)

    def test_parameters_are_described_and_given_by_number(self):
        for key in range(3):
            for types in ((None, "mood"), ("int8", "mood"), ("int8", "text")):
                cast = "::mood" if types[1] == "text" else ""
                sql = f"SELECT mood FROM people WHERE id = $1 AND mood = $2{cast}"
                with self.subTest(key=key, types=types):
                    _, rows = self.both(sql, [b"%d" % key, b"happy"], types)
                    self.assertEqual(rows, [(b"happy",)])
            described = []
            for place, session in self.sessions.items():
                session.pgconn.prepare(b"s", f"UPDATE people SET moods = $1, place = $2, tags = $3 "
                                       f"WHERE id = {key}".encode())
                got = session.pgconn.describe_prepared(b"s")
                described.append([self.names[place][got.param_type(n)] for n in range(got.nparams)])
                session.execute("DEALLOCATE s")
            self.assertEqual(described[0], ["_mood", "place", "hstore"])
            self.assertEqual(described[1], described[0])

    def test_declared_types_write_everywhere(self):
        values = [b"happy", b"{ok}", b"(x,1,sad)", b"b=>2"]
        types = ("mood", "_mood", "place", "hstore")
        for where in ("id = 0", "id = 1", "id = 2", "id IN (1, 2)", "true"):
            self.both(f"UPDATE people SET mood = $1, moods = $2, place = $3, tags = $4 WHERE {where}",
                      values, types)
        self.both("INSERT INTO people (id, mood, moods) VALUES (7, $1, $2), (8, $1, $2), (9, $1, $2)"
                  " RETURNING id, mood, moods", values[:2], types[:2])
        self.both("SELECT * FROM people", [])

    def test_named_statements_run_on_every_shard(self):
        for session_name, session in self.sessions.items():
            session.pgconn.prepare(b"n", b"SELECT id, mood FROM people WHERE id = $1 AND mood = $2",
                                   [20, self.number(session_name, "mood")])
            for _ in range(2):
                for key in range(6):
                    got = session.pgconn.exec_prepared(b"n", [b"%d" % key, b"happy"])
                    columns, rows = self.answer(session_name, got)
                    self.assertEqual((columns[1][1], rows), ("mood", [(b"%d" % key, b"happy")]))

    def test_binary_values_without_numbers_pass(self):
        for column in BINARY_GIVEN:
            for where in [f"WHERE id = {key}" for key in range(3)] + [""]:
                with self.subTest(column=column, where=where):
                    self.both(f"SELECT {column} FROM people {where}", [], result=Format.BINARY)
        for key in range(3):
            self.both("SELECT id FROM people WHERE id = $1 AND mood = $2 AND numbers IS NOT NULL",
                      [b"%d" % key, b"happy"], ("int8", "mood"), [Format.TEXT, Format.BINARY])

    def test_binary_values_have_the_default_shards_numbers(self):
        for column in BINARY_WITH_NUMBERS:
            with self.subTest(column=column):
                default = self.by_proxy(f"SELECT {column}, id FROM people WHERE id = 0",
                                        result=Format.BINARY)
                self.assertEqual(default.status, ExecStatus.TUPLES_OK, default.error_message)
                self.assertEqual(default.ntuples, 1)
                for where, rows in (("WHERE id = 1", 1), ("WHERE id = 2", 1), ("", 6),
                                    ("ORDER BY id LIMIT 3", 3)):
                    got = self.by_proxy(f"SELECT {column}, id FROM people {where}",
                                        result=Format.BINARY)
                    self.assertEqual(got.status, ExecStatus.TUPLES_OK, got.error_message)
                    self.assertEqual(got.ftype(0), default.ftype(0))
                    self.assertEqual([got.get_value(row, 0) for row in range(got.ntuples)],
                                     [default.get_value(0, 0)] * rows)

    def test_binary_values_of_writes_and_of_prepared_statements(self):
        pgconn = self.sessions["proxy"].pgconn
        pgconn.prepare(b"b", b"UPDATE people SET numbers = '{3}' WHERE id = $1 "
                       b"RETURNING moods, place")
        seen = set()
        for _ in range(2):
            for key in range(6):
                got = pgconn.exec_prepared(b"b", [b"%d" % key], result_format=Format.BINARY)
                self.assertEqual(got.status, ExecStatus.TUPLES_OK, got.error_message)
                self.assertEqual((got.ntuples, got.command_tuples), (1, 1))
                seen.add((got.get_value(0, 0), got.get_value(0, 1)))
        self.assertEqual(len(seen), 1)
        with self.sessions["proxy"].transaction():
            for key in range(6):
                seen.add(tuple(self.sessions["proxy"].execute(
                    "SELECT moods, place FROM people WHERE id = %s", [key], binary=True).pgresult
                    .get_value(0, column) for column in range(2)))
        self.assertEqual(len(seen), 1)

    def test_binary_parameters_with_numbers_are_refused_elsewhere(self):
        array = self.sessions["plain"].pgconn.exec_params(b"SELECT '{ok}'::mood[]", [],
                                                          result_format=Format.BINARY)
        got = self.by_proxy("UPDATE people SET moods = $1 WHERE id = 1", [array.get_value(0, 0)], ("_mood",),
                            [Format.BINARY])
        self.assertEqual(self.answer("proxy", got), "0A000")
        self.assertIn(b"text format", got.error_field(DiagnosticField.MESSAGE_HINT))
        self.both("SELECT moods FROM people", [])

    def test_a_single_table_elsewhere(self):
        self.both("DELETE FROM lone")
        self.both("INSERT INTO lone VALUES (1, $1, $2)", [b"sad", b"{ok}"], ("mood", "_mood"))
        self.both("SELECT * FROM lone")
        self.both("SELECT * FROM lone", [])
        got = self.by_proxy("COPY lone TO STDOUT (FORMAT binary)")
        self.assertEqual(self.answer("proxy", got), "0A000")


if __name__ == "__main__":
    unittest.main()
