#!/usr/bin/python3
"""Debian's JDBC driver, in each of its query modes and with what else it has. Needs a JDK and
libpostgresql-jdbc-java."""

import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from stand import Stand, await_answers
from twin import Twin

DRIVER = Path("/usr/share/java/postgresql.jar")


def setUpModule():
    if not DRIVER.exists():
        raise FileNotFoundError(f"{DRIVER}: install libpostgresql-jdbc-java")


class Jdbc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        await_answers(cls.proxy)
        cls.classes = cls.stand.directory("classes")
        subprocess.run(["javac", "-d", cls.classes, HERE / "JdbcShop.java"], check=True)

    def run_program(self, options):
        url = f"jdbc:postgresql://{self.proxy.host}:{self.proxy.port}/shop?{options}"
        ran = subprocess.run(["java", "-cp", f"{self.classes}:{DRIVER}", "JdbcShop", url],
                             capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(ran.stdout, "all well\n", ran.stderr)

    def test_extended_queries(self):
        self.run_program("preferQueryMode=extended")

    def test_simple_queries(self):
        self.run_program("preferQueryMode=simple")

    def test_extended_for_prepared_and_cached_everything(self):
        self.run_program("preferQueryMode=extendedForPrepared&prepareThreshold=1")

    def test_batches_rewritten_as_rows_of_one_insert(self):
        self.run_program("reWriteBatchedInserts=true")


class Features(unittest.TestCase):
    """The same program on PostgreSQL itself, on one data source and on two shards."""

    @classmethod
    def setUpClass(cls):
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)
        cls.classes = cls.twin.directory("classes")
        subprocess.run(["javac", "-cp", DRIVER, "-d", cls.classes, HERE / "JdbcFeatures.java"],
                       check=True)

    def run_program(self, server, dbname, options="binaryTransfer=true"):
        url = f"jdbc:postgresql://{server.host}:{server.port}/{dbname}?{options}"
        ran = subprocess.run(["java", "-cp", f"{self.classes}:{DRIVER}", "JdbcFeatures", url],
                             capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual(ran.stdout, "all well\n", ran.stderr)

    def test_postgresql_itself(self):
        self.run_program(self.twin.server, "plain")

    def test_one_data_source(self):
        self.run_program(self.twin.proxy, "one")

    def test_two_shards(self):
        self.run_program(self.twin.proxy, "shop")

    def test_text_only_and_everything_prepared(self):
        self.run_program(self.twin.proxy, "one", "binaryTransfer=false&prepareThreshold=1")


if __name__ == "__main__":
    unittest.main()
