#!/usr/bin/python3
"""pgbench over two shards: select-only in every protocol, and its TPC-B transactions, which must not
lose a cent."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import PostgresNode, Proxy, WorkDirectory
from stand import ask

GLOBAL_YAML = "authority:\n  users:\n  - {user: shop, password: shop}\n"
RULES_YAML = """\
rules:
- !SHARDING
  defaultDatabaseStrategy: {standard: {shardingColumn: aid, shardingAlgorithmName: by_aid}}
  tables:
    pgbench_accounts: {actualDataNodes: "ds_${0..1}.pgbench_accounts"}
    pgbench_history: {actualDataNodes: "ds_${0..1}.pgbench_history"}
  shardingAlgorithms:
    by_aid: {type: INLINE, props: {algorithm-expression: "ds_${aid % 2}"}}
- !SINGLE
  tables: ["*.*.*"]
  defaultDataSource: ds_0
"""


def fill(node, keep):
    node.make_database("shop")
    run_pgbench(node, "-i", "-q", "-s", "1")
    node.psql(f"DELETE FROM pgbench_accounts WHERE aid % 2 <> {keep}", "shop")
    if keep:
        node.psql("DROP TABLE pgbench_tellers, pgbench_branches", "shop")


def run_pgbench(server, *arguments):
    ran = subprocess.run(
        ["pgbench", *arguments, "-h", server.host, "-p", str(server.port), "-U", "shop", "shop"],
        env=dict(os.environ, PGPASSWORD="shop"), text=True, capture_output=True, timeout=120,
        check=False)
    if ran.returncode != 0 or "aborted" in ran.stderr:
        raise AssertionError(ran.stdout + ran.stderr)
    return ran.stdout


class Pgbench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        work = WorkDirectory()
        cls.addClassCleanup(work.remove)
        shards = []
        for number in range(2):
            shards.append(PostgresNode(work, f"shard_{number}"))
            cls.addClassCleanup(shards[-1].stop)
            fill(shards[-1], number)
        sources = "".join(
            f"  ds_{number}: {{url: 'jdbc:postgresql://{shard.host}:{shard.port}/shop', "
            "username: shop, password: shop, maxPoolSize: 10}\n"
            for number, shard in enumerate(shards))
        text = f"databaseName: shop\ndataSources:\n{sources}{RULES_YAML}"
        cls.proxy = Proxy(work, "proxy", {"global.yaml": GLOBAL_YAML, "database-shop.yaml": text})
        cls.addClassCleanup(cls.proxy.stop)

    def test_select_only(self):
        for mode in ("simple", "extended", "prepared"):
            with self.subTest(mode=mode):
                shown = run_pgbench(self.proxy, "-n", "-S", "-c", "8", "-t", "200", "-M", mode)
                self.assertIn("actually processed: 1600/1600", shown)

    def test_transactions_keep_the_sums(self):
        for mode in ("simple", "extended", "prepared"):
            with self.subTest(mode=mode):
                run_pgbench(self.proxy, "-n", "-c", "4", "-t", "50", "-M", mode)
                sums = {ask(self.proxy, f"SELECT sum({column}) FROM {table}")[0][0]
                        for column, table in (("abalance", "pgbench_accounts"),
                                              ("tbalance", "pgbench_tellers"),
                                              ("bbalance", "pgbench_branches"),
                                              ("delta", "pgbench_history"))}
                self.assertEqual(len(sums), 1, sums)
        self.assertEqual(ask(self.proxy, "SELECT count(*) FROM pgbench_history"), [(600,)])


if __name__ == "__main__":
    unittest.main()
