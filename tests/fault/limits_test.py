#!/usr/bin/python3
"""Limits of time and number: who is refused, cancelled or ended, with which words, and what is left
afterwards."""

import contextlib
import select
import sys
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from crowd import Crowd, raise_descriptor_limit
from servers import await_condition
from stand import Stand, await_answers, connect, seconds

USERS = ("shop", "few", "idler", "dreamer", "slow", "long", "hurried", "steady")
GLOBAL = "authority:\n  users:\n" + "".join(
    f"  - {{user: {name}, password: shop}}\n" for name in USERS)
SETTINGS = """\
threads: 2
poolWait: 20s
users:
  few: {maxClients: 2}
  idler: {idleTimeout: 2s}
  dreamer: {idleInTransactionTimeout: 2s}
  slow: {queryTimeout: 1500ms}
  long: {transactionTimeout: 2s}
  hurried: {poolWait: 1500ms}
  steady: {pooling: session}
databases:
  shop: {maxClients: 40}
"""
POOL = 2


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        for shard in cls.stand.shards:
            shard.psql("SET ROLE shop; CREATE TABLE notes (id int PRIMARY KEY, text text);"
                       "INSERT INTO notes VALUES (1, 'one');", "shop")
        database = cls.stand.files()["database-shop.yaml"].replace("maxPoolSize: 5",
                                                                   f"maxPoolSize: {POOL}")
        cls.proxy = cls.stand.proxy(global_yaml=GLOBAL, tessera_yaml=SETTINGS,
                                    **{"database-shop_yaml": database})
        await_answers(cls.proxy)

    def tearDown(self):
        self.assertIsNone(self.proxy.process.poll(), self.proxy.log_tail())
        await_condition("no server connection is busy",
                        lambda: self.stand.server_connections()[0] == 0)

    @staticmethod
    def await_word(connection):
        """Until something has come that was not asked for."""
        if not select.select([connection.pgconn.socket], [], [], 20)[0]:
            raise TimeoutError("nothing has come")

    def client(self, user="shop", **options):
        made = connect(self.proxy, user=user, **options)
        self.addCleanup(made.close)
        return made

    def assert_ended(self, connection, sqlstate, text):
        """The next statement finds that the session was ended, and why."""
        with self.assertRaises(psycopg.Error) as caught:
            connection.execute("SELECT 1")
        self.assertIn(text, str(caught.exception))
        self.assertEqual(caught.exception.sqlstate or sqlstate, sqlstate)
        self.assertTrue(connection.closed)

    def test_a_user_has_no_more_clients_than_it_may(self):
        held = [self.client("few") for _ in range(2)]
        with self.assertRaises(psycopg.OperationalError) as caught:
            self.client("few")
        self.assertIn('too many connections for role "few"', str(caught.exception))
        self.client("shop").execute("SELECT 1")
        held[0].close()
        await_condition("its place is free", self._few_can_connect)

    def _few_can_connect(self):
        with contextlib.suppress(psycopg.OperationalError):
            self.client("few").close()
            return True
        return False

    def test_a_database_has_no_more_clients_than_it_may(self):
        crowd = Crowd(self.proxy.host, self.proxy.port)
        self.addCleanup(crowd.close)
        clients = crowd.connect(45)
        # Sessions of the test before this may have ended since.
        while sum(not client.closed for client in clients) < 40:
            clients += crowd.connect(1)
        refused = [client for client in clients if client.closed]
        self.assertGreaterEqual(len(refused), 5)
        self.assertEqual({client.error for client in refused}, {"53300"})
        with self.assertRaises(psycopg.OperationalError) as caught:
            self.client("idler")
        self.assertIn('too many connections for database "shop"', str(caught.exception))

    def test_an_idle_session_ends_with_57P05(self):
        idler, other = self.client("idler"), self.client()
        idler.execute("SELECT 1")
        self.await_word(idler)
        self.assert_ended(idler, "57P05", "terminating connection due to idle-session timeout")
        other.execute("SELECT 1")

    def test_a_session_that_is_busy_is_not_idle(self):
        idler = self.client("idler")
        for _ in range(6):
            time.sleep(0.5)
            idler.execute("SELECT 1")
        idler.execute("SELECT pg_sleep(3)")
        idler.execute("BEGIN")
        time.sleep(3)
        idler.execute("COMMIT")

    def test_a_session_idle_in_a_transaction_ends_with_25P03_and_its_locks_are_gone(self):
        dreamer = self.client("dreamer")
        dreamer.execute("BEGIN")
        dreamer.execute("UPDATE notes SET text = 'dream' WHERE id = 1")
        self.await_word(dreamer)
        other = self.client()
        self.assertEqual(other.execute("UPDATE notes SET text = text || '!' WHERE id = 1 "
                                       "RETURNING text").fetchone()[0][:3], "one")
        self.assert_ended(dreamer, "25P03",
                          "terminating connection due to idle-in-transaction timeout")

    def test_outside_of_a_transaction_it_may_dream(self):
        dreamer = self.client("dreamer")
        dreamer.execute("SELECT 1")
        time.sleep(3)
        dreamer.execute("SELECT 1")

    def test_a_slow_query_is_cancelled_in_every_protocol_and_the_session_goes_on(self):
        slow = self.client("slow")
        for sql, parameters in (("SELECT pg_sleep(20)", None), ("SELECT pg_sleep(%s)", [20]),
                                ("SELECT pg_sleep(20); SELECT 1", None),
                                ("SELECT pg_sleep(20), customer_id FROM customers", None),
                                ("SELECT pg_sleep(%s), customer_id FROM customers", [20])):
            cursor = psycopg.ClientCursor(slow) if parameters is None else slow.cursor()
            began = time.monotonic()
            with self.assertRaises(psycopg.errors.QueryCanceled) as caught:
                cursor.execute(sql, parameters)
            self.assertLess(time.monotonic() - began, 15, sql)
            self.assertIn("canceling statement due to statement timeout", str(caught.exception))
            self.assertEqual(slow.execute("SELECT 1").fetchone(), (1,))

    def test_a_slow_query_fails_its_transaction_only(self):
        slow = self.client("slow")
        slow.execute("BEGIN")
        with self.assertRaises(psycopg.errors.QueryCanceled):
            slow.execute("SELECT pg_sleep(20)")
        with self.assertRaises(psycopg.errors.InFailedSqlTransaction):
            slow.execute("SELECT 1")
        slow.execute("ROLLBACK")
        slow.execute("SELECT 1")

    def test_several_quick_queries_are_not_a_slow_one(self):
        slow = self.client("slow")
        for _ in range(5):
            slow.execute("SELECT pg_sleep(0.4)")

    def test_a_long_transaction_ends_with_25P04_whatever_it_does(self):
        words = "terminating connection due to transaction timeout"
        waiting = self.client("long")
        waiting.execute("BEGIN")
        waiting.execute("SELECT 1")
        running = self.client("long")
        running.execute("BEGIN")
        began = time.monotonic()
        with self.assertRaises(psycopg.Error):
            running.execute("SELECT pg_sleep(20)")
        self.assertLess(time.monotonic() - began, 15)
        # psycopg's class for it depends on whether the end of the stream came with the error.
        with self.assertRaises(psycopg.Error) as caught:
            for _ in range(3):
                running.execute("SELECT 1")
        self.assertTrue(running.closed, str(caught.exception))
        self.await_word(waiting)
        self.assert_ended(waiting, "25P04", words)
        quick = self.client("long")
        for _ in range(5):
            quick.execute("BEGIN")
            quick.execute("SELECT pg_sleep(0.6)")
            quick.execute("COMMIT")

    def test_who_waits_too_long_for_a_connection_gets_57014(self):
        holders = [self.client() for _ in range(POOL)]
        for holder in holders:
            holder.execute("BEGIN")
            holder.execute("SELECT * FROM settings")
        hurried = self.client("hurried")
        with self.assertRaises(psycopg.errors.QueryCanceled) as caught:
            waited = seconds(lambda: hurried.execute("SELECT * FROM settings"))
            self.fail(f"it was served after {waited} s")
        self.assertIn("timeout while waiting for a connection to data source",
                      str(caught.exception))
        for holder in holders:
            holder.execute("COMMIT")
        hurried.execute("SELECT * FROM settings")

    def test_session_pooling_keeps_connections_until_the_session_ends(self):
        keepers = [self.client("steady") for _ in range(POOL)]
        for keeper in keepers:
            keeper.execute("SET TimeZone = 'Asia/Tokyo'")
            keeper.execute("SELECT * FROM settings")
        hurried = self.client("hurried")
        with self.assertRaises(psycopg.errors.QueryCanceled):
            hurried.execute("SELECT * FROM settings")
        keepers[0].close()
        await_condition("the connection is back", lambda: self._served(hurried))
        self.assertEqual(hurried.execute("SELECT current_setting('TimeZone')").fetchone(), ("UTC",))
        await_condition("no more than the pools' connections are there",
                        lambda: self.stand.server_connections()[1] <= 2 * POOL)

    def _served(self, connection):
        with contextlib.suppress(psycopg.errors.QueryCanceled):
            connection.execute("SELECT * FROM settings")
            return True
        return False

    def test_session_pooling_serves_both_shards_transactions_and_errors(self):
        keeper = self.client("steady")
        for number in range(1, 5):
            keeper.execute("INSERT INTO customers VALUES (%s, 'x')", [1000 + number])
        with keeper.transaction():
            keeper.execute("UPDATE customers SET name = 'y' WHERE customer_id > 1000")
        with self.assertRaises(psycopg.errors.UniqueViolation):
            keeper.execute("INSERT INTO customers VALUES (1001, 'x')")
        self.assertEqual(keeper.execute("SELECT count(*) FROM customers WHERE name = 'y'")
                         .fetchone(), (4,))
        keeper.execute("DELETE FROM customers WHERE customer_id > 1000")


