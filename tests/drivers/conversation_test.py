#!/usr/bin/python3
"""What no driver hides: the frames themselves. Each conversation is held with PostgreSQL and, through
the proxy, with a database of one data source and with one of two shards; the answers are the same."""

import select
import socket
import struct
import sys
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import conversations
from frames import CANCEL, read_all, startup
from servers import await_condition
from talk import CLOSED, COPY_DONE, Talk, converse, copy_data, fields_of, query
from twin import Twin


class Conversation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)

    def compare(self, topic, databases=("one", "shop"), options=""):
        for name, steps in topic.items():
            wanted = converse(self.twin.direct() + options, steps)
            for dbname in databases:
                with self.subTest(conversation=name, database=dbname):
                    got = converse(self.twin.through(dbname) + options, steps)
                    self.assertEqual(got, wanted)

    def test_function_calls(self):
        self.compare(conversations.FUNCTION_CALLS)

    def test_copies(self):
        self.compare(conversations.COPIES)

    def test_portals(self):
        self.compare(conversations.PORTALS)

    def test_prepared_statements(self):
        self.compare(conversations.STATEMENTS)

    def test_names_that_sql_and_the_protocol_share(self):
        # What DISCARD ALL resets is told twice where the client has set it at its start.
        self.compare(conversations.ONE_NAMESPACE, ["one"], " application_name=''")

    def test_blocks_that_our_own_errors_fail(self):
        self.compare(conversations.FAILED_BLOCKS)

    def test_errors_and_what_is_ignored_after_them(self):
        self.compare(conversations.ERRORS)

    def test_what_the_server_says_unasked(self):
        self.compare(conversations.MESSAGES_OF_THE_SERVER)

    def test_state_of_the_session(self):
        self.compare(conversations.SESSION_STATE)

    def test_a_bad_length_ends_the_connection(self):
        for name, data in conversations.BAD_LENGTHS.items():
            with self.subTest(length=name):
                (wanted,), (got,) = (converse(conninfo, [(data, b"!")])
                                     for conninfo in (self.twin.direct(), self.twin.through()))
                self.assertEqual(wanted, [CLOSED])
                self.assertEqual(got[-1], CLOSED)
                told = [dict(body).get(b"M") for _, body in got[:-1]]
                self.assertIn(told, ([], [b"invalid message length"]))


class Startup(unittest.TestCase):
    """First packets, and what the server says to them before it asks for a password."""

    @classmethod
    def setUpClass(cls):
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)

    def first_answer(self, server, packet):
        """(type, fields or body) of each frame until a password is asked for, or the end."""
        with socket.create_connection((server.host, server.port), 10) as wire:
            wire.settimeout(30)
            wire.sendall(packet)
            wire.shutdown(socket.SHUT_WR)
            got, frames = read_all(wire), []
        while len(got) >= 5:
            size = 1 + struct.unpack("!i", got[1:5])[0]
            body = got[5:size]
            frames.append((got[:1], fields_of(body) if got[:1] == b"E" else body))
            got = got[size:]
        return frames

    def compare(self, packets):
        for name, packet in packets.items():
            with self.subTest(packet=name):
                self.assertEqual(self.first_answer(self.twin.proxy, packet),
                                 self.first_answer(self.twin.server, packet))

    def test_packets_that_are_refused(self):
        self.compare({
            "no user": startup(database="plain"),
            "protocol 4": startup(4 << 16, user="shop"),
            "no terminator": struct.pack("!ii", 18, 196608) + b"user\0shop\0",
            "value without its zero byte": struct.pack("!ii", 17, 196608) + b"user\0shop",
        })

    def test_lengths_that_cannot_be_are_not_answered_or_by_a_reason(self):
        for length in (-1, 0, 3, 7, 10_005, 2**31 - 1):
            with self.subTest(length=length):
                packet = struct.pack("!ii", length, 196608) + b"user\0shop\0\0"
                self.assertEqual(self.first_answer(self.twin.server, packet), [])
                got = self.first_answer(self.twin.proxy, packet)
                self.assertIn([kind for kind, _ in got], ([], [b"E"]))


