#!/usr/bin/python3
"""Startup packets get the very answers that PostgreSQL gives; logs get nothing that is secret."""

import socket
import struct
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from frames import GSS, SSL, STARTUP_3_0, read_all, startup
from stand import Stand, answers, await_answers, connect, open_files
from servers import await_condition

GLOBAL = ("authority:\n  users:\n  - {user: shop, password: shop}\n"
          "  - {user: postgres, password: never-asked}\n")
HBA = "hba:\n- {user: [postgres, nobody], method: trust}\n- {method: scram-sha-256}\n"
SOURCE_OF_ERROR = b"FLR"  # file, line, routine


def packet(pairs, code=STARTUP_3_0):
    body = b"".join(name.encode() + b"\0" + value.encode() + b"\0" for name, value in pairs) + b"\0"
    return struct.pack("!ii", len(body) + 8, code) + body


def frames(reply):
    position = 0
    while position + 5 <= len(reply):
        size = struct.unpack("!i", reply[position + 1:position + 5])[0]
        yield reply[position:position + 1], reply[position + 5:position + 1 + size]
        position += 1 + size


def comparable(reply):
    """What has to be the same: all but keys, and the places in PostgreSQL's source."""
    seen = []
    for kind, body in frames(reply):
        if kind == b"K":
            body = b"key"
        if kind == b"E":
            body = b"\0".join(field for field in body.split(b"\0")
                              if not field or field[0] not in SOURCE_OF_ERROR)
        if kind == b"S" and body.split(b"\0")[0] in (b"is_superuser", b"session_authorization"):
            body = body.split(b"\0")[0]
        seen.append((kind, body))
    return seen


