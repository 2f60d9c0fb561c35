"""Sessions of a database of one server: what pins them, and that a pinned session is then as
PostgreSQL's own."""

import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

# pylint: disable=wrong-import-position
from servers import PostgresNode, Proxy, WorkDirectory, await_condition

GLOBAL = """\
authority:
  users:
  - {user: shop, password: shop}
  privilege: {type: ALL_PERMITTED}
"""
POOL_MAX = 8
FUNCTIONS = """\
CREATE TABLE t (id serial PRIMARY KEY, v text);
CREATE FUNCTION shop_steady(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION shop_volatile(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1';
"""
# One statement of a session, and whether the session has its connection for itself afterwards.
PINNING = [
    ("CREATE TEMP TABLE scratch (id int)", True),
    ("SELECT 1 AS one INTO TEMP scratch", True),
    ("CREATE TABLE pg_temp.scratch (id int)", True),
    ("LISTEN news", True),
    ("PREPARE q AS SELECT 1", True),
    ("SELECT pg_advisory_lock(1)", True),
    ("SELECT set_config('application_name', 'me', false)", True),
    ("SELECT setseed(0.5)", True),
    ("SELECT nextval('t_id_seq')", True),
    ("SELECT pg_backend_pid()", True),
    ("SELECT shop_volatile(1)", True),
    ("SELECT not_there_yet(1)", True),
    ("DO $$ BEGIN PERFORM 1; END $$", True),
    ("SET SESSION AUTHORIZATION shop", True),
    ("SET work_mem = '5MB'; SELECT 1", True),
    ("BEGIN; SELECT 1", True),
    ("SELECT 1", False),
    ("SELECT 1; SELECT 2", False),
    ("BEGIN; SELECT 1; COMMIT", False),
    ("SET work_mem = '5MB'", False),
    ("SELECT shop_steady(1), count(*), coalesce(max(v), 'none') FROM t", False),
    ("INSERT INTO t (v) VALUES ('x'), (upper('y'))", False),
    ("WITH w (a) AS (VALUES (1)) SELECT * FROM w AS other(a) WHERE a IN (1, 2)", False),
    ("SELECT pg_advisory_xact_lock(1)", False),
    ("CREATE TABLE made (id int, price numeric(10, 2)); DROP TABLE made", False),
    ("NOTIFY news", False),
    ("SELECT pg_advisory_unlock(1)", False),
    # What asyncpg says whenever a connection goes back to its pool.
    ("SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;", False),
    ("SET work_mem = '5MB'; RESET ALL; SELECT 1", True),
]
# What a session is pinned by, what may end that, and whether it is pinned afterwards.
ENDING = [
    (["LISTEN news", "LISTEN more", "UNLISTEN news"], True),
    (["LISTEN news", "LISTEN more", "UNLISTEN *"], False),
    (["CREATE TEMP TABLE scratch (id serial)", "DROP TABLE scratch"], False),
    (["CREATE TEMP TABLE scratch (id int)", "CREATE TEMP VIEW v AS SELECT 1", "DROP VIEW v"], True),
    (["BEGIN", "CREATE TEMP TABLE scratch (id int) ON COMMIT DROP", "COMMIT"], False),
    (["SELECT pg_advisory_lock(1)", "SELECT pg_advisory_lock(2)", "SELECT pg_advisory_unlock(1)"],
     True),
    (["SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)"], False),
    (["DECLARE c CURSOR WITH HOLD FOR SELECT 1", "CLOSE c"], False),
    (["PREPARE q AS SELECT 1", "DEALLOCATE q"], False),
    (["LISTEN news", "BEGIN", "UNLISTEN *"], True),
    (["LISTEN news", "BEGIN", "UNLISTEN *", "COMMIT"], False),
    (["CREATE TEMP TABLE scratch (id int)", "DISCARD TEMP"], False),
    (["SELECT setseed(0.5)", "LISTEN news", "UNLISTEN *"], True),
    (["SELECT setseed(0.5)", "LISTEN news", "DISCARD ALL"], False),
    (["LISTEN news", "SET my.own = 'x'", "UNLISTEN *"], True),
    (["SET my.own = 'x'", "LISTEN news", "UNLISTEN *"], False),
    (["DO $$ BEGIN PERFORM 1; END $$", "DISCARD ALL"], False),
    (["LISTEN news", "SET work_mem = '5MB'", "SELECT pg_advisory_unlock_all(); UNLISTEN *;"], False),
]


