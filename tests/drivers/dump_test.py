#!/usr/bin/python3
"""pg_dump and pg_restore of a database of one data source, through the proxy: the dump is byte for
byte the one that PostgreSQL gives, and what is restored dumps the same."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import PG_BIN
from twin import Twin

MORE = """\
CREATE SCHEMA other;
CREATE TYPE other.mood AS ENUM ('sad', 'ok');
CREATE TABLE other.everything (id serial PRIMARY KEY, mood other.mood, at timestamptz DEFAULT now(),
  note text CHECK (note <> ''), raw bytea, list int[], amount numeric(10, 2));
INSERT INTO other.everything (mood, at, note, raw, list, amount)
  SELECT 'ok', '2024-02-29 12:00+00', 'note ' || n, '\\x00ff', ARRAY[n, NULL], n / 3.0
  FROM generate_series(1, 500) AS n;
CREATE INDEX ON other.everything (note);
CREATE VIEW other.seen AS SELECT id, note FROM other.everything WHERE mood = 'ok';
CREATE MATERIALIZED VIEW other.counted AS SELECT mood, count(*) FROM other.everything GROUP BY mood;
CREATE FUNCTION other.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE TABLE other.child (parent int REFERENCES other.everything, PRIMARY KEY (parent));
INSERT INTO other.child SELECT id FROM other.everything WHERE id % 7 = 0;
CREATE FUNCTION other.refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON other.child EXECUTE FUNCTION other.refuse();
COMMENT ON TABLE other.everything IS 'nearly';
GRANT SELECT ON other.everything TO PUBLIC;
ALTER TABLE other.child ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_of_it ON other.child USING (true);
SELECT lo_from_bytea(4711, decode(repeat('00ff10', 30000), 'hex'));
SELECT lo_from_bytea(4712, 'small');
"""


class Dump(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)
        cls.twin.server.psql(f"SET ROLE shop; {MORE}", "one")
        cls.files = cls.twin.directory("dumps")

    def run_program(self, program, server, *arguments):
        ran = subprocess.run(
            [PG_BIN / program, "-h", server.host, "-p", str(server.port), "-U", "shop",
             *map(str, arguments)], env=dict(os.environ, PGPASSWORD="shop"), text=True,
            capture_output=True, timeout=120, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def dump(self, server, *arguments):
        # Newer releases begin and end a dump with a random key.
        return re.sub(r"(?m)^\\(un)?restrict .*$", "", self.run_program(
            "pg_dump", server, "-d", "one", *arguments))

    def test_a_dump_is_the_same(self):
        for arguments in ((), ("--inserts", "--rows-per-insert=50"), ("--schema-only",),
                          ("--data-only", "--column-inserts"), ("-t", "settings"),
                          ("--serializable-deferrable", "-n", "other"), ("-b", "--clean")):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.dump(self.twin.proxy, *arguments).splitlines(),
                                 self.dump(self.twin.server, *arguments).splitlines())

    def restored(self, *arguments):
        """A dump of the proxy's database `one` after everything was dropped and restored."""
        self.twin.server.psql("DROP SCHEMA other CASCADE; DROP TABLE customers, products, settings; "
                              "DROP FUNCTION complain; SELECT lo_unlink(4711), lo_unlink(4712)", "one")
        self.run_program("pg_restore", self.twin.proxy, "-d", "one", *arguments)
        return self.dump(self.twin.server)

    def test_restored_from_an_archive(self):
        before = self.dump(self.twin.server)
        archive = self.files / "archive"
        self.run_program("pg_dump", self.twin.proxy, "-d", "one", "-Fc", "-f", archive)
        self.assertEqual(self.restored("--no-owner", archive), before)
        self.assertEqual(self.restored("--no-owner", "--single-transaction", archive), before)
        self.assertEqual(self.restored("--no-owner", "-j", "4", archive), before)

    def test_dumped_by_several_connections(self):
        before = self.dump(self.twin.server)
        folder = self.files / "folder"
        self.run_program("pg_dump", self.twin.proxy, "-d", "one", "-Fd", "-j", "3", "-f", folder)
        self.assertEqual(self.restored("--no-owner", "-j", "3", folder), before)

    def test_restored_by_psql(self):
        before = self.dump(self.twin.proxy)
        self.twin.server.psql("DROP SCHEMA other CASCADE; DROP TABLE customers, products, settings; "
                              "DROP FUNCTION complain; SELECT lo_unlink(4711), lo_unlink(4712)", "one")
        ran = subprocess.run(
            ["psql", "-X", "-q", "-h", self.twin.proxy.host, "-p", str(self.twin.proxy.port), "-U",
             "shop", "-d", "one", "-v", "ON_ERROR_STOP=1"], input=before, text=True,
            env=dict(os.environ, PGPASSWORD="shop"), capture_output=True, timeout=100, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(self.dump(self.twin.proxy), before)


if __name__ == "__main__":
    unittest.main()
