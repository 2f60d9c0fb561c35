#!/usr/bin/python3
"""Debian's JDBC driver, in each of its query modes. Needs a JDK and libpostgresql-jdbc-java: without
them the test says so and is skipped."""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from stand import Stand, await_answers

DRIVER = Path("/usr/share/java/postgresql.jar")


@unittest.skipUnless(shutil.which("javac") and DRIVER.exists(), "no JDK or no JDBC driver here")
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


if __name__ == "__main__":
    unittest.main()
