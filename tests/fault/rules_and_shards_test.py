#!/usr/bin/python3
"""Rules that the shards do not bear out: the log says which line of which file, once."""

import sys
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import PostgresNode, Proxy, WorkDirectory, free_port

GLOBAL = "authority:\n  users:\n  - {user: shop, password: shop}\n"
RULES = """\
rules:
- !SHARDING
  tables:
    part:
      actualDataNodes: ds_${0..1}.part
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}
    typed:
      actualDataNodes: ds_${0..1}.typed
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}
    mispelt:
      actualDataNodes: ds_${0..1}.mispelt
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}
  shardingAlgorithms:
    by_id: {type: MOD, props: {sharding-count: 2}}
- !BROADCAST
  tables: [everywhere, country]
"""
SHARED = ("CREATE TABLE everywhere (code text); CREATE TABLE country (code varchar(2));"
          "CREATE TABLE typed (id bigint, v {});")


class RulesAndShards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = WorkDirectory()
        cls.addClassCleanup(cls.work.remove)
        cls.node = PostgresNode(cls.work, "server")
        cls.addClassCleanup(cls.node.stop)
        for name in ("shard_0", "shard_1"):
            cls.node.make_database(name)
        cls.node.psql("SET ROLE shop;" + SHARED.format("int") + "CREATE TABLE part (id bigint)",
                      "shard_0")
        cls.node.psql("SET ROLE shop;" + SHARED.format("bigint") +
                      "ALTER TABLE country ALTER code TYPE varchar(3)", "shard_1")

    def start(self, name, ports):
        lines = "".join(
            f"  ds_{n}: {{url: 'jdbc:postgresql://{self.node.host}:{port}/shard_{n}', "
            "username: shop, password: shop}\n" for n, port in enumerate(ports))
        proxy = Proxy(self.work, name, {
            "global.yaml": GLOBAL,
            "database-shop.yaml": f"databaseName: shop\ndataSources:\n{lines}{RULES}"})
        self.addCleanup(proxy.stop, 5)
        return proxy

    def warnings(self, proxy, wanted):
        """The lines of the log that hold a place in the rules, when there are so many."""
        deadline = time.monotonic() + 20
        while True:
            found = [line for line in proxy.log.read_text().splitlines()
                     if "database-shop.yaml:" in line and "warn" in line]
            if len(found) >= wanted or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def expect(self, lines, *words):
        self.assertTrue(any(all(word in line for word in words) for line in lines), (words, lines))

    def test_tables_that_are_missing_or_differ(self):
        proxy = self.start("tables", [self.node.port] * 2)
        lines = self.warnings(proxy, 4)
        self.expect(lines, "database-shop.yaml:9:", "tables.part.actualDataNodes",
                    'table "part" is missing on shard "ds_1"')
        self.expect(lines, "database-shop.yaml:12:", "tables.typed.actualDataNodes",
                    'has column "v" as pg_catalog.int8, not pg_catalog.int4')
        self.expect(lines, "database-shop.yaml:15:", "tables.mispelt.actualDataNodes",
                    'no actual table of table "mispelt" exists')
        self.expect(lines, "database-shop.yaml:20:24:", "rules.tables",
                    'has column "code" with another length or precision')
        with psycopg.connect(proxy.conninfo("shop"), autocommit=True) as session:
            for _ in range(3):
                session.execute("CREATE TABLE fresh (a int)")
                session.execute("DROP TABLE fresh")
        self.assertEqual(self.warnings(proxy, 4), lines)

    def test_a_data_source_that_cannot_be_reached(self):
        proxy = self.start("away", [self.node.port, free_port()])
        lines = self.warnings(proxy, 1)
        self.expect(lines, "database-shop.yaml:4:", "dataSources.ds_1.url", "could not connect",
                    "Connection refused")
        time.sleep(4)  # it is tried again, and said once
        self.assertEqual(len(self.warnings(proxy, 1)), 1)


if __name__ == "__main__":
    unittest.main()
