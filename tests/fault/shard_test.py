#!/usr/bin/python3
"""Shards that are away or die, clients that leave or cancel, and the proxy's own end."""

import contextlib
import threading
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from frames import logged_in, read_all, sqlstate_of
from stand import (CUSTOMERS, Stand, answers, ask, await_answers, connect, count_customers,
                   open_files, seconds)
from servers import await_condition, listens

# What a client may be told when its shard goes away under it.
LOST = {"08006", "08001", "57P01", "57P02", "57P03"}
BIG = "SELECT c.customer_id, repeat('x', 1000) FROM customers c, generate_series(1, 200000)"


def sqlstate(work):
    """The SQLSTATE of the error that `work` ends in; None without one."""
    try:
        work()
    except psycopg.Error as error:
        return error.sqlstate or "closed"
    return None


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        await_answers(cls.proxy)

    def settle(self):
        """Waits until nothing of a test is left."""
        await_answers(self.proxy)
        await_condition("no server connection is busy",
                        lambda: self.stand.server_connections()[0] == 0)

    def connect(self):
        """A connection that is closed at the end even while a statement runs on it."""
        connection = connect(self.proxy)
        self.addCleanup(connection.close)
        return connection

    def start(self, work):
        """Runs `work` beside the test; its result or exception comes from .result()."""
        return Beside(work)


class Beside:
    def __init__(self, work):
        self._outcome = None
        self._thread = threading.Thread(target=self._run, args=[work], daemon=True)
        self._thread.start()

    def _run(self, work):
        try:
            self._outcome = (work(), None)
        except BaseException as error:  # given to the test by result()
            self._outcome = (None, error)

    def result(self, deadline_s=30):
        self._thread.join(deadline_s)
        if self._outcome is None:
            raise TimeoutError("it never ended")
        value, error = self._outcome
        if error:
            raise error
        return value


def sleeping(stand, shard, count=1):
    """Do `count` statements sleep on that shard now?"""
    found = stand.shards[shard].psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop' "
                                     "AND state = 'active' AND query LIKE '%pg_sleep%'")
    return int(found) >= count


class Statements(Case):
    def test_a_table_that_exists_nowhere_is_42P01(self):
        with self.assertRaises(psycopg.errors.UndefinedTable) as caught:
            ask(self.proxy, "SELECT * FROM nowhere")
        self.assertIn('relation "nowhere" does not exist', str(caught.exception))

    def test_a_client_that_leaves_in_mid_result_frees_its_connections(self):
        for _ in range(6):  # more than a pool holds
            connection = connect(self.proxy)
            connection.pgconn.send_query(BIG.encode())
            connection.pgconn.consume_input()
            connection.close()
        self.settle()

    def test_a_client_that_leaves_in_a_transaction_rolls_it_back(self):
        connection = connect(self.proxy, autocommit=False)
        connection.execute("UPDATE customers SET name = 'lost'")
        connection.pgconn.finish()
        self.settle()
        self.assertEqual(ask(self.proxy, "SELECT count(*) FROM customers WHERE name = 'lost'"),
                         [(0,)])

    def test_a_client_that_does_not_read_does_not_fill_the_proxy(self):
        with connect(self.proxy) as slow:
            slow.pgconn.send_query(BIG.encode())
            await_condition("others are served", lambda: answers(self.proxy))
            with open(f"/proc/{self.proxy.process.pid}/status", encoding="ascii") as status:
                resident = next(int(x.split()[1]) for x in status if x.startswith("VmRSS"))
            self.assertLess(resident, 200_000)
            slow.pgconn.finish()
        self.settle()