class KeptSession(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = WorkDirectory()
        cls.addClassCleanup(cls.work.remove)
        cls.node = PostgresNode(cls.work, "node")
        cls.addClassCleanup(cls.node.stop)
        cls.node.make_database("shop")
        cls.node.psql("CREATE ROLE reader; GRANT reader TO shop", "shop")
        cls.node.psql(f"SET ROLE shop; {FUNCTIONS}", "shop")
        source = (f"databaseName: shop\ndataSources:\n  ds_0:\n"
                  f"    url: jdbc:postgresql://{cls.node.host}:{cls.node.port}/shop\n"
                  f"    username: shop\n    password: shop\n    maxPoolSize: {POOL_MAX}\n")
        cls.proxy = Proxy(cls.work, "proxy", {"global.yaml": GLOBAL, "tessera.yaml": "threads: 1\n",
                                              "database-shop.yaml": source})
        cls.addClassCleanup(cls.proxy.stop)

    def setUp(self):
        self.bystander = self.connect()

    def connect(self, **options):
        words = {"user": "shop", "password": "shop", "dbname": "shop", "autocommit": True,
                 "prepare_threshold": None, **options}
        connection = psycopg.connect(host=self.proxy.host, port=self.proxy.port, **words)
        self.addCleanup(connection.close)
        return connection

    def servers(self):
        """How many server connections sessions have; the proxy's own readings come and go."""
        return int(self.node.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop' "
                                  "AND application_name <> 'tessera catalog'"))

    @staticmethod
    def simple(connection, sql):
        return connection.pgconn.exec_(sql.encode())

    def lives(self, pid):
        return self.node.psql(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}") == "1"

    def assert_open(self, pid, is_open):
        """Whether the server connection `pid` is open after all that the proxy was told."""
        self.bystander.execute("SELECT 1")
        if is_open:
            self.assertTrue(self.lives(pid))
        else:
            await_condition("the connection is closed", lambda: not self.lives(pid))

    def test_what_pins(self):
        for sql, pins in PINNING:
            with self.subTest(sql):
                connection = self.connect()
                pid = connection.pgconn.backend_pid
                self.simple(connection, sql)
                connection.close()
                self.assert_open(pid, not pins)

    def test_what_lets_go(self):
        for statements, pinned in ENDING:
            with self.subTest(statements):
                connection = self.connect()
                for sql in statements:
                    self.assertNotEqual(self.simple(connection, sql).status, 7, sql)
                self.assert_open(connection.pgconn.backend_pid, pinned)
                connection.close()

    def test_each_session_has_a_server_connection_of_its_own(self):
        connections = [self.connect() for _ in range(4)]
        for turn in range(3):
            for number, connection in enumerate(connections):
                connection.execute(f"SELECT 'turn {turn} of {number}'")
        last = self.node.psql("SELECT query FROM pg_stat_activity WHERE query ~ 'turn [0-9] of'")
        self.assertEqual(sorted(last.splitlines()), [f"SELECT 'turn 2 of {n}'" for n in range(4)])

    def test_sessions_share_where_there_are_no_more_server_connections(self):
        connections = [self.connect() for _ in range(3 * POOL_MAX)]
        for _ in range(2):
            for connection in connections:
                self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))
        await_condition("the pool is as large as it may be", lambda: self.servers() == POOL_MAX)

    def test_a_session_begins_in_a_new_server_session(self):
        counted = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
        first = self.connect()
        first.execute("SELECT 1")
        self.connect().close()  # there is a connection that nobody has
        before = first.execute(counted).fetchone()[0]
        second = self.connect()
        second.execute("SELECT pg_stat_force_next_flush()")
        self.assertGreater(second.execute(counted).fetchone()[0], before)

    def test_settings_follow_a_session_that_is_let_go(self):
        connection = self.connect(options="-c lock_timeout=1234")
        for sql in ("SET my.own = 'it''s'", "SET work_mem = '5MB'", "LISTEN news", "RESET work_mem",
                    "SET TimeZone = 'Asia/Tokyo'", "SET search_path = app, public",
                    "SET ROLE reader", "UNLISTEN *"):
            connection.execute(sql)
        self.assert_open(connection.pgconn.backend_pid, False)
        shown = connection.execute(
            "SELECT current_setting('lock_timeout'), current_setting('TimeZone'), "
            "current_setting('search_path'), current_setting('my.own'), current_user, "
            "current_setting('work_mem')").fetchone()
        self.assertEqual(shown, ("1234ms", "Asia/Tokyo", "app, public", "it's", "reader", "4MB"))
        connection.execute("SET timezone = 'UTC'")
        self.assertEqual(connection.execute("SHOW TimeZone").fetchone(), ("UTC",))

    def test_the_process_number_is_the_one_that_the_client_was_told(self):
        for _ in range(3):
            connection = self.connect()
            told = connection.pgconn.backend_pid
            self.assertEqual(connection.execute("SELECT pg_backend_pid()").fetchone()[0], told)

    def test_a_notification_reaches_an_idle_client(self):
        listener, other = self.connect(), self.connect()
        listener.execute("LISTEN news")
        other.execute("NOTIFY news, 'now'")
        heard = next(listener.notifies())
        self.assertEqual((heard.channel, heard.payload), ("news", "now"))

    def test_the_end_of_its_server_process_reaches_an_idle_client_as_postgresql_says_it(self):
        victim = self.connect()
        said = []
        # libpq takes an error that comes unasked for a notice.
        victim.add_notice_handler(lambda notice: said.append((notice.severity, notice.sqlstate)))
        pid = victim.execute("SELECT pg_backend_pid()").fetchone()[0]
        self.node.psql(f"SELECT pg_terminate_backend({pid})")
        with self.assertRaises(psycopg.OperationalError):
            while True:
                next(victim.notifies())
        self.assertEqual(said, [("FATAL", "57P01")])

    def test_the_end_of_its_server_process_in_the_middle_of_a_statement(self):
        victim = self.connect()
        pid = victim.execute("SELECT pg_backend_pid()").fetchone()[0]
        with self.assertRaisesRegex(psycopg.OperationalError,
                                    "terminating connection due to administrator command"):
            victim.execute(f"SELECT pg_terminate_backend({pid})")
        self.assertTrue(victim.closed)

    def test_a_cancelled_statement_says_so(self):
        victim = self.connect()
        pid = victim.execute("SELECT pg_backend_pid()").fetchone()[0]
        with self.assertRaises(psycopg.errors.QueryCanceled):
            victim.execute(f"SELECT pg_cancel_backend({pid}), pg_sleep(10)")
        self.assertEqual(victim.execute("SELECT 1").fetchone(), (1,))

    def test_reset_brings_back_what_the_client_said_at_start(self):
        for pin in ("SELECT 1", "LISTEN news"):
            with self.subTest(pin):
                connection = self.connect(options="-c work_mem=7MB -c DateStyle=German")
                connection.execute(pin)
                for reset in ("RESET work_mem", "RESET ALL", "SET work_mem TO DEFAULT",
                              "DISCARD ALL"):
                    connection.execute("SET work_mem = '9MB'")
                    connection.execute(reset)
                    self.assertEqual(connection.execute("SHOW work_mem").fetchone(), ("7MB",))
                self.assertEqual(connection.execute("SHOW DateStyle").fetchone(), ("German, DMY",))

    def test_datestyle_keeps_what_a_later_one_does_not_say(self):
        connections = [self.connect() for _ in range(3)]
        connections[0].execute("SET DateStyle = 'SQL, DMY'")
        connections[0].execute("SET DateStyle = 'ISO'")
        for other in connections[1:]:
            other.execute("SET DateStyle = 'Postgres, MDY'")
        for _ in range(3):
            self.assertEqual(connections[0].execute("SHOW DateStyle").fetchone(), ("ISO, DMY",))
            for other in connections[1:]:
                other.execute("SELECT 1")

    def test_a_block_that_was_begun_before_the_session_pinned_is_one_block(self):
        connection = self.connect(autocommit=False)
        connection.execute("INSERT INTO t (v) VALUES ('first')")
        connection.execute("SET LOCAL work_mem = '8MB'")
        connection.execute("SAVEPOINT a")
        connection.execute("CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT 1 AS one")
        connection.execute("ROLLBACK TO SAVEPOINT a")
        self.assertEqual(connection.execute("SHOW work_mem").fetchone(), ("8MB",))
        with self.assertRaises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM scratch")
        connection.rollback()
        self.assertEqual(connection.execute("SELECT FROM t WHERE v = 'first'").fetchall(), [])

    def test_two_phase_commit_is_the_servers_own(self):
        connection = self.connect()
        self.simple(connection, "BEGIN; INSERT INTO t (v) VALUES ('prepared')")
        connection.execute("PREPARE TRANSACTION 'kept'")
        self.assertEqual(connection.pgconn.transaction_status, psycopg.pq.TransactionStatus.IDLE)
        self.connect().execute("COMMIT PREPARED 'kept'")
        rows = connection.execute("SELECT count(*) FROM t WHERE v = 'prepared'").fetchone()
        self.assertEqual(rows, (1,))

    def test_notices_of_commit_are_given(self):
        connection = self.connect()
        said = []
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary))
        connection.execute("BEGIN")
        connection.execute("SELECT 1")
        connection.execute("BEGIN")
        connection.execute("COMMIT")
        self.assertEqual(said, ["there is already a transaction in progress"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
