#!/usr/bin/python3
"""pgbench on a database of one data source in all its modes: initialisation, each protocol, threads,
a connection for each transaction, pipelines, and no cent lost."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from twin import Twin

PIPELINE = """\
\\set aid random(1, 100000)
\\startpipeline
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 1, :aid, 1, CURRENT_TIMESTAMP);
END;
\\endpipeline
"""
VARIABLES = """\
\\set aid random(1, 100000)
SELECT aid AS found, abalance FROM pgbench_accounts WHERE aid = :aid \\gset
\\if :found <> :aid
SELECT 1 / 0;
\\endif
SELECT count(*) AS many FROM pgbench_branches \\; SELECT 2 AS two \\aset
"""


class Pgbench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)
        cls.scripts = cls.twin.directory("scripts")
        cls.run_pgbench("-i", "-q", "-s", "1", "-I", "dtgvpf")

    @classmethod
    def run_pgbench(cls, *arguments):
        proxy = cls.twin.proxy
        ran = subprocess.run(
            ["pgbench", "-h", proxy.host, "-p", str(proxy.port), "-U", "shop", *arguments, "one"],
            env=dict(os.environ, PGPASSWORD="shop"), text=True, capture_output=True, timeout=120,
            check=False)
        if ran.returncode != 0 or "aborted" in ran.stderr:
            raise AssertionError(ran.stdout + ran.stderr)
        return ran.stdout

    def assert_sums(self):
        sums = self.twin.server.psql(
            "SELECT (SELECT sum(abalance) FROM pgbench_accounts) - "
            "(SELECT sum(delta) FROM pgbench_history)", "one")
        self.assertEqual(sums, "0")

    def script(self, name, text):
        path = self.scripts / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def test_the_initialisation_on_the_server_too(self):
        self.run_pgbench("-i", "-q", "-s", "1", "-I", "dtGvpf")
        self.assertEqual(self.twin.server.psql("SELECT count(*) FROM pgbench_accounts", "one"),
                         "100000")

    def test_every_protocol_with_threads(self):
        for mode in ("simple", "extended", "prepared"):
            with self.subTest(mode=mode):
                shown = self.run_pgbench("-n", "-M", mode, "-c", "6", "-j", "2", "-t", "30")
                self.assertIn("actually processed: 180/180", shown)
                self.assert_sums()

    def test_a_connection_for_each_transaction(self):
        shown = self.run_pgbench("-n", "-C", "-c", "3", "-t", "15")
        self.assertIn("actually processed: 45/45", shown)
        self.assert_sums()

    def test_pipelines(self):
        path = self.script("pipeline.sql", PIPELINE)
        for mode in ("extended", "prepared"):
            with self.subTest(mode=mode):
                self.run_pgbench("-n", "-M", mode, "-c", "4", "-t", "30", "-f", path)
                self.assert_sums()

    def test_variables_of_results_and_several_scripts(self):
        path = self.script("variables.sql", VARIABLES)
        self.run_pgbench("-n", "-c", "4", "-t", "30", "-f", f"{path}@3", "-b", "select-only@2")
        self.run_pgbench("-n", "-c", "4", "-t", "20", "-N", "--max-tries=3")


if __name__ == "__main__":
    unittest.main()
