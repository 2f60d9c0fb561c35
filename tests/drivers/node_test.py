#!/usr/bin/python3
"""node-postgres with its pool, cursors and streams. Needs node and npm, and npm's registry the first
time."""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from servers import bin_dir
from twin import Twin

PROGRAM = HERE / "node"
# Beside the programs that are tested: the source tree stays clean, and the next run finds them.
MODULES = bin_dir().parent / "node"


def install():
    """The packages of the lock file; the reason why not, or None."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "no node or no npm here"
    lock = (PROGRAM / "package-lock.json").read_bytes()
    kept = MODULES / "package-lock.json"
    if kept.exists() and kept.read_bytes() == lock and (MODULES / "installed").exists():
        return None
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PROGRAM / name, MODULES / name)
    ran = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=MODULES,
                         capture_output=True, text=True, timeout=170, check=False)
    if ran.returncode != 0:
        return f"npm could not install: {ran.stderr.strip().splitlines()[-1:]}"
    (MODULES / "installed").touch()
    return None


class Node(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = install()
        if reason:
            raise AssertionError(reason)
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)

    def run_program(self, host, port, dbname):
        ran = subprocess.run(
            ["node", PROGRAM / "shop.mjs", f"postgresql://shop:shop@{host}:{port}/{dbname}",
             MODULES], capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual(ran.stdout, "all well\n", ran.stderr)

    def test_postgresql_itself(self):
        self.run_program(self.twin.server.host, self.twin.server.port, "plain")

    def test_a_database_of_one_data_source(self):
        self.run_program(self.twin.proxy.host, self.twin.proxy.port, "one")

    def test_a_sharded_database(self):
        self.run_program(self.twin.proxy.host, self.twin.proxy.port, "shop")


if __name__ == "__main__":
    unittest.main()