class Cancel(unittest.TestCase):
    """CancelRequest in every phase, and never of a stranger's statement."""

    @classmethod
    def setUpClass(cls):
        cls.twin = Twin(pool_max=1)
        cls.addClassCleanup(cls.twin.close)

    def talk(self, dbname="one"):
        made = Talk(self.twin.through(dbname))
        self.addCleanup(made.close)
        return made

    def cancel(self, talk, secret=None):
        cancelled = talk.conn.get_cancel()
        if secret is None:
            cancelled.cancel()
            return
        with socket.create_connection((self.twin.proxy.host, self.twin.proxy.port), 10) as wire:
            wire.sendall(struct.pack("!iiii", 16, CANCEL, talk.conn.backend_pid, secret))
            self.assertEqual(read_all(wire), b"")

    def cancel_until_answered(self, talk):
        """For a statement of which nobody but the proxy could say that it has come there."""
        until = time.monotonic() + 20
        while not select.select([talk.wire], [], [], 0.1)[0]:
            self.assertLess(time.monotonic(), until, "it is not cancelled")
            self.cancel(talk)

    def await_running(self, text, count=1):
        await_condition(f"{text} runs", lambda: self.twin.server.running(text) == count)

    def assert_cancelled(self, frames):
        errors = [dict(body) for kind, body in frames if kind == b"E"]
        self.assertEqual([error[b"C"] for error in errors], [b"57014"], frames)

    def test_a_statement_on_one_shard(self):
        talk = self.talk()
        talk.say(query("SELECT pg_sleep(61)"))
        self.await_running("sleep(61)")
        self.cancel(talk)
        frames = talk.frames_until(b"Z")
        self.assert_cancelled(frames)
        self.assertIn(b"canceling statement due to user request", dict(frames[-2][1])[b"M"])
        self.assertEqual(talk.ask(query("SELECT 1"))[-2:], [(b"C", b"SELECT 1\0"), (b"Z", b"I")])

    def test_a_statement_on_all_shards(self):
        talk = self.talk("shop")
        talk.say(query("SELECT customer_id, pg_sleep(62) FROM customers ORDER BY 1"))
        self.await_running("sleep(62)", 2)
        self.cancel(talk)
        self.assert_cancelled(talk.frames_until(b"Z"))
        await_condition("both shards have stopped", lambda: self.twin.backends() == 0)
        self.assertEqual(talk.ask(query("SELECT count(*) FROM customers"))[-1], (b"Z", b"I"))

    def test_a_statement_that_waits_for_a_server_connection(self):
        first, second, third = self.talk(), self.talk(), self.talk()
        first.ask(query("BEGIN"))
        first.ask(query("SELECT 1"))  # now it has the only one
        second.say(query("SELECT 2"))
        third.say(query("SELECT 3"))
        self.cancel_until_answered(second)
        frames = second.frames_until(b"Z")
        self.assert_cancelled(frames)
        self.assertIn(b"canceling statement due to user request", dict(frames[0][1])[b"M"])
        first.ask(query("COMMIT"))
        self.assertEqual(third.frames_until(b"Z")[-2:], [(b"C", b"SELECT 1\0"), (b"Z", b"I")])
        self.assertEqual(second.ask(query("SELECT 4"))[-2:], [(b"C", b"SELECT 1\0"), (b"Z", b"I")])

    def test_a_copy_that_waits_for_rows(self):
        talk = self.talk()
        talk.say(query("COPY settings FROM STDIN"))
        talk.frames_until(b"G")
        self.cancel(talk)
        # PostgreSQL looks at it between two messages of the data.
        talk.say(copy_data(b"lost\tlost\n"))
        self.assert_cancelled(talk.frames_until(b"Z"))
        talk.say(COPY_DONE)
        self.assertEqual(talk.ask(query("SELECT 1"))[-1], (b"Z", b"I"))

    def test_nothing_runs_and_nothing_is_cancelled_later(self):
        talk, stranger = self.talk(), self.talk()
        talk.ask(query("SELECT 1"))
        for _ in range(20):
            self.cancel(talk)
            # The only connection there is, which `talk` had a moment ago.
            self.assertEqual(stranger.ask(query("SELECT pg_sleep(0.01)"))[-2],
                             (b"C", b"SELECT 1\0"))
        self.assertEqual(talk.ask(query("SELECT pg_sleep(0.01)"))[-2], (b"C", b"SELECT 1\0"))

    def test_idle_in_a_block(self):
        talk = self.talk()
        talk.ask(query("BEGIN"))
        talk.ask(query("SELECT 1"))
        for _ in range(5):
            self.cancel(talk)
            self.assertEqual(talk.ask(query("SELECT pg_sleep(0.01)"))[-1], (b"Z", b"T"))

    def test_another_session_or_a_wrong_secret_is_not_obeyed(self):
        talk, other = self.talk("shop"), self.talk("shop")
        talk.say(query("SELECT pg_sleep(3.0)"))
        self.await_running("sleep(3.0)")
        self.cancel(other)
        self.cancel(talk, secret=12345)
        self.assertEqual(talk.frames_until(b"Z")[-2], (b"C", b"SELECT 1\0"))

    def test_a_request_of_the_wrong_size_is_ignored(self):
        with socket.create_connection((self.twin.proxy.host, self.twin.proxy.port), 10) as wire:
            wire.sendall(struct.pack("!iii", 12, CANCEL, 1))
            wire.shutdown(socket.SHUT_WR)
            self.assertNotIn(b"R", read_all(wire)[:1])