class Cancel(Case):
    def cancel(self, statement, shards):
        connection = self.connect()
        running = self.start(lambda: sqlstate(lambda: connection.execute(statement)))
        for shard in shards:
            await_condition("it sleeps", lambda s=shard: sleeping(self.stand, s))
        connection.cancel()
        self.assertEqual(running.result(), "57014")
        for shard in shards:
            await_condition("it sleeps no more",
                            lambda s=shard: not sleeping(self.stand, s))
        self.assertEqual(connection.execute("SELECT count(*) FROM customers").fetchone(),
                         (CUSTOMERS,))

    def test_a_statement_on_one_shard(self):
        self.cancel("SELECT pg_sleep(30) FROM customers WHERE customer_id = 1", [1])

    def test_a_statement_on_all_shards(self):
        self.cancel("SELECT name, pg_sleep(30) FROM customers", [0, 1])

    def test_an_aggregate_over_all_shards(self):
        self.cancel("SELECT count(*) FROM customers WHERE pg_sleep(30) IS NOT NULL", [0, 1])

    def test_a_statement_in_a_transaction_aborts_it(self):
        connection = self.connect()
        connection.execute("BEGIN")
        running = self.start(lambda: sqlstate(lambda: connection.execute(
            "SELECT pg_sleep(30) FROM customers WHERE customer_id = 2")))
        await_condition("it sleeps", lambda: sleeping(self.stand, 0))
        connection.cancel()
        self.assertEqual(running.result(), "57014")
        self.assertEqual(sqlstate(lambda: connection.execute("SELECT 1")), "25P02")
        connection.execute("ROLLBACK")

    def test_a_cancel_with_nothing_running_harms_nobody(self):
        connection = self.connect()
        for _ in range(20):
            connection.cancel()
            self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_statement_timeout_is_the_servers(self):
        connection = self.connect()
        connection.execute("SET statement_timeout = '200ms'")
        self.assertEqual(sqlstate(lambda: connection.execute(
            "SELECT pg_sleep(30) FROM customers WHERE customer_id = 1")), "57014")


class DeadShards(Case):
    def kill_while(self, statement, shard):
        """Kills a shard while `statement` runs; the SQLSTATE that its client saw."""
        connection = self.connect()
        running = self.start(lambda: sqlstate(lambda: connection.execute(statement)))
        await_condition("it runs", lambda: sleeping(self.stand, shard))
        self.stand.shards[shard].stop()
        try:
            seen = running.result()
            self.assertEqual(ask(self.proxy, "SELECT name FROM customers WHERE customer_id = "
                                 f"{2 - (1 - shard)}"),
                             [(f"c{2 - (1 - shard)}",)], "the other shard is served")
        finally:
            self.stand.shards[shard].start()
        self.settle()
        return seen

    def test_a_shard_dies_under_a_statement_of_its_own(self):
        self.assertIn(self.kill_while("SELECT pg_sleep(30) FROM customers WHERE customer_id = 1", 1),
                      LOST)

    def test_a_shard_dies_under_a_scatter(self):
        self.assertIn(self.kill_while("SELECT name, pg_sleep(2) FROM customers", 0), LOST)

    def test_a_shard_dies_in_mid_result(self):
        connection = self.connect()
        running = self.start(lambda: sqlstate(lambda: connection.execute(
            BIG + " WHERE pg_sleep(0.0001) IS NOT NULL")))
        # Rows come shard by shard, and this one's are first.
        await_condition("it runs", lambda: sleeping(self.stand, 0))
        self.stand.shards[0].stop()
        try:
            self.assertIn(running.result(), LOST)
        finally:
            self.stand.shards[0].start()
        self.settle()

    def test_a_statement_to_a_shard_that_is_away_fails_soon_and_others_do_not(self):
        self.stand.shards[1].stop()
        try:
            self.assertIn(sqlstate(lambda: ask(self.proxy, "SELECT * FROM customers "
                                               "WHERE customer_id = 1")), LOST)
            self.assertLess(seconds(lambda: self.assertIn(
                sqlstate(lambda: count_customers(self.proxy)), LOST)), 20)
            self.assertEqual(ask(self.proxy, "SELECT name FROM customers WHERE customer_id = 2"),
                             [("c2",)])
            self.assertEqual(ask(self.proxy, "SELECT value FROM settings"), [("EUR",)])
        finally:
            self.stand.shards[1].start()
        self.settle()

    def test_a_transaction_that_lost_a_shard_is_rolled_back_on_the_others(self):
        connection = connect(self.proxy)
        connection.execute("BEGIN")
        connection.execute("UPDATE customers SET name = 'half' WHERE customer_id IN (1, 2)")
        self.stand.shards[1].stop()
        try:
            self.assertIsNotNone(sqlstate(lambda: connection.execute(
                "SELECT name FROM customers WHERE customer_id = 1")))
            with contextlib.suppress(psycopg.Error):
                connection.execute("COMMIT")
        finally:
            self.stand.shards[1].start()
            connection.close()
        self.settle()
        self.assertEqual(ask(self.proxy, "SELECT count(*) FROM customers WHERE name = 'half'"),
                         [(0,)])

    def test_a_terminated_backend_costs_one_statement_only(self):
        self.assertTrue(answers(self.proxy))
        for shard in self.stand.shards:
            shard.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE usename = 'shop'")
        self.settle()

    def test_a_shard_that_is_away_when_the_proxy_starts(self):
        self.stand.shards[1].stop()
        try:
            late = self.stand.proxy()
            self.assertEqual(ask(late, "SELECT value FROM settings"), [("EUR",)])
            self.assertIn(sqlstate(lambda: count_customers(late)), LOST)
            self.assertIn("ds_1", late.log_tail())
        finally:
            self.stand.shards[1].start()
        await_answers(late)
        self.assertEqual(late.stop(), 0)

    def test_nothing_is_left_of_all_that(self):
        self.settle()
        await_condition("no more than the pools' connections are there",
                        lambda: self.stand.server_connections()[1] <= 2 * 5 + 2)
        await_condition("clients' sockets are closed", lambda: open_files(self.proxy) < 100)


