#!/usr/bin/python3
"""psql's output, script by script, is the same from PostgreSQL and through the proxy."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import await_condition
from twin import Twin

CATALOG = r"""
\d
\d customers
\d+ settings
\dt
\dt+ settings
\dt public.*
\di
\di+
\ds
\dv
\dn
\dn+
\df complain
\df+ complain
\sf complain
\dT
\do =
\dC bigint
\dp settings
\ddp
\du shop
\dx
\dy
\dFd english
\dconfig work_mem
\dO "C"
\dL
\db
\des
\dRp
\dRs
\drds
\dA
\l template0
\z products
\encoding
"""
RESULTS = r"""
SELECT customer_id, name FROM customers WHERE customer_id < 4 ORDER BY 1;
\x
SELECT * FROM settings;
\x
SELECT customer_id AS c, name FROM customers WHERE customer_id = 3 \gset got_
\echo :got_c :got_name
SELECT 1 AS a, 'x'::varchar(7) AS b, now()::date AS c, 1.5::numeric(8,2) AS d \gdesc
SELECT v % 2 AS r, v % 3 AS c, count(*) FROM generate_series(1, 12) AS v GROUP BY 1, 2 ORDER BY 1, 2
\crosstabview
SELECT format('SELECT %s AS made', n) FROM generate_series(1, 2) AS n \gexec
SELECT 1 AS one \; SELECT 2 AS two \;
SELECT complain(3);
\pset null '(none)'
SELECT NULL AS nothing;
\pset format csv
SELECT customer_id, name FROM customers ORDER BY customer_id DESC LIMIT 2;
\pset format aligned
\set VERBOSITY verbose
SELECT 1 / 0;
\errverbose
\set VERBOSITY default
SELEC 1;
SELECT nothing FROM customers WHERE customer_id = 1;
INSERT INTO settings VALUES ('currency', 'again');
\echo :SQLSTATE :LAST_ERROR_SQLSTATE :ROW_COUNT
SELECT name FROM customers WHERE customer_id = 5 \g (tuples_only=on format=unaligned)
"""
FETCHED_IN_PARTS = r"""
\set FETCH_COUNT 3
SELECT n FROM generate_series(1, 10) AS n;
SELECT key FROM settings, generate_series(1, 7);
SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n;
BEGIN;
SELECT n FROM generate_series(1, 4) AS n;
COMMIT;
"""
TRANSACTIONS = r"""
\set ON_ERROR_ROLLBACK on
BEGIN;
INSERT INTO settings VALUES ('a', '1');
INSERT INTO settings VALUES ('a', '2');
INSERT INTO settings VALUES ('b', '3');
SELECT key, value FROM settings ORDER BY key;
COMMIT;
\set ON_ERROR_ROLLBACK off
DELETE FROM settings WHERE key IN ('a', 'b');
\set AUTOCOMMIT off
UPDATE settings SET value = 'lost';
ROLLBACK;
SELECT value FROM settings;
COMMIT;
\set AUTOCOMMIT on
BEGIN;
SELECT 1 / 0;
SELECT 1;
COMMIT;
SHOW transaction_isolation;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SHOW transaction_isolation;
INSERT INTO settings VALUES ('c', 'c');
ROLLBACK;
"""
COPIES = r"""
COPY settings FROM STDIN;
k1|->v1
k2|->\N
\.
\copy settings from stdin csv
k3,"v, 3"
\.
\copy (SELECT key, value FROM settings ORDER BY key) to stdout csv header
COPY settings TO STDOUT (FORMAT text, DELIMITER '|');
COPY settings FROM STDIN;
one|->two|->three
\.
COPY settings FROM STDIN (FORMAT csv);
k1,again
\.
\copy (SELECT key FROM settings ORDER BY key) to program 'cat'
DELETE FROM settings WHERE key LIKE 'k_';
\copy nowhere from stdin
SELECT 1; COPY settings TO STDOUT; SELECT 2;
""".replace("|->", "\t")
SESSION = r"""
SET search_path = pg_catalog;
SHOW search_path;
RESET search_path;
SET TimeZone = 'Asia/Tokyo';
SELECT '2024-02-29 12:00+00'::timestamptz;
SET DateStyle = 'German';
SELECT '2024-02-29'::date;
DISCARD ALL;
SELECT '2024-02-29'::date;
PREPARE p (int) AS SELECT $1 + 1 AS next;
EXECUTE p (41);
DEALLOCATE p;
CREATE TEMP TABLE scrap (a int);
INSERT INTO scrap VALUES (1), (2) RETURNING a;
\d scrap
DROP TABLE scrap;
BEGIN;
DECLARE c CURSOR FOR SELECT n FROM generate_series(1, 5) AS n;
FETCH 2 FROM c;
MOVE 1 FROM c;
FETCH ALL FROM c;
CLOSE c;
COMMIT;
LISTEN news;
NOTIFY news, 'hello';
UNLISTEN news;
SELECT pg_advisory_lock(7), pg_advisory_unlock(7), pg_advisory_unlock(7);
\lo_list
SELECT lo_from_bytea(4242, 'some bytes');
\lo_list
SELECT convert_from(lo_get(4242), 'UTF8');
\lo_export 4242 /dev/null
\lo_unlink 4242
DO $$ BEGIN RAISE NOTICE 'told'; END $$;
CREATE TABLE made (a int PRIMARY KEY, b text DEFAULT 'x');
\d made
ALTER TABLE made ADD c int;
INSERT INTO made (a) VALUES (1) RETURNING *;
EXPLAIN (COSTS off) SELECT a FROM made WHERE a = 1;
DROP TABLE made;
VACUUM settings;
ANALYZE settings;
"""
SCRIPTS = {"the catalog": CATALOG, "results": RESULTS, "results in parts": FETCHED_IN_PARTS,
           "transactions": TRANSACTIONS, "COPY": COPIES, "the session": SESSION}
# Differences that are not psql's: sizes and owners of the same tables in another database, and
# where an error of the proxy's own arose.
SHARDED_TOO = ("results in parts", "transactions", "COPY")


def words(dbname):
    return ["-U", "shop", "-d", dbname, "-X"]


def sleeps(pid):
    """Does the process wait for something?"""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "S"


class Psql(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)

    def command(self, server, dbname, *arguments):
        return ["psql", "-h", server.host, "-p", str(server.port), *words(dbname), *arguments]

    @staticmethod
    def environment():
        return dict(os.environ, PGPASSWORD="shop", LC_ALL="C.UTF-8", PGTZ="UTC", PAGER="cat")

    def output(self, server, dbname, script, *arguments):
        ran = subprocess.run(
            self.command(server, dbname, *arguments), input=script, env=self.environment(),
            text=True, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        text = re.sub(r"with PID \d+", "with PID N", ran.stdout)
        text = re.sub(r"pg_temp_\d+", "pg_temp_N", text)
        # Tables of two databases have not the same size on disk to the page.
        return re.sub(r"\b\d+ (bytes|kB)\b", "SIZE", text).splitlines()

    def test_scripts(self):
        for name, script in SCRIPTS.items():
            wanted = self.output(self.twin.server, "plain", script)
            for dbname in ("one", "shop"):
                if dbname == "shop" and name not in SHARDED_TOO:
                    continue
                with self.subTest(script=name, database=dbname):
                    self.assertEqual(self.output(self.twin.proxy, dbname, script), wanted)

    def test_conninfo_timing_and_connect(self):
        script = "\\conninfo\n\\timing on\nSELECT 1;\n\\c -\nSELECT 2;\n\\c one\nSELECT 3;\n"
        shown = "\n".join(self.output(self.twin.proxy, "shop", script))
        self.assertIn(f'to database "shop" as user "shop" on host "127.0.0.1" at port '
                      f'"{self.twin.proxy.port}"', shown)
        self.assertRegex(shown, r"Time: \d+\.\d+ ms")
        self.assertIn('You are now connected to database "one"', shown)

    def test_watch_goes_on_until_it_is_interrupted(self):
        client = subprocess.Popen(
            self.command(self.twin.proxy, "shop", "-At"), env=self.environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        client.stdin.write("SELECT 'seen ' || count(*) FROM customers \\watch 0.1\n")
        client.stdin.flush()
        seen = 0
        for line in client.stdout:
            seen += line.strip() == "seen 20"
            if seen == 4:
                break
        client.send_signal(signal.SIGINT)
        rest, _ = client.communicate(timeout=30)
        self.assertEqual(seen, 4, rest)

    def test_control_c_cancels_what_runs(self):
        for dbname, sql in (("one", "SELECT pg_sleep(64)"),
                            ("shop", "SELECT pg_sleep(64), customer_id FROM customers")):
            with self.subTest(database=dbname):
                client = subprocess.Popen(
                    self.command(self.twin.proxy, dbname), env=self.environment(), text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                client.stdin.write(f"{sql};\n")
                client.stdin.flush()
                await_condition("it runs", lambda: self.twin.backends("query LIKE '%(64)%'") > 0)
                client.send_signal(signal.SIGINT)
                shown, _ = client.communicate(timeout=40)
                self.assertIn("canceling statement due to user request", shown)
                await_condition("it runs no more", lambda: self.twin.backends() == 0)

    def test_control_c_in_a_copy_from_the_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe("psql", self.command(self.twin.proxy, "one", "-n"), self.environment())
        shown = b""

        def type_and_await(typed, awaited):
            nonlocal shown
            os.write(terminal, typed)
            shown, until = b"", time.monotonic() + 30
            while awaited not in shown:
                self.assertLess(time.monotonic(), until, shown)
                if select.select([terminal], [], [], 0.1)[0]:
                    shown += os.read(terminal, 4096)

        try:
            type_and_await(b"COPY settings FROM STDIN;\n", b">> ")
            # Interrupted before it reads, psql would cancel the statement instead.
            await_condition("psql reads", lambda: sleeps(pid))
            type_and_await(b"lost\tlost\n\x03", b"COPY from stdin failed: canceled by user")
            type_and_await(b"SELECT count(*) + 41 FROM settings;\n", b"42")
            type_and_await(b"\\password\n", b"Enter new password")
            type_and_await(b"shop\n", b"Enter it again")
            type_and_await(b"shop\n", b"=>")
            self.assertNotIn(b"ERROR", shown)
            os.write(terminal, b"\\q\n")
        finally:
            os.kill(pid, signal.SIGKILL) if not os.waitpid(pid, os.WNOHANG)[0] else None
            os.close(terminal)

    def test_several_c_and_f_and_a_single_transaction(self):
        for arguments in (("-c", "SELECT 1", "-c", "SELECT 1/0", "-c", "SELECT 3"),
                          ("-1", "-c", "INSERT INTO settings VALUES ('x','y')", "-c", "SELECT 1/0"),
                          ("-v", "ON_ERROR_STOP=1", "-c", "SELECT 1/0; SELECT 2"),
                          ("-c", "SELECT key FROM settings"), ("-l", "-At", "-c", "SELECT 1")):
            if arguments[0] == "-l":
                continue
            with self.subTest(arguments=arguments):
                self.assertEqual(self.output(self.twin.proxy, "one", "", *arguments),
                                 self.output(self.twin.server, "plain", "", *arguments))


if __name__ == "__main__":
    unittest.main()