class Asynchronous(unittest.TestCase):
    """What arrives without the client's asking."""

    @classmethod
    def setUpClass(cls):
        cls.twin = Twin()
        cls.addClassCleanup(cls.twin.close)

    def talk(self, dbname="one"):
        made = Talk(self.twin.through(dbname))
        self.addCleanup(made.close)
        return made

    def server_pid(self, talk):
        talk.ask(query("CREATE TEMP TABLE scrap (a int)"))
        frames = talk.ask(query("SELECT pg_backend_pid() FROM scrap RIGHT JOIN (SELECT 1) AS one "
                                "ON true"))
        return int(frames[1][1][6:])

    def test_a_notification_reaches_an_idle_session(self):
        for dbname, database in (("one", "one"), ("shop", "shop_0")):
            with self.subTest(database=dbname):
                talk = self.talk(dbname)
                talk.ask(query("LISTEN news"))
                for number in range(3):
                    self.twin.server.psql(f"NOTIFY news, 'n{number}'", database)
                    self.assertEqual(talk.frame(), (b"A", f"news\0n{number}\0".encode()))
                self.assertEqual(talk.ask(query("SELECT 1"))[-1], (b"Z", b"I"))

    def test_an_idle_session_that_keeps_its_server_ends_with_it(self):
        talk = self.talk()
        pid = self.server_pid(talk)
        self.twin.server.psql(f"SELECT pg_terminate_backend({pid})")
        frames = talk.frames_until(b"!")
        self.assertEqual(dict(frames[0][1])[b"C"], b"57P01")
        self.assertEqual(dict(frames[0][1])[b"V"], b"FATAL")
        self.assertEqual(frames[-1], CLOSED)

    def test_a_running_statement_of_such_a_session_too(self):
        talk = self.talk()
        pid = self.server_pid(talk)
        talk.say(query("SELECT pg_sleep(63)"))
        await_condition("it runs", lambda: self.twin.backends("query LIKE '%63%'") == 1)
        self.twin.server.psql(f"SELECT pg_terminate_backend({pid})")
        told = [dict(body) for kind, body in talk.frames_until(b"!") if kind == b"E"]
        self.assertEqual([(error[b"C"], error[b"V"]) for error in told], [(b"57P01", b"FATAL")])

    def test_a_session_that_keeps_nothing_survives_its_server_connection(self):
        talk = self.talk()
        talk.ask(query("SELECT 1"))
        self.twin.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE datname = 'one'")
        self.assertEqual(talk.ask(query("SELECT 2"))[-1], (b"Z", b"I"))

    def test_no_statement_is_lost_on_a_server_connection_that_is_known_to_be_dead(self):
        terminate = ("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                     "WHERE datname IN ('one', 'shop_0')")
        with psycopg.connect(self.twin.direct(), autocommit=True) as judge:
            for dbname in ("one", "shop"):
                talk = self.talk(dbname)
                for number in range(40):
                    insert = f"INSERT INTO settings VALUES ('{dbname} {number}', '')"
                    judge.execute(terminate)
                    self.assertEqual(talk.ask(query(insert))[0], (b"C", b"INSERT 0 1\0"))

    def test_a_server_connection_that_dies_in_a_block_fails_the_block(self):
        talk = self.talk()
        talk.ask(query("BEGIN"))
        talk.ask(query("INSERT INTO settings VALUES ('lost', 'lost')"))
        self.twin.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE datname = 'one'")
        frames = talk.ask(query("SELECT 1"))
        self.assertEqual(frames[-1], (b"Z", b"E"))
        self.assertIn(dict(frames[0][1])[b"C"], (b"57P01", b"08006"))
        self.assertEqual(talk.ask(query("COMMIT")), [(b"C", b"ROLLBACK\0"), (b"Z", b"I")])
        self.assertEqual(talk.ask(query("SELECT key FROM settings WHERE key = 'lost'"))[-2],
                         (b"C", b"SELECT 0\0"))

    def test_a_server_connection_that_dies_in_mid_result(self):
        talk = self.talk()
        talk.say(query("SELECT n, repeat('x', 1000) FROM generate_series(1, 100000) AS n"))
        talk.frame()
        self.twin.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE datname = 'one'")
        frames = talk.frames_until(b"Z")
        # A server that cannot write says nothing.
        self.assertIn([dict(body)[b"C"] for kind, body in frames if kind == b"E"],
                      ([b"57P01"], [b"08006"]))
        self.assertEqual(frames[-1], (b"Z", b"I"))
        self.assertEqual(talk.ask(query("SELECT 1"))[-1], (b"Z", b"I"))


if __name__ == "__main__":
    unittest.main()