class Startup(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy(tessera_yaml=HBA, global_yaml=GLOBAL)
        await_answers(cls.proxy)

    def tearDown(self):
        self.assertIsNone(self.proxy.process.poll(), self.proxy.log_tail())
        self.assertTrue(answers(self.proxy), "it serves others no more")

    def reply(self, server, sent):
        with socket.create_connection((server.host, server.port), 10) as wire:
            wire.settimeout(30)
            wire.sendall(sent)
            got = b""
            while b"Z\0\0\0\5I" not in got and (part := wire.recv(65536)):
                got += part
            return got

    def same(self, *pairs, code=STARTUP_3_0, user="postgres"):
        sent = packet((("user", user), ("database", "shop"), *pairs) if user else pairs, code)
        expected = comparable(self.reply(self.stand.shards[0], sent))
        self.assertEqual(comparable(self.reply(self.proxy, sent)), expected, pairs)
        self.assertTrue(expected, pairs)
        return expected

    def test_a_plain_startup(self):
        kinds = [kind for kind, _ in self.same()]
        self.assertEqual(kinds[0], b"R")
        self.assertEqual(kinds[-2:], [b"K", b"Z"])

    def test_parameters_are_applied_and_reported(self):
        self.same(("application_name", "a b"), ("DateStyle", "German"), ("timezone", "Asia/Tokyo"),
                  ("client_encoding", "LATIN1"), ("IntervalStyle", "iso_8601"))
        self.same(("application_name", "na\u00efve\x01"))

    def test_options_are_applied(self):
        for options in ("-c DateStyle=German", "--DateStyle=German", "-cDateStyle=SQL", "-e",
                        "-c TimeZone=UTC -c TimeZone=Asia/Tokyo", "--default-transaction-read-only=on",
                        r"-c application_name=a\ b\\c", "-S 1234 -fs -n", "  ", "",
                        "-c search_path=pg_catalog,\\ public -c IntervalStyle=sql_standard"):
            self.same(("options", options))
        self.same(("options", "-c TimeZone=Asia/Tokyo"), ("TimeZone", "UTC"))
        self.same(("TimeZone", "UTC"), ("options", "-c TimeZone=Asia/Tokyo"))

    def test_bad_options_are_refused(self):
        for options in ("-c nothing_like_this=1", "-c TimeZone", "--TimeZone", "-z", "word",
                        "-c TimeZone=UTC word", "-c", "-f z", "-c TimeZone=nowhere",
                        "-c work_mem=tiny", "-c fsync=off", "-B 100", "-c server_version=1",
                        "-c DateStyle=never", "-c a=b -c c=d", "-s -ze"):
            kinds = [kind for kind, _ in self.same(("options", options))]
            self.assertEqual(kinds, [b"R", b"E"], options)

    def test_bad_parameters_are_refused(self):
        for name, value in (("nothing_like_this", "1"), ("TimeZone", "nowhere"),
                            ("client_encoding", "nowhere"), ("DateStyle", "never"),
                            ("statement_timeout", "-5"), ("max_connections", "1"),
                            ("server_encoding", "UTF8"), ("is_superuser", "on"),
                            ("default_transaction_isolation", "none"), ("a b", "c")):
            kinds = [kind for kind, _ in self.same((name, value))]
            self.assertEqual(kinds, [b"R", b"E"], name)

    def test_protocols_are_negotiated(self):
        for code, pairs in ((STARTUP_3_0 + 2, ()), (STARTUP_3_0 + 9, (("_pq_.a", "1"),)),
                            (STARTUP_3_0, (("_pq_.a", "1"), ("_pq_.b", "")))):
            self.assertEqual(self.same(*pairs, code=code)[0][0], b"v")

    def test_other_protocols_are_refused(self):
        for code in (4 << 16, (4 << 16) + 7, 99 << 16):
            self.same(code=code)

    def test_who_and_where_are_checked(self):
        self.same(user=None)
        self.same(("database", "shop"), user=None)
        self.same(("user", ""), user=None)
        self.same(("user", "postgres"), ("database", "nowhere"), user=None)
        self.same(("user", "postgres"), ("database", "n" * 80), user=None)
        self.same(("replication", "maybe"))
        self.same(("replication", "off"))

    def test_replication_is_refused(self):
        reply = self.reply(self.proxy, packet((("user", "postgres"), ("replication", "database"))))
        self.assertIn(b"replication connections are not supported through the proxy", reply)

    def test_gss_is_not_spoken(self):
        with socket.create_connection((self.proxy.host, self.proxy.port), 10) as wire:
            wire.sendall(startup(GSS))
            self.assertEqual(wire.recv(1), b"N")

    def test_broken_packets(self):
        for sent in (struct.pack("!ii", 12, STARTUP_3_0) + b"user",
                     struct.pack("!ii", 17, STARTUP_3_0) + b"user\0shop",
                     struct.pack("!ii", 20, STARTUP_3_0) + b"user\0a\0\0rest"[:12]):
            expected = comparable(self.reply(self.stand.shards[0], sent))
            self.assertEqual(comparable(self.reply(self.proxy, sent)), expected, sent)

    def test_a_wrong_password(self):
        texts = []
        for server in (self.stand.shards[0], self.proxy):
            with self.assertRaises(psycopg.OperationalError) as caught:
                connect(server, password="wrong")
            texts.append(str(caught.exception).replace(str(server.port), "PORT"))
        self.assertEqual(*texts)


class Unauthenticated(unittest.TestCase):
    def test_only_so_many_may_be_logging_in(self):
        stand = Stand()
        self.addCleanup(stand.close)
        proxy = stand.proxy(tessera_yaml="maxUnauthenticated: 5\nloginTimeout: 6s\n")
        await_answers(proxy)
        sessions = [connect(proxy) for _ in range(8)]  # those count no more
        before = open_files(proxy)
        silent = [socket.create_connection((proxy.host, proxy.port), 10) for _ in range(5)]
        await_condition("they are accepted", lambda: open_files(proxy) >= before + 5, 5)
        with self.assertRaises(psycopg.OperationalError) as caught:
            connect(proxy)
        self.assertIn("sorry, too many clients already", str(caught.exception))
        self.assertIn("maxUnauthenticated", str(caught.exception))
        beyond = [socket.create_connection((proxy.host, proxy.port), 10) for _ in range(30)]
        await_condition("the silent ones beyond the limit are closed",
                        lambda: open_files(proxy) <= before + 5)
        await_condition("the others are when their time is over", lambda: answers(proxy))
        for session in sessions:
            self.assertEqual(session.execute("SELECT 1").fetchone(), (1,))
            session.close()
        for wire in silent + beyond:
            self.assertTrue(closed(wire))
            wire.close()


def closed(wire):
    wire.settimeout(30)
    read_all(wire)
    return True


class Log(unittest.TestCase):
    SECRETS = ("s3cret-of-users", "s3cret-guess", "s3cret-parameter", "s3cret-of-servers")

    def test_nothing_secret_reaches_the_log(self):
        stand = Stand()
        self.addCleanup(stand.close)
        for shard in stand.shards:
            shard.psql("CREATE ROLE keeper LOGIN PASSWORD 's3cret-of-servers'; GRANT shop TO keeper")
        database = stand.files()["database-shop.yaml"].replace(
            "username: shop\n    password: shop",
            "username: keeper\n    password: s3cret-of-servers")
        users = "".join(f"  - {{user: {user}, password: s3cret-of-users}}\n"
                        for user in ("shop", "spelled", "hashed"))
        proxy = stand.proxy(
            arguments=["--log-level", "debug"], global_yaml="authority:\n  users:\n" + users,
            tessera_yaml="hba:\n- {user: spelled, method: password}\n"
                         "- {user: hashed, method: md5}\n- {method: scram-sha-256}\n",
            **{"database-shop_yaml": database})
        await_condition("the proxy answers", lambda: self.use(proxy, "shop"), 30)
        for user in ("shop", "spelled", "hashed"):
            self.assertTrue(self.use(proxy, user))
            with self.assertRaises(psycopg.OperationalError):
                connect(proxy, user=user, password="s3cret-guess")
        for shard in stand.shards:
            shard.psql("ALTER ROLE keeper PASSWORD 's3cret-changed'; SELECT pg_terminate_backend(pid) "
                       "FROM pg_stat_activity WHERE usename = 'keeper'")
        with self.assertRaises(psycopg.Error), connect(proxy, password="s3cret-of-users") as session:
            session.execute("SELECT count(*) FROM customers")
        proxy.stop()
        log = proxy.log.read_text(errors="replace")
        self.assertIn("listening", log)
        for secret in self.SECRETS:
            self.assertNotIn(secret, log)
        self.assertNotIn("SCRAM-SHA-256$", log)

    @staticmethod
    def use(proxy, user):
        """Statements that succeed and that fail, with parameters; False: the proxy is not ready."""
        try:
            session = connect(proxy, user=user, password="s3cret-of-users")
        except psycopg.OperationalError:
            return False
        with session:
            for statement in ("SELECT name FROM customers WHERE name = %s",
                              "SELECT name FROM customers WHERE customer_id = %s::text::bigint",
                              "INSERT INTO customers (customer_id, name) VALUES (1, %s)",
                              "SELECT %s FROM nowhere"):
                for prepare in (False, True):
                    try:
                        session.execute(statement, ["s3cret-parameter"], prepare=prepare)
                    except psycopg.Error:
                        pass
        return True


if __name__ == "__main__":
    unittest.main()
