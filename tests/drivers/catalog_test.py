#!/usr/bin/python3
"""What clients see of tables that are split inside a shard: PostgreSQL's catalogs show logical tables
once, as a PostgreSQL that has them would, and no actual ones."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import PostgresNode, Proxy, WorkDirectory

DRIVER = Path("/usr/share/java/postgresql.jar")
TABLES = """\
CREATE TABLE t_order (order_id bigint NOT NULL, user_id bigint NOT NULL, status text DEFAULT 'new',
  total numeric(10,2) CHECK (total >= 0), PRIMARY KEY (order_id, user_id));
CREATE UNIQUE INDEX t_order_status ON t_order (user_id, order_id, status) WHERE status <> 'gone';
CREATE TABLE t_item (item_id bigint NOT NULL, order_id bigint NOT NULL, user_id bigint NOT NULL,
  PRIMARY KEY (item_id, order_id, user_id),
  CONSTRAINT of_order FOREIGN KEY (order_id, user_id) REFERENCES t_order (order_id, user_id));
CREATE TABLE countries (code text PRIMARY KEY);
CREATE TABLE settings (key text PRIMARY KEY, value text);
"""
# Elsewhere: `far` has its nodes, and `lonely` its table, on the second shard only.
ELSEWHERE = "CREATE TABLE far (id bigint PRIMARY KEY); CREATE TABLE lonely (id bigint PRIMARY KEY)"
SHARDING = """\
rules:
- !SHARDING
  tables:
    t_order:
      actualDataNodes: ds_${0..1}.t_order_${0..3}
      databaseStrategy: {standard: {shardingColumn: user_id, shardingAlgorithmName: by_user}}
      tableStrategy: {standard: {shardingColumn: order_id, shardingAlgorithmName: order_table}}
    t_item:
      actualDataNodes: ds_${0..1}.t_item_${0..3}
      databaseStrategy: {standard: {shardingColumn: user_id, shardingAlgorithmName: by_user}}
      tableStrategy: {standard: {shardingColumn: order_id, shardingAlgorithmName: item_table}}
    far:
      actualDataNodes: ds_1.far_${0..1}
      tableStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: far_table}}
  bindingTables: ["t_order,t_item"]
  shardingAlgorithms:
    by_user: {type: INLINE, props: {algorithm-expression: "ds_${user_id % 2}"}}
    order_table: {type: INLINE, props: {algorithm-expression: "t_order_${order_id % 4}"}}
    item_table: {type: INLINE, props: {algorithm-expression: "t_item_${order_id % 4}"}}
    far_table: {type: INLINE, props: {algorithm-expression: "far_${id % 2}"}}
- !BROADCAST
  tables: [countries]
- !SINGLE
  tables: ["ds_1.lonely", "ds_0.settings"]
  defaultDataSource: ds_0
