#!/usr/bin/python3
"""Who may come in, and what clients that are no clients get."""

import contextlib
import random
import socket
import struct
import sys
import unittest
from pathlib import Path

import psycopg
from psycopg import pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from frames import (GSS, SSL, STARTUP_3_0, logged_in, message, read_all, sqlstate_of, startup)
from stand import Stand, answers, await_answers, connect, open_files
from servers import await_condition

class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy(tessera_yaml="loginTimeout: 2s\n")
        await_answers(cls.proxy)

    def tearDown(self):
        self.assertIsNone(self.proxy.process.poll(), self.proxy.log_tail())
        self.assertTrue(answers(self.proxy), "it serves others no more")

    def socket(self):
        made = socket.create_connection((self.proxy.host, self.proxy.port), 10)
        made.settimeout(30)
        self.addCleanup(made.close)
        return made

    def failure(self, **options):
        """The error message of a login that must fail."""
        with self.assertRaises(psycopg.OperationalError) as caught:
            connect(self.proxy, **options)
        return str(caught.exception)

    def raw_login_error(self, **parameters):
        """SQLSTATE of the ErrorResponse to a startup packet."""
        wire = self.socket()
        wire.sendall(startup(**parameters))
        return sqlstate_of(read_all(wire))


class Login(Case):
    def test_a_wrong_password_is_28P01(self):
        self.assertIn('password authentication failed for user "shop"',
                      self.failure(password="wrong"))

    def test_an_unknown_user_is_told_the_same(self):
        self.assertIn('password authentication failed for user "nobody"',
                      self.failure(user="nobody", password="wrong"))

    def test_an_empty_password_fails(self):
        conn = pq.PGconn.connect(f"host={self.proxy.host} port={self.proxy.port} user=shop "
                                 "dbname=shop password='' passfile=/dev/null".encode())
        self.assertNotEqual(conn.status, pq.ConnStatus.OK)

    def test_an_unknown_database_is_3D000(self):
        self.assertIn('database "nowhere" does not exist', self.failure(dbname="nowhere"))

    def test_the_same_user_can_log_in_after_failures(self):
        for _ in range(20):
            self.failure(password="wrong")
        self.assertTrue(answers(self.proxy))

    def test_replication_is_refused(self):
        self.assertEqual(self.raw_login_error(user="shop", database="shop", replication="true"),
                         "0A000")

    def test_a_startup_without_user_is_refused(self):
        self.assertEqual(self.raw_login_error(database="shop"), "28000")

    def test_an_unknown_protocol_version_is_refused(self):
        wire = self.socket()
        wire.sendall(startup(2 << 16, user="shop"))
        self.assertIn(sqlstate_of(read_all(wire)), ("0A000", "08P01", None))

    def test_ssl_and_gss_requests_are_answered(self):
        wire = self.socket()
        for code in (GSS, SSL):
            wire.sendall(startup(code))
            self.assertEqual(wire.recv(1), b"N")
        wire.sendall(startup(user="shop", database="shop"))
        self.assertEqual(wire.recv(1), b"R")

    def test_a_client_that_wants_tls_is_told_that_there_is_none(self):
        self.assertIn("does not support SSL", self.failure(sslmode="require"))

    def test_a_client_that_says_nothing_is_closed_after_the_login_timeout(self):
        wire = self.socket()
        self.assertIsNotNone(read_all(wire))

    def test_startup_options_are_applied(self):
        with connect(self.proxy, options="-c TimeZone=Asia/Tokyo") as connection:
            self.assertEqual(connection.execute("SHOW TimeZone").fetchone()[0], "Asia/Tokyo")

    def test_a_bad_startup_option_is_refused_as_postgresql_does(self):
        self.assertIn("nothing_like_this", self.failure(options="-c nothing_like_this=1"))


