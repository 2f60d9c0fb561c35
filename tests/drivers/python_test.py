#!/usr/bin/python3
"""What Python programs use beyond psycopg_test.py: psycopg's pipelines, cursors, COPY and
notifications, psycopg2, asyncpg. Each claim holds for PostgreSQL itself, for a database of one data
source and for a sharded one."""

import asyncio
import contextlib
import io
import sys
import threading
import time
import unittest
from pathlib import Path

import asyncpg
import psycopg
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras
from psycopg import pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import await_condition, cancel_when_it_runs
from twin import Twin

SERIES = "SELECT n FROM generate_series(1, 1000) AS n"
NAME = "SELECT name FROM customers WHERE customer_id = %s"


def setUpModule():
    global TWIN
    TWIN = Twin(settings={"max_prepared_transactions": "4"})
    unittest.addModuleCleanup(TWIN.close)


class OnEach:
    """Tests of one driver; below they are made a class for each database."""

    database = None

    def conninfo(self):
        return TWIN.direct() if self.database == "plain" else TWIN.through(self.database)


class Psycopg3(OnEach):
    def connection(self, **options):
        return psycopg.connect(self.conninfo(), autocommit=True, **options)

    def test_a_deep_pipeline_with_an_error_at_its_end(self):
        with self.connection() as connection:
            with self.assertRaises(psycopg.errors.DivisionByZero):
                with connection.pipeline() as pipeline:
                    before = [connection.execute(NAME, [n % 20 + 1]) for n in range(300)]
                    pipeline.sync()
                    connection.execute("SELECT 1 / 0")
                    connection.execute("UPDATE customers SET name = 'lost'")
            self.assertEqual([cursor.fetchone()[0] for cursor in before],
                             [f"c{n % 20 + 1}" for n in range(300)])
            with connection.pipeline():
                after = connection.execute(NAME, [7])
            self.assertEqual(after.fetchone(), ("c7",))

    def test_a_pipeline_of_large_results_and_large_parameters(self):
        with self.connection() as connection:
            large = "x" * 400_000
            with connection.pipeline():
                cursors = [connection.execute("SELECT repeat(%s, 2), length(%s)", [large, large])
                           for _ in range(12)]
            for cursor in cursors:
                row = cursor.fetchone()
                self.assertEqual((len(row[0]), row[1]), (800_000, 400_000))

    def test_a_pipeline_is_a_transaction_where_one_was_begun(self):
        with self.connection() as connection:
            with self.assertRaises(psycopg.errors.DivisionByZero):
                with connection.pipeline(), connection.transaction():
                    connection.execute("UPDATE customers SET name = 'lost'")
                    connection.execute("SELECT 1 / 0")
            self.assertEqual(connection.execute(
                "SELECT count(*) FROM customers WHERE name = 'lost'").fetchone(), (0,))

    def test_statements_are_prepared_dropped_and_prepared_again(self):
        with self.connection(prepare_threshold=0) as connection:
            connection.prepared_max = 3
            for _ in range(3):
                for number in range(8):
                    row = connection.execute(
                        f"SELECT name || '{number}' FROM customers WHERE customer_id = %s",
                        [number + 1]).fetchone()
                    self.assertEqual(row, (f"c{number + 1}{number}",))

    def test_server_side_cursors(self):
        with self.connection() as connection:
            with connection.transaction(), connection.cursor("part") as cursor:
                cursor.execute(SERIES)
                self.assertEqual(cursor.fetchmany(3), [(1,), (2,), (3,)])
                cursor.scroll(10)
                self.assertEqual(cursor.fetchone(), (14,))
            with connection.cursor("held", withhold=True, scrollable=True) as cursor:
                cursor.execute(SERIES)
                self.assertEqual(cursor.fetchone(), (1,))
                self.assertEqual(connection.execute("SELECT 5").fetchone(), (5,))
                cursor.scroll(998)
                self.assertEqual(cursor.fetchall(), [(1000,)])
                cursor.scroll(0, mode="absolute")
                self.assertEqual(cursor.fetchone(), (1,))
            if self.database == "shop":
                with self.assertRaises(psycopg.errors.FeatureNotSupported):
                    with connection.transaction(), connection.cursor("sharded") as cursor:
                        cursor.execute("SELECT customer_id FROM customers")

    def test_rows_one_by_one(self):
        with self.connection() as connection:
            self.assertEqual(sum(n for n, in connection.cursor().stream(SERIES)), 500_500)
            keys = [key for key, in connection.cursor().stream(
                "SELECT customer_id FROM customers ORDER BY 1")]
            self.assertEqual(keys, list(range(1, 21)))

    def test_copy_of_many_rows_in_text_and_binary(self):
        with self.connection() as connection:
            rows = [(f"k{n}", "é" * (n % 50) if n % 3 else None) for n in range(3000)]
            for binary in ("", " (FORMAT binary)"):
                with connection.cursor() as cursor:
                    with cursor.copy(f"COPY settings FROM STDIN{binary}") as copy:
                        if binary:
                            copy.set_types(["text", "text"])
                        for row in rows:
                            copy.write_row(row)
                    self.assertEqual(cursor.rowcount, 3000)
                    with cursor.copy("COPY (SELECT key, value FROM settings WHERE key LIKE 'k%') "
                                     f"TO STDOUT{binary}") as copy:
                        if binary:
                            copy.set_types(["text", "text"])
                        self.assertEqual(sorted(copy.rows()), sorted(rows))
                    cursor.execute("DELETE FROM settings WHERE key <> 'currency'")

    def test_a_copy_that_fails_on_either_side(self):
        with self.connection() as connection:
            with self.assertRaises(psycopg.errors.UniqueViolation):
                with connection.cursor().copy("COPY settings FROM STDIN") as copy:
                    copy.write_row(("currency", "twice"))
            with self.assertRaises(psycopg.errors.BadCopyFileFormat):
                with connection.cursor().copy("COPY settings FROM STDIN") as copy:
                    for _ in range(200_000):  # it is told long before the end
                        copy.write("one column\n")
            with self.assertRaises(psycopg.errors.QueryCanceled):
                with connection.cursor().copy("COPY settings FROM STDIN") as copy:
                    copy.write_row(("lost", "lost"))
                    raise ZeroDivisionError
            with contextlib.suppress(ZeroDivisionError):
                with connection.cursor().copy(f"COPY ({SERIES}) TO STDOUT") as copy:
                    copy.read()
                    raise ZeroDivisionError  # and no more is read
            self.assertEqual(connection.execute("SELECT count(*) FROM settings").fetchone(), (1,))

    def test_notices_and_notifications(self):
        with self.connection() as connection:
            heard = []
            connection.add_notice_handler(lambda diag: heard.append(diag.message_primary))
            connection.execute("SELECT complain(4)")
            self.assertEqual(heard, ["complaint 4"])
            connection.execute("LISTEN python_news")
            with self.connection() as other:
                timer = threading.Timer(0.3, other.execute, ["NOTIFY python_news, 'hello'"])
                timer.start()
                for notification in connection.notifies():
                    break
                timer.join()
            self.assertEqual((notification.channel, notification.payload),
                             ("python_news", "hello"))

    def test_cancelling(self):
        with self.connection() as connection:
            canceller = cancel_when_it_runs(TWIN.server, "pg_sleep(22)", connection.cancel)
            with self.assertRaises(psycopg.errors.QueryCanceled):
                connection.execute("SELECT pg_sleep(22), count(*) FROM customers")
            canceller.join()
            self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_two_phase_commit(self):
        with psycopg.connect(self.conninfo()) as connection:
            connection.tpc_begin(connection.xid(1, self.database, "bqual"))
            connection.execute("UPDATE settings SET value = value")
            if self.database != "shop":
                connection.tpc_prepare()
                connection.tpc_commit()
                return
            # One transaction over several servers has an issue of its own.
            with self.assertRaises(psycopg.errors.FeatureNotSupported) as caught:
                connection.tpc_prepare()
            self.assertIn("PREPARE TRANSACTION", str(caught.exception))
            self.assertEqual(connection.info.transaction_status,
                             psycopg.pq.TransactionStatus.IDLE)
            with self.assertRaises(psycopg.errors.FeatureNotSupported):
                connection.tpc_rollback()
            connection.close()

    def test_isolation_levels_and_read_only(self):
        with self.connection() as connection:
            connection.autocommit = False
            connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
            connection.read_only = True
            self.assertEqual(connection.execute("SHOW transaction_isolation").fetchone(),
                             ("serializable",))
            with self.assertRaises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("UPDATE settings SET value = 'lost'")
            connection.rollback()

    def test_300_megabytes_in_one_value(self):
        with self.connection() as connection:
            before = TWIN.resident_kib()
            peak, done = [before], threading.Event()

            def watch():
                while not done.wait(0.01):
                    peak[0] = max(peak[0], TWIN.resident_kib())

            watcher = threading.Thread(target=watch)
            watcher.start()
            raw = connection.pgconn.exec_(b"SELECT repeat('x', 300 * 1024 * 1024)")
            done.set()
            watcher.join()
            self.assertEqual(len(raw.get_value(0, 0)), 300 * 1024 * 1024)
            del raw
            self.assertLess(peak[0] - before, 20_000, "it is passed on as it comes")

    def test_40_megabytes_as_a_parameter_leave_nothing_behind(self):
        with self.connection() as connection:
            connection.execute("SELECT 1")
            before = TWIN.resident_kib()
            large = b"y" * (40 * 1024 * 1024)
            got = connection.pgconn.exec_params(b"SELECT length($1)", [large])
            self.assertEqual(got.get_value(0, 0), b"41943040")
            connection.execute("SELECT 1")
            await_condition("it is forgotten", lambda: TWIN.resident_kib() - before < 20_000, 5)