class Crowded(unittest.TestCase):
    """Few connections, many clients."""

    @classmethod
    def setUpClass(cls):
        raise_descriptor_limit()
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)

    def proxy(self, pool, settings):
        database = self.stand.files()["database-shop.yaml"].replace("maxPoolSize: 5",
                                                                    f"maxPoolSize: {pool}")
        proxy = self.stand.proxy(tessera_yaml=settings, **{"database-shop_yaml": database})
        await_answers(proxy)
        return proxy

    def crowd(self, proxy, count):
        crowd = Crowd(proxy.host, proxy.port)
        self.addCleanup(crowd.close)
        crowd.connect(count)
        return crowd

    def test_everybody_is_served_by_one_connection_whatever_thread_they_are_on(self):
        proxy = self.proxy(1, "threads: 3\npoolWait: 60s\n")
        crowd = self.crowd(proxy, 90)
        # Nobody is served a second time before the others had their turn, give or take eight.
        served = {client: 0 for client in crowd.clients}
        for client in crowd.clients:
            client.ask("SELECT * FROM settings")
        rounds, worst = 12, 0
        until = time.monotonic() + 60
        while min(served.values()) < rounds and time.monotonic() < until:
            crowd.turn()
            for client in crowd.clients:
                if client.ready:
                    self.assertEqual(client.rows, ["currency"])
                    served[client] += 1
                    client.ask("SELECT * FROM settings")
            worst = max(worst, max(served.values()) - min(served.values()))
        self.assertGreaterEqual(min(served.values()), rounds, "somebody starves")
        self.assertLessEqual(worst, 10, "some were served far more often than others")
        crowd.settle()

    def test_the_reserve_serves_who_has_waited(self):
        proxy = self.proxy(1, "reservePool: 1\nreservePoolAfter: 300ms\npoolWait: 20s\n")
        holder = connect(proxy)
        self.addCleanup(holder.close)
        holder.execute("BEGIN")
        holder.execute("SELECT * FROM settings")
        other = connect(proxy)
        self.addCleanup(other.close)
        waited = seconds(lambda: other.execute("SELECT * FROM settings"))
        self.assertGreater(waited, 0.25)
        self.assertLess(waited, 10)
        holder.execute("COMMIT")

    def test_two_thousand_clients_connect_ask_and_stay(self):
        proxy = self.proxy(5, "maxClients: 2100\nthreads: 2\n")
        crowd = self.crowd(proxy, 2_000)
        crowd.ask_all("SELECT * FROM settings")
        self.assertEqual({tuple(client.rows) for client in crowd.clients}, {("currency",)})
        self.assertEqual([client for client in crowd.clients if client.closed], [])
        # They are still there, and nobody else is kept out.
        more = crowd.connect(1)
        crowd.ask_all("SELECT * FROM settings", more)
        self.assertEqual(more[0].rows, ["currency"])


if __name__ == "__main__":
    unittest.main()