class Shutdown(Case):
    def proxy_to_stop(self, wait="60s"):
        made = self.stand.proxy(tessera_yaml=f"shutdownWait: {wait}\n")
        await_answers(made)
        return made

    def test_an_idle_proxy_ends_at_once_with_status_0(self):
        proxy = self.proxy_to_stop()
        self.assertLess(seconds(proxy.stop), 10)
        self.assertEqual(proxy.process.returncode, 0)

    def test_idle_clients_are_told_57P01(self):
        proxy = self.proxy_to_stop()
        wire, conn = logged_in(proxy.conninfo())
        proxy.process.terminate()
        self.assertEqual(sqlstate_of(read_all(wire)), "57P01")
        wire.close()
        conn.finish()
        self.assertEqual(proxy.stop(), 0)

    def test_a_running_transaction_may_finish(self):
        proxy = self.proxy_to_stop()
        connection = connect(proxy)
        self.addCleanup(connection.close)
        connection.execute("BEGIN")
        connection.execute("UPDATE customers SET name = name || '!' WHERE customer_id IN (3, 4)")
        proxy.process.terminate()
        await_condition("it accepts no more", lambda: not listens(proxy.port))
        connection.execute("UPDATE customers SET name = name || '?' WHERE customer_id = 5")
        connection.execute("COMMIT")
        self.assertEqual(proxy.stop(), 0)
        self.assertEqual(ask(self.proxy, "SELECT name FROM customers WHERE customer_id IN (3, 4, 5) "
                             "ORDER BY customer_id"), [("c3!",), ("c4!",), ("c5?",)])

    def test_a_transaction_that_does_not_finish_is_ended_after_the_bound(self):
        proxy = self.proxy_to_stop("1s")
        connection = connect(proxy)
        connection.execute("BEGIN")
        connection.execute("UPDATE customers SET name = 'unfinished'")
        self.assertLess(seconds(proxy.stop), 15)
        self.assertEqual(proxy.process.returncode, 0)
        self.assertIsNotNone(sqlstate(lambda: connection.execute("COMMIT")))
        self.settle()
        self.assertEqual(ask(self.proxy, "SELECT count(*) FROM customers "
                             "WHERE name = 'unfinished'"), [(0,)])

    def test_a_running_statement_may_finish(self):
        proxy = self.proxy_to_stop()
        running = self.start(lambda: ask(proxy, "SELECT 7 FROM customers WHERE customer_id = 1 "
                                         "AND pg_sleep(4) IS NOT NULL"))
        await_condition("it sleeps", lambda: sleeping(self.stand, 1))
        proxy.process.terminate()
        self.assertEqual(running.result(), [(7,)])
        self.assertEqual(proxy.stop(), 0)


if __name__ == "__main__":
    unittest.main()