class Libpq(OnEach):
    """libpq's own pipeline mode, single rows, and what it reports."""

    def test_the_states_of_a_pipeline(self):
        conninfo = self.conninfo()
        conn = pq.PGconn.connect(conninfo.encode())
        conn.enter_pipeline_mode()
        conn.send_prepare(b"p", b"SELECT name FROM customers WHERE customer_id = $1::int")
        conn.send_describe_prepared(b"p")
        for key in (b"1", b"2", b"x", b"4"):
            conn.send_query_prepared(b"p", [key])
        conn.pipeline_sync()
        conn.send_query_prepared(b"p", [b"3"])
        conn.pipeline_sync()
        status, seen = pq.ExecStatus, []
        while seen.count(status.PIPELINE_SYNC) < 2:
            result = conn.get_result()
            if result is not None:
                seen.append(pq.ExecStatus(result.status))
        conn.exit_pipeline_mode()
        conn.finish()
        self.assertEqual(seen, [
            status.COMMAND_OK, status.COMMAND_OK, status.TUPLES_OK, status.TUPLES_OK,
            status.FATAL_ERROR, status.PIPELINE_ABORTED, status.PIPELINE_SYNC,
            status.TUPLES_OK, status.PIPELINE_SYNC])

    def test_a_flush_request_brings_results_before_the_sync(self):
        conninfo = self.conninfo()
        conn = pq.PGconn.connect(conninfo.encode())
        conn.enter_pipeline_mode()
        for key in (b"1", b"2"):
            conn.send_query_params(b"SELECT name FROM customers WHERE customer_id = $1::int",
                                   [key])
        conn.send_flush_request()
        conn.flush()
        names = []
        while len(names) < 2:
            result = conn.get_result()
            if result is not None:
                names.append(result.get_value(0, 0))
        self.assertEqual(names, [b"c1", b"c2"])
        conn.pipeline_sync()
        while (result := conn.get_result()) is None or \
                result.status != pq.ExecStatus.PIPELINE_SYNC:
            pass
        conn.finish()

    def test_what_a_connection_knows(self):
        told = []
        for conninfo in (TWIN.direct(), self.conninfo()):
            conn = pq.PGconn.connect(conninfo.encode())
            told.append([conn.parameter_status(name) for name in (
                b"server_version", b"server_encoding", b"client_encoding", b"application_name",
                b"is_superuser", b"session_authorization", b"DateStyle", b"IntervalStyle",
                b"TimeZone", b"integer_datetimes", b"standard_conforming_strings",
                b"default_transaction_read_only", b"in_hot_standby")])
            told[-1].append((conn.protocol_version, conn.server_version, conn.backend_pid > 0))
            conn.finish()
        self.assertEqual(told[1], told[0])