"""
PSQL = r"""
\d
\d+
\dt
\dt+
\dt t_*
\dt public.*
\d t_order
\d+ t_order
\d t_item
\d t_order_0
\d public.t_order_status
\d settings
\di
\di+
\ds
\dp t_order
\dp
\ddp
\dti
\det
\dT
\dd
"""
QUERIES = [
    "SELECT 't_order'::regclass::oid = (SELECT oid FROM pg_class WHERE relname = 't_order')",
    "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.t_order'::regclass AND attnum > 0",
    "SELECT to_regclass('t_order') IS NULL, to_regclass('t_nowhere') IS NULL",
    "SELECT regclass '\"t_item\"' = CAST('t_item' AS pg_catalog.regclass)",
    "SELECT has_table_privilege('t_order', 'SELECT'), has_table_privilege('shop', 't_order', 'insert')",
    "SELECT has_column_privilege('public.t_order', 'status', 'UPDATE')",
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    "SELECT table_name, column_name, ordinal_position, data_type, is_nullable FROM "
    "information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3",
    "SELECT tablename, hasindexes FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 2",
    "SELECT relname FROM pg_stat_user_tables ORDER BY 1",
    "SELECT relname, indexrelname FROM pg_stat_user_indexes ORDER BY 1, 2",
    "SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints "
    "WHERE table_schema = 'public' AND constraint_name !~ 'not_null' ORDER BY 1, 2",
    "SELECT table_name, column_name, constraint_name FROM information_schema.key_column_usage ORDER BY 1, 2, 3",
    "SELECT constraint_name, unique_constraint_name FROM information_schema.referential_constraints",
    "SELECT conname, conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE "
    "connamespace = 'public'::regnamespace ORDER BY conname COLLATE \"C\"",
    "SELECT indexrelid::regclass, indrelid::regclass AS t FROM pg_index JOIN pg_class c ON c.oid = "
    "indexrelid WHERE relnamespace = 'public'::regnamespace ORDER BY relname",
    "SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid = 't_order'::regclass AND attnum = 1",
    "SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class WHERE relname LIKE 't~_%' ESCAPE '~' ORDER BY 1",
    "SELECT c.relname, count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE "
    "c.relnamespace = 'public'::regnamespace AND attnum > 0 GROUP BY c.oid ORDER BY 1",
    "SELECT c.tableoid = 'pg_class'::regclass, relname FROM pg_class c WHERE relname = 't_item'",
    "SELECT typname FROM pg_type WHERE typname LIKE '%t~_order%' ESCAPE '~' AND typtype = 'c' ORDER BY 1",
    "TABLE pg_stat_progress_copy",
    "SELECT count(*) FROM (TABLE pg_tables) AS x WHERE schemaname = 'public'",
    "SELECT relname FROM ONLY pg_class WHERE relname = 't_order' OR relname = 'settings' ORDER BY 1",
    "SELECT count(*) FROM ONLY (pg_class) WHERE relname ~ '^t_order_'",
    "SELECT count(*) FROM pg_catalog.pg_class * WHERE relname ~ '^t_item'",
    "SELECT count(*) FROM pg_class TABLESAMPLE SYSTEM (100) WHERE relname = 'settings'",
    "SELECT relname, number IS NULL FROM pg_class AS c (number, relname) WHERE relname = 't_item'",
    "SELECT a.relname FROM pg_class a JOIN pg_class b USING (oid, relname) WHERE a.relname ~ '^t_' ORDER BY 1",
    "SELECT relname FROM pg_class WHERE relname ~ '^t_' UNION SELECT tablename FROM pg_tables WHERE "
    "tablename ~ '^t_' ORDER BY 1",
    "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 't_item_1')",
    "SELECT (SELECT relname FROM pg_class WHERE oid = attrelid) FROM pg_attribute WHERE attrelid = "
    "'t_item'::regclass AND attnum = 1",
    "SELECT i, n.relname FROM generate_series(1, 2) i, LATERAL (SELECT relname FROM pg_class WHERE "
    "relname ~ '^t_order$') n ORDER BY 1",
    "WITH pg_class AS (SELECT 'mine' AS relname) SELECT relname FROM pg_class",
    "SELECT pg_get_indexdef('t_order_status'::regclass)",
    "SELECT * FROM pg_class WHERE relname = 't_order_1'",
    "EXPLAIN (COSTS off) SELECT 1 FROM pg_settings WHERE false",
]


class Catalog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = WorkDirectory()
        cls.addClassCleanup(cls.work.remove)
        cls.server = PostgresNode(cls.work, "server")
        cls.addClassCleanup(cls.server.stop)
        for dbname in ("plain", "split_0", "split_1"):
            cls.server.make_database(dbname)
        sources = "".join(
            f"  ds_{n}: {{url: 'jdbc:postgresql://{cls.server.host}:{cls.server.port}/split_{n}', "
            "username: shop, password: shop}\n" for n in range(2))
        files = {"global.yaml": "authority:\n  users:\n  - {user: shop, password: shop}\n",
                 "database-shop.yaml": f"databaseName: shop\ndataSources:\n{sources}{SHARDING}"}
        # Rules hide a table of that name on the default shard.
        cls.server.psql("SET ROLE shop; CREATE TABLE far (other text PRIMARY KEY)", "split_0")
        cls.proxy = Proxy(cls.work, "proxy", files)
        cls.addClassCleanup(cls.proxy.stop, 5)
        cls.server.psql(f"SET ROLE shop; {TABLES}", "plain")
        with psycopg.connect(cls.proxy.conninfo("shop"), autocommit=True) as session:
            for statement in (TABLES + ELSEWHERE).split(";"):
                if statement.strip():
                    session.execute(statement)

    def places(self):
        return ((self.server, "plain"), (self.proxy, "shop"))

    def psql(self, server, dbname, script):
        ran = subprocess.run(
            ["psql", "-X", "-h", server.host, "-p", str(server.port), "-U", "shop", "-d", dbname],
            input=script, env=dict(os.environ, PGPASSWORD="shop", LC_ALL="C.UTF-8"), text=True,
            timeout=100, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return re.sub(r"\b\d+ (bytes|kB)\b", "SIZE", ran.stdout)

    def rows(self, server, dbname, sql, parameters=None, **options):
        with psycopg.connect(server.conninfo(dbname), autocommit=True) as session:
            return session.execute(sql, parameters, **options).fetchall()

    def test_psql_describes_what_a_plain_server_describes(self):
        for command in PSQL.strip().splitlines():
            with self.subTest(command=command):
                wanted, shown = (self.psql(*place, command) for place in self.places())
                self.assertEqual(shown.splitlines(), wanted.splitlines())

    def test_queries_answer_as_a_plain_server_does(self):
        for sql in QUERIES:
            with self.subTest(sql=sql):
                wanted, shown = (self.rows(*place, sql) for place in self.places())
                self.assertEqual(shown, wanted)

    def test_parameters_name_logical_tables(self):
        for spelling in ("t_order", "public.t_order", '"t_order"', '"public"."t_order"', "pg_class"):
            for sql in ("SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass",
                        "SELECT to_regclass(%s) IS NULL"):
                with self.subTest(spelling=spelling, sql=sql):
                    wanted, shown = (self.rows(*place, sql, [spelling]) for place in self.places())
                    self.assertEqual(shown, wanted)

    # Not shown, because the default shard's catalogs do not know them; but what they hide is hidden.
    def test_tables_elsewhere_are_not_shown_and_work(self):
        self.assertEqual(self.rows(self.proxy, "shop", "SELECT relname FROM pg_class WHERE relname ~ "
                                   "'^(far|lonely)'"), [])
        self.assertEqual(self.rows(self.proxy, "shop", "SELECT id FROM far"), [])
        self.assertEqual(self.rows(self.proxy, "shop", "SELECT id FROM lonely"), [])

    def test_ddl_shows_at_once(self):
        with psycopg.connect(self.proxy.conninfo("shop"), autocommit=True) as session:
            names = "SELECT indexname FROM pg_indexes WHERE tablename = 't_item' ORDER BY 1"
            session.execute("CREATE INDEX late ON t_item (user_id)")
            self.assertEqual(session.execute(names).fetchall(), [("late",), ("t_item_pkey",)])
            session.execute("DROP INDEX late")
            self.assertEqual(session.execute(names).fetchall(), [("t_item_pkey",)])

    def test_jdbc_metadata(self):
        classes = self.work.make("classes")
        subprocess.run(["javac", "-d", classes,
                        Path(__file__).resolve().parent / "JdbcMetadata.java"], check=True)
        shown = []
        for server, dbname in self.places():
            url = (f"jdbc:postgresql://{server.host}:{server.port}/{dbname}?user=shop&password=shop")
            ran = subprocess.run(["java", "-cp", f"{classes}:{DRIVER}", "JdbcMetadata", url],
                                 capture_output=True, text=True, timeout=100, check=False)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            shown.append(ran.stdout.splitlines())
        self.assertEqual(shown[1], shown[0])
        self.assertTrue(any("t_order" in line for line in shown[0]))


if __name__ == "__main__":
    unittest.main()