class Garbage(Case):
    def test_random_bytes_instead_of_a_startup(self):
        chance = random.Random(1)
        for _ in range(100):
            wire = self.socket()
            wire.sendall(chance.randbytes(chance.randint(1, 300)))
            wire.close()

    def test_startup_lengths_that_cannot_be(self):
        for length in (-1, 0, 3, 7, 2**31 - 1, 1_000_000):
            wire = self.socket()
            wire.sendall(struct.pack("!ii", length, STARTUP_3_0) + b"user\0shop\0\0")
            read_all(wire)

    def test_half_a_startup(self):
        whole = startup(user="shop", database="shop")
        for size in range(1, len(whole), 5):
            wire = self.socket()
            wire.sendall(whole[:size])
            wire.close()

    def test_a_startup_in_single_bytes(self):
        wire = self.socket()
        for byte in startup(user="shop", database="shop"):
            wire.sendall(bytes([byte]))
        self.assertEqual(wire.recv(1), b"R")

    def test_a_query_before_the_password(self):
        wire = self.socket()
        wire.sendall(startup(user="shop", database="shop") + message(b"Q", b"SELECT 1\0"))
        self.assertIsNotNone(sqlstate_of(read_all(wire)))

    def test_scram_messages_that_are_none(self):
        bodies = [b"", b"SCRAM-SHA-256\0", b"SCRAM-SHA-256\0" + struct.pack("!i", 5) + b"hello",
                  b"SCRAM-SHA-256\0" + struct.pack("!i", 999999) + b"n,,n=,r=x", b"PLAIN\0\0\0\0\0",
                  b"\xff" * 40]
        for body in bodies:
            wire = self.socket()
            wire.sendall(startup(user="shop", database="shop") + message(b"p", body))
            reply = read_all(wire)
            self.assertIsNotNone(sqlstate_of(reply), (body, reply))

    def after_login(self, bytes_sent):
        """Sends raw bytes on a session that has logged in."""
        wire, conn = logged_in(self.proxy.conninfo())
        with contextlib.suppress(ConnectionError):
            wire.sendall(bytes_sent)
        return wire, conn

    def closing_reply(self, bytes_sent):
        wire, conn = self.after_login(bytes_sent)
        reply = read_all(wire)
        wire.close()
        conn.finish()
        return reply

    def test_an_unknown_message_is_08P01_and_the_end(self):
        self.assertEqual(sqlstate_of(self.closing_reply(message(b"!", b"what"))), "08P01")

    def test_a_message_length_that_cannot_be_is_the_end(self):
        for length in (-5, 0, 3):
            reply = self.closing_reply(b"Q" + struct.pack("!i", length) + b"SELECT 1\0")
            # PostgreSQL logs it and closes; to say it to the client is as good.
            self.assertIn(sqlstate_of(reply), ("08P01", None), length)

    def test_a_message_of_two_gigabytes_is_not_waited_for(self):
        before = resident_kib(self.proxy)
        reply = self.closing_reply(b"Q" + struct.pack("!i", 2**31 - 1) + b"SELECT 1\0")
        self.assertIn(sqlstate_of(reply), ("08P01", "54000", None))
        self.assertLess(resident_kib(self.proxy) - before, 100_000)

    def test_half_a_message_and_a_close(self):
        whole = message(b"Q", b"SELECT count(*) FROM customers\0")
        for size in range(1, len(whole), 3):
            wire, conn = self.after_login(whole[:size])
            wire.close()
            conn.finish()

    def test_bodies_that_are_too_short(self):
        for kind in (b"P", b"B", b"E", b"D", b"C"):
            for body in (b"", b"\0", b"\0\0", b"x", b"\0\0\0\xff"):
                wire, conn = self.after_login(message(kind, body) + message(b"S", b""))
                wire.close()
                conn.finish()

    def test_a_text_without_its_zero_byte_is_08P01(self):
        self.assertEqual(sqlstate_of(self.first_reply(message(b"Q", b"SELECT 1"))), "08P01")

    def first_reply(self, bytes_sent):
        """What comes back until the proxy is ready again or closes."""
        wire, conn = self.after_login(bytes_sent)
        got = b""
        while b"Z\0\0\0\5" not in got and (part := wire.recv(65536)):
            got += part
        wire.close()
        conn.finish()
        return got

    def test_what_was_never_prepared_is_26000(self):
        bind = message(b"B", b"\0nowhere\0" + struct.pack("!hhh", 0, 0, 0))
        self.assertEqual(sqlstate_of(self.first_reply(bind + message(b"S", b""))), "26000")

    def test_a_portal_that_is_not_there_is_34000(self):
        execute = message(b"E", b"nowhere\0" + struct.pack("!i", 0))
        self.assertEqual(sqlstate_of(self.first_reply(execute + message(b"S", b""))), "34000")

    def test_random_messages_after_the_login(self):
        chance = random.Random(2)
        for _ in range(150):
            kinds = [b"Q", b"P", b"B", b"D", b"E", b"C", b"H", b"S", b"d", b"c", b"f", b"F", b"p"]
            sent = b"".join(message(chance.choice(kinds), chance.randbytes(chance.randint(0, 60)))
                            for _ in range(chance.randint(1, 5)))
            wire, conn = self.after_login(sent)
            wire.close()
            conn.finish()

    def test_nothing_is_left_of_all_that(self):
        await_condition("clients' sockets are closed", lambda: open_files(self.proxy) < 100)
        await_condition("no server connection is busy, and no more than the pools' are there",
                        lambda: self.stand.server_connections() <= (0, 10))


def resident_kib(proxy):
    with open(f"/proc/{proxy.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


if __name__ == "__main__":
    unittest.main()