class Psycopg2(OnEach):
    def connection(self):
        return contextlib.closing(psycopg2.connect(self.conninfo()))

    def test_transactions_cursors_and_errors(self):
        with self.connection() as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute("UPDATE customers SET name = 'x' WHERE customer_id IN (1, 2)")
                connection.rollback()
                cursor.execute(NAME, [1])
                self.assertEqual(cursor.fetchone(), ("c1",))
                with self.assertRaises(psycopg2.errors.UndefinedTable):
                    cursor.execute("SELECT * FROM nowhere")
            with connection.cursor(cursor_factory=psycopg2.extras.DictCursor) as cursor:
                cursor.execute("SELECT customer_id AS key, name FROM customers ORDER BY 1")
                self.assertEqual(cursor.fetchall()[19]["name"], "c20")
            connection.rollback()
            with connection.cursor("named") as cursor:
                cursor.itersize = 10
                cursor.execute(SERIES)
                self.assertEqual(sum(n for n, in cursor), 500_500)
            connection.rollback()

    def test_execute_values_and_batches(self):
        with self.connection() as connection:
            with connection.cursor() as cursor:
                psycopg2.extras.execute_values(
                    cursor, "INSERT INTO customers VALUES %s",
                    [(n, f"v{n}") for n in range(1000, 1250)])
                psycopg2.extras.execute_batch(
                    cursor, "UPDATE customers SET name = %s WHERE customer_id = %s",
                    [(f"w{n}", n) for n in range(1000, 1250)])
                cursor.execute("SELECT count(*) FROM customers WHERE name LIKE 'w%'")
                self.assertEqual(cursor.fetchone(), (250,))
            connection.rollback()

    def test_copy(self):
        with self.connection() as connection:
            with connection.cursor() as cursor:
                cursor.copy_expert("COPY settings FROM STDIN", io.StringIO("a\t1\nb\t2\n"))
                out = io.StringIO()
                cursor.copy_to(out, "settings", columns=("key", "value"))
                self.assertEqual(sorted(out.getvalue().splitlines()),
                                 ["a\t1", "b\t2", "currency\tEUR"])
            connection.rollback()

    def test_large_objects(self):
        with self.connection() as connection:
            made = connection.lobject(0, "wb")
            made.write(bytes(range(256)) * 1000)
            made.close()
            read = connection.lobject(made.oid, "rb")
            read.seek(256_000 - 10)
            self.assertEqual(read.read(), bytes(range(246, 256)))
            read.truncate(5) if read.mode == "rwb" else None
            read.unlink()
            with self.assertRaises(psycopg2.OperationalError):
                connection.lobject(made.oid, "rb")
            connection.rollback()

    def test_notifications_are_polled(self):
        with self.connection() as connection:
            connection.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT)
            with connection.cursor() as cursor:
                cursor.execute("LISTEN old_news")
                cursor.execute("NOTIFY old_news, 'hello'")
            until = time.monotonic() + 30
            while not connection.notifies and time.monotonic() < until:
                connection.poll()
            self.assertEqual(connection.notifies[0].payload, "hello")


