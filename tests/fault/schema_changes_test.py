#!/usr/bin/python3
"""Tables that change behind the proxy: it learns of it by errors, by looking, and says what drifts."""

import sys
import threading
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import PostgresNode, Proxy, WorkDirectory

GLOBAL = "authority:\n  users:\n  - {user: shop, password: shop}\n"
RULES = """\
rules:
- !SHARDING
  tables:
    item:
      actualDataNodes: ds_${0..1}.item
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}
    fresh:
      actualDataNodes: ds_${0..1}.fresh
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}
  shardingAlgorithms:
    by_id: {type: MOD, props: {sharding-count: 2}}
"""
SHARDS = ("shard_0", "shard_1")


class SchemaChanges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = WorkDirectory()
        cls.addClassCleanup(cls.work.remove)
        cls.node = PostgresNode(cls.work, "server")
        cls.addClassCleanup(cls.node.stop)
        for name in SHARDS:
            cls.node.make_database(name)

    def setUp(self):
        self.behind("DROP TABLE IF EXISTS item, fresh; CREATE TABLE item (id bigint, a int, b text)")

    def behind(self, sql, shards=SHARDS):
        for shard in shards:
            self.node.psql(f"SET client_min_messages = error; SET ROLE shop; {sql}", shard)

    def start(self, name, check="1h"):
        """By default a proxy that does not look before it is told to."""
        lines = "".join(
            f"  ds_{n}: {{url: 'jdbc:postgresql://{self.node.host}:{self.node.port}/shard_{n}', "
            "username: shop, password: shop}\n" for n in range(2))
        proxy = Proxy(self.work, name, {
            "global.yaml": GLOBAL, "tessera.yaml": f"schemaCheck: {check}\n",
            "database-shop.yaml": f"databaseName: shop\ndataSources:\n{lines}{RULES}"})
        self.addCleanup(proxy.stop, 5)
        session = psycopg.connect(proxy.conninfo("shop"), autocommit=True)
        self.addCleanup(session.close)
        return proxy, session

    def until(self, what, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            found = what()
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def test_table_made_behind_is_there_at_once(self):
        for extended in (False, True):
            with self.subTest(extended=extended):
                self.behind("DROP TABLE IF EXISTS fresh")
                _, session = self.start(f"made_{extended}")
                time.sleep(0.5)
                self.behind("CREATE TABLE fresh (id bigint, v int)")
                parameters = (7,) if extended else None
                value = "%s" if extended else "7"
                for shard in (4, 5):
                    session.execute(f"INSERT INTO fresh (id, v) VALUES ({shard}, {value})", parameters)
                rows = session.execute(f"SELECT id, v FROM fresh WHERE v = {value} ORDER BY v, id",
                                       parameters).fetchall()
                self.assertEqual(rows, [(4, 7), (5, 7)])

    def test_column_added_behind_is_there_at_once(self):
        for extended in (False, True):
            with self.subTest(extended=extended):
                self.setUp()
                _, session = self.start(f"added_{extended}")
                time.sleep(0.5)
                session.execute("INSERT INTO item (id, a) VALUES (1, 30), (2, 20), (3, 10)")
                self.behind("ALTER TABLE item ADD n int; UPDATE item SET n = -a")
                parameters = (0,) if extended else None
                below = "%s" if extended else "0"
                rows = session.execute(f"SELECT id FROM item WHERE a > {below} ORDER BY n", parameters)
                self.assertEqual(rows.fetchall(), [(1,), (2,), (3,)])

    def test_server_error_makes_it_look(self):
        _, session = self.start("error")
        session.execute("INSERT INTO item (id, a, b) VALUES (1, 1, 'x'), (2, 2, 'y')")
        everything = "SELECT * FROM item ORDER BY id"
        self.assertEqual(len(session.execute(everything).fetchall()[0]), 3)
        self.behind("ALTER TABLE item RENAME a TO c")
        with self.assertRaises(psycopg.errors.UndefinedColumn):
            session.execute("SELECT a FROM item WHERE id = 1")
        self.assertTrue(self.until(lambda: [
            column.name for column in session.execute(everything).description] == ["id", "c", "b"]))
        self.assertEqual(session.execute("SELECT sum(c) FROM item").fetchone(), (3,))

    def test_it_looks_by_itself(self):
        proxy, session = self.start("probe", "500ms")
        self.assertEqual(session.execute("SHOW tessera.drift").fetchall()[0][0], "fresh")
        self.behind("CREATE TABLE fresh (id bigint, v int)")
        self.assertTrue(self.until(lambda: not session.execute("SHOW tessera.drift").fetchall()))
        self.assertIn("the schema has changed on a data source", proxy.log.read_text())

    def test_drift_is_reported_by_name(self):
        self.behind("CREATE TABLE fresh (id bigint PRIMARY KEY, v int)")
        self.behind("ALTER TABLE fresh DROP v, ALTER id TYPE int; ALTER TABLE item ADD extra text;"
                    "ALTER TABLE item ALTER b SET NOT NULL", ["shard_1"])
        proxy, session = self.start("drift", "500ms")
        for execute in (lambda sql: session.execute(sql),
                        lambda sql: session.execute(sql, (), prepare=True, binary=True)):
            rows = execute("SHOW tessera.drift")
            self.assertEqual([column.name for column in rows.description],
                             ["table", "shard", "difference", "rule"])
            found = [(table, shard, what) for table, shard, what, _ in rows.fetchall()]
            unlike = 'unlike "{0}" on shard "ds_0"'
            self.assertEqual(sorted(found), sorted([
                ("fresh", "ds_1", 'table "fresh" on shard "ds_1" has column "id" as pg_catalog.int4, '
                 'not pg_catalog.int8, ' + unlike.format("fresh")),
                ("fresh", "ds_1", 'table "fresh" on shard "ds_1" has no column "v", '
                 + unlike.format("fresh")),
                ("item", "ds_1", 'table "item" on shard "ds_1" has column "b" with NOT NULL, '
                 + unlike.format("item")),
                ("item", "ds_1", 'table "item" on shard "ds_1" has the additional column "extra", '
                 + unlike.format("item"))]))
        rule = session.execute("SHOW tessera.drift").fetchall()[0][3]
        self.assertIn("database-shop.yaml:", rule)
        for line in found:
            self.assertIn(line[2], proxy.log.read_text())
        self.behind("ALTER TABLE fresh ADD v int, ALTER id TYPE bigint; ALTER TABLE item DROP extra;"
                    "ALTER TABLE item ALTER b DROP NOT NULL", ["shard_1"])
        self.assertTrue(self.until(lambda: not session.execute("SHOW tessera.drift").fetchall()))

    def test_types_that_differ_are_reported_by_name(self):
        self.addCleanup(self.behind, "DROP TYPE mood, pair, same; DROP DOMAIN tag")
        for shard, labels, check, attribute in ((SHARDS[0], "'a', 'b'", "> 0", "text"),
                                                (SHARDS[1], "'b', 'a'", "> 1", "int")):
            self.behind(f"CREATE TYPE mood AS ENUM ({labels}); CREATE DOMAIN tag AS int CHECK (VALUE {check});"
                        f"CREATE TYPE pair AS (a int, b {attribute}); CREATE TYPE same AS ENUM ('x')", [shard])
        _, session = self.start("types")
        found = [(table, shard, what) for table, shard, what, _ in session.execute("SHOW tessera.drift")
                 if what.startswith("type ")]
        self.assertEqual(sorted(found), [
            (None, "ds_1", f'type public.{name} on shard "ds_1" is not that of shard "ds_0"')
            for name in ("mood", "pair", "tag")])

    def test_many_wrong_statements_do_not_keep_it_looking(self):
        proxy, session = self.start("wrong")
        began = time.monotonic()
        for n in range(300):
            with self.assertRaises(psycopg.errors.UndefinedColumn):
                session.execute("SELECT nothing FROM item ORDER BY nothing")
        # Each look takes some milliseconds, and there may be four in a second.
        self.assertLess(time.monotonic() - began, 60)
        with self.assertRaises(psycopg.errors.UndefinedTable):
            session.execute("SELECT * FROM nowhere")
        time.sleep(2)
        self.assertNotIn("the schema has changed", proxy.log.read_text())

    def test_statements_go_on_while_it_changes(self):
        proxy, _ = self.start("load", "500ms")
        stop = threading.Event()
        errors, rounds = [], [0]

        def read():
            with psycopg.connect(proxy.conninfo("shop"), autocommit=True) as own:
                while not stop.is_set():
                    try:
                        own.execute("SELECT id, a FROM item WHERE a >= %s ORDER BY a", (0,))
                        rounds[0] += 1
                    except psycopg.Error as error:
                        errors.append(str(error))

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for n in range(8):
            self.behind(f"ALTER TABLE item ADD c{n} int")
            time.sleep(0.4)
        stop.set()
        for reader in readers:
            reader.join()
        self.assertEqual(errors, [])
        self.assertGreater(rounds[0], 50)


if __name__ == "__main__":
    unittest.main()