class Asyncpg(OnEach):
    def run_work(self, work):
        words = dict(word.split("=", 1) for word in self.conninfo().split())
        options = {"host": words["host"], "port": int(words["port"]), "user": words["user"],
                   "password": words["password"], "database": words["dbname"]}
        asyncio.run(asyncio.wait_for(work(options), 60))

    # What it says when a connection comes back must not pin that: the proxy has eight for them.
    def test_a_pool_that_is_larger_than_the_proxys(self):
        async def work(options):
            async with asyncpg.create_pool(**options, min_size=12, max_size=12) as pool:
                for _ in range(2):
                    held = [await pool.acquire() for _ in range(12)]
                    for connection in held:
                        self.assertEqual(await connection.fetchval("SELECT $1::int", 1), 1)
                    for connection in held:
                        await pool.release(connection)

        self.run_work(work)

    def test_queries_transactions_and_cursors(self):
        async def work(options):
            connection = await asyncpg.connect(**options)
            for key in range(1, 21):
                self.assertEqual(await connection.fetchval(
                    "SELECT name FROM customers WHERE customer_id = $1", key), f"c{key}")
            rows = await connection.fetch("SELECT customer_id, name FROM customers ORDER BY 1")
            self.assertEqual([tuple(row) for row in rows][2], (3, "c3"))
            with self.assertRaises(asyncpg.DivisionByZeroError):
                async with connection.transaction():
                    await connection.execute("UPDATE customers SET name = 'lost'")
                    await connection.fetchval("SELECT 1 / 0")
            self.assertEqual(await connection.fetchval(
                "SELECT count(*) FROM customers WHERE name = 'lost'"), 0)
            async with connection.transaction():
                total = 0
                async for row in connection.cursor(SERIES, prefetch=70):
                    total += row["n"]
                self.assertEqual(total, 500_500)
                keys = [row[0] async for row in connection.cursor(
                    "SELECT customer_id FROM customers ORDER BY 1", prefetch=3)]
                self.assertEqual(keys, list(range(1, 21)))
            await connection.executemany("INSERT INTO customers VALUES ($1, $2)",
                                         [(n, "many") for n in range(1000, 1200)])
            self.assertEqual(await connection.execute(
                "DELETE FROM customers WHERE customer_id >= 1000"), "DELETE 200")
            await connection.close()

        self.run_work(work)

    def test_types_copy_notices_and_notifications(self):
        async def work(options):
            connection = await asyncpg.connect(**options)
            values = [1, 2.5, "text", True, None, b"\0\xff", [1, None, 3]]
            row = await connection.fetchrow(
                "SELECT $1::int, $2::float8, $3::text, $4::bool, $5::text, $6::bytea, $7::int[] "
                "FROM customers WHERE customer_id = 1", *values)
            self.assertEqual(list(row), values)
            tag = await connection.copy_records_to_table(
                "settings", records=[(f"k{n}", None) for n in range(500)])
            self.assertEqual(tag, "COPY 500")
            out = io.BytesIO()
            await connection.copy_from_query("SELECT key FROM settings WHERE key LIKE 'k%'",
                                             output=out)
            self.assertEqual(out.getvalue().count(b"\n"), 500)
            await connection.execute("DELETE FROM settings WHERE key LIKE 'k%'")
            told = []
            connection.add_log_listener(lambda _, message: told.append(message.message))
            heard = asyncio.get_running_loop().create_future()
            await connection.add_listener(
                "async_news", lambda *what: heard.done() or heard.set_result(what[3]))
            await connection.execute("SELECT complain(8)")
            other = await asyncpg.connect(**options)
            await other.execute("NOTIFY async_news, 'hello'")
            self.assertEqual(await asyncio.wait_for(heard, 10), "hello")
            self.assertEqual(told, ["complaint 8"])
            await other.close()
            await connection.close()

        self.run_work(work)

    def test_a_pool_and_its_cancelled_queries(self):
        async def work(options):
            async with asyncpg.create_pool(min_size=2, max_size=6, **options) as pool:
                names = await asyncio.gather(*(pool.fetchval(
                    "SELECT name FROM customers WHERE customer_id = $1", n % 20 + 1)
                    for n in range(300)))
                self.assertEqual(names, [f"c{n % 20 + 1}" for n in range(300)])
                with self.assertRaises(asyncio.TimeoutError):
                    await pool.fetchval("SELECT pg_sleep(20)", timeout=0.3)
                self.assertEqual(await pool.fetchval("SELECT 5"), 5)

        self.run_work(work)


def load_tests(loader, _tests, _pattern):
    drivers = [Psycopg3, Libpq, Psycopg2, Asyncpg]
    made = [type(f"{driver.__name__}_{database}", (driver, unittest.TestCase),
                 {"database": database})
            for driver in drivers for database in ("plain", "one", "shop")]
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in made)


if __name__ == "__main__":
    unittest.main()
