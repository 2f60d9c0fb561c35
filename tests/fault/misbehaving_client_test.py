#!/usr/bin/python3
"""Clients that stop in the middle, lie about lengths, flood, read slowly or vanish. After each of
them the proxy serves others, has no session too many, and no server connection is busy."""

import contextlib
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from frames import GSS, SSL, logged_in, message, read_all, read_frame, sqlstate_of, startup
from servers import await_condition
from talk import (COPY_DONE, FLUSH, SYNC, TERMINATE, Talk, bind, call, close, copy_data, copy_fail,
                  describe, execute, parse, query)
from twin import Twin

MEGABYTE = 1024  # in KiB
QUERY = "SELECT count(*) FROM customers"
EACH_MESSAGE = {
    "Query": query(QUERY),
    "Parse": parse("s", "SELECT $1::int"),
    "Bind": bind("p", "s", [b"1"], 1),
    "Describe": describe("S", "s"),
    "Execute": execute("p", 1),
    "Close": close("S", "s"),
    "Flush": FLUSH,
    "Sync": SYNC,
    "CopyData": copy_data(b"a\tb\n"),
    "CopyDone": COPY_DONE,
    "CopyFail": copy_fail("why"),
    "FunctionCall": call(177, [b"\0\0\0\1", b"\0\0\0\2"]),
    "Terminate": TERMINATE,
}
BEFORE = {  # what makes a message meaningful
    "Bind": parse("s", "SELECT $1::int"),
    "Execute": parse("s", "SELECT $1::int") + bind("p", "s", [b"1"], 1),
    "CopyData": query("COPY settings FROM STDIN"),
    "CopyDone": query("COPY settings FROM STDIN"),
    "CopyFail": query("COPY settings FROM STDIN"),
}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twin = Twin(tessera_yaml="loginTimeout: 3s\n")
        cls.addClassCleanup(cls.twin.close)
        cls.serve()
        cls.sockets = cls.twin.sockets()
        cls.resident = cls.twin.resident_kib()

    @classmethod
    def serve(cls):
        """A well-behaved client, on both databases."""
        for dbname in ("one", "shop"):
            talk = Talk(cls.twin.through(dbname))
            frames = talk.ask(query(QUERY))
            talk.close()
            if frames[-2:] != [(b"C", b"SELECT 1\0"), (b"Z", b"I")]:
                raise AssertionError(frames)

    def tearDown(self):
        self.assertIsNone(self.twin.proxy.process.poll(), self.twin.proxy.log_tail())
        self.serve()
        # 24: the connections that the three pools may keep.
        await_condition("the clients' sockets are closed",
                        lambda: self.twin.sockets() <= self.sockets + 24, 20)
        await_condition("no server connection is busy", lambda: self.twin.backends() == 0, 20)
        self.assertEqual(self.twin.server.psql(
            "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
            "WHERE d.datname <> 'postgres' AND locktype = 'transactionid'"), "0")
        self.assertLess(self.twin.resident_kib(), self.resident + 150 * MEGABYTE)

    def socket(self):
        made = socket.create_connection((self.twin.proxy.host, self.twin.proxy.port), 10)
        made.settimeout(30)
        self.addCleanup(made.close)
        return made

    def session(self, dbname="one", small_buffer=False):
        """A socket that has logged in; libpq's connection object is kept until the end."""
        wire, conn = logged_in(self.twin.through(dbname))
        self.addCleanup(conn.finish)
        self.addCleanup(wire.close)
        if small_buffer:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.settimeout(20)
        return wire, conn

    @staticmethod
    def vanish(wire, conn, reset):
        """Closes, by FIN or by RST."""
        if reset:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        conn.finish()
        wire.close()

    @staticmethod
    def send(wire, data):
        with contextlib.suppress(ConnectionError):
            wire.sendall(data)


class Messages(Case):
    def test_half_of_each_message_and_a_close(self):
        for name, whole in EACH_MESSAGE.items():
            for size in range(1, len(whole)):
                wire, conn = self.session("shop" if size % 2 else "one")
                self.send(wire, BEFORE.get(name, b"") + whole[:size])
                self.vanish(wire, conn, reset=size % 3 == 0)

    def test_each_message_in_single_bytes_is_understood(self):
        wire, _ = self.session("shop")
        data = (parse("s", "SELECT name FROM customers WHERE customer_id = $1::int") +
                bind("p", "s", [b"7"], 0) + describe("P", "p") + execute("p", 1) + close("S", "s") +
                FLUSH + SYNC + query(QUERY))
        for byte in data:
            wire.sendall(bytes([byte]))
        got = b""
        while got.count(b"Z\0\0\0\5I") < 2:
            got += wire.recv(65536)
        self.assertIn(b"c7", got)
        self.assertIsNone(sqlstate_of(got))

    def test_lengths_that_lie(self):
        for name, whole in EACH_MESSAGE.items():
            for length in (-2**31, -1, 0, 3, 5, len(whole) + 7, 9_999, 70_000, 2**30, 2**31 - 1):
                wire, conn = self.session()
                self.send(wire, BEFORE.get(name, b"") + whole[:1] + struct.pack("!i", length) +
                          whole[5:])
                self.vanish(wire, conn, reset=length % 2 == 0)

    def test_every_type_that_is_none_is_08P01(self):
        known = {whole[0] for whole in EACH_MESSAGE.values()}
        for kind in sorted(set(range(1, 256, 3)) - known - {ord("p")}):
            wire, conn = self.session()
            self.send(wire, message(bytes([kind]), b"what"))
            self.assertEqual(sqlstate_of(read_all(wire)), "08P01", kind)
            self.vanish(wire, conn, reset=False)

    def test_messages_that_only_servers_send(self):
        for kind in (b"1", b"2", b"3", b"A", b"G", b"I", b"K", b"N", b"R", b"T", b"W", b"Z", b"n"):
            wire, conn = self.session()
            self.send(wire, query(QUERY) + message(kind, b"\0\0\0\0"))
            got = read_all(wire)
            self.assertIn(b"08P01", got, kind)
            self.vanish(wire, conn, reset=False)

    def test_garbage_after_terminate_is_not_looked_at(self):
        for garbage in (b"\xff" * 10_000, query("DROP TABLE settings"), startup(user="shop")):
            wire, conn = self.session()
            self.send(wire, TERMINATE + garbage)
            self.assertEqual(read_all(wire), b"")
            self.vanish(wire, conn, reset=False)

    def test_random_bytes_after_the_login(self):
        chance = random.Random(5)
        for _ in range(150):
            wire, conn = self.session()
            self.send(wire, chance.randbytes(chance.randint(1, 400)))
            self.vanish(wire, conn, reset=chance.random() < 0.5)

    def test_whole_messages_with_random_bytes_in_them(self):
        chance = random.Random(6)
        names = [name for name in EACH_MESSAGE if name != "Terminate"]
        for _ in range(200):
            wire, conn = self.session(chance.choice(["one", "shop"]))
            sent = b""
            for name in chance.choices(names, k=6):
                whole = bytearray(EACH_MESSAGE[name])
                if len(whole) > 5:
                    whole[chance.randrange(5, len(whole))] = chance.randrange(256)
                sent += bytes(whole)
            self.send(wire, sent + COPY_DONE + SYNC)
            self.vanish(wire, conn, reset=chance.random() < 0.5)


class Vanishing(Case):
    """A client that is gone at each step of a statement."""

    STEPS = {
        "in a block": [query("BEGIN"), query("UPDATE settings SET value = 'lost'")],
        "in a block over both shards": [query("BEGIN"), query("UPDATE customers SET name = 'lost'")],
        "in a pipeline": [parse("", "UPDATE settings SET value = 'lost'") + bind("", "", [], 0) +
                          execute("", 0) + FLUSH],
        "in a pipeline over both shards": [
            parse("", "UPDATE customers SET name = 'lost'") + bind("", "", [], 0) +
            execute("", 0) + FLUSH],
        "while a portal is suspended": [
            query("BEGIN"), parse("", "SELECT n FROM generate_series(1, 99) AS n") +
            bind("p", "", [], 0) + execute("p", 3) + FLUSH],
        "while a statement runs": [query("SELECT pg_sleep(2)")],
        "while a statement runs on both shards": [
            query("SELECT customer_id, pg_sleep(0.2) FROM customers")],
        "while it listens": [query("LISTEN nobody")],
        "while it holds a lock": [query("SELECT pg_advisory_lock(99)")],
        "after a temporary table": [query("CREATE TEMP TABLE scrap (a int)")],
        "in a COPY": [query("COPY settings FROM STDIN"), copy_data(b"lost\tlost\n")],
        "in half a row of a COPY": [query("COPY settings FROM STDIN"),
                                    b"d" + struct.pack("!i", 5000) + b"lost\tlo"],
        "in a COPY of a pipeline": [
            parse("", "COPY settings FROM STDIN") + bind("", "", [], 0) + execute("", 0) + FLUSH,
            copy_data(b"lost\tlost\n")],
        "in a COPY of a block": [query("BEGIN"), query("COPY settings FROM STDIN"),
                                 copy_data(b"lost\tlost\n")],
        "while rows come": [query("SELECT repeat('x', 1000) FROM generate_series(1, 100000)")],
        "while rows of a COPY come": [
            query("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT")],
        "between Parse and Bind": [parse("s", QUERY)],
        "without a word": [],
    }

    def test_at_each_step(self):
        for name, steps in self.STEPS.items():
            for reset in (False, True):
                with self.subTest(step=name, reset=reset):
                    wire, conn = self.session("shop" if "both" in name else "one")
                    for step in steps:
                        self.send(wire, step)
                        with contextlib.suppress(TimeoutError):
                            wire.settimeout(0.05)
                            wire.recv(4096)
                    self.vanish(wire, conn, reset)
                    await_condition(f"{name}: no server connection is busy",
                                    lambda: self.twin.backends() == 0, 20)
        lost = "SELECT count(*) FROM settings WHERE key = 'lost' OR value = 'lost'"
        self.assertEqual(self.twin.server.psql(lost, "one"), "0")
        for shard in ("shop_0", "shop_1"):
            self.assertEqual(self.twin.server.psql(
                "SELECT count(*) FROM customers WHERE name = 'lost'", shard), "0")
        # What has pinned was closed with its session.
        self.await_none("pg_locks WHERE locktype = 'advisory'")
        self.await_none("pg_class WHERE relname = 'scrap'", "one")

    def await_none(self, what, dbname="postgres"):
        await_condition(f"there is nothing in {what}", lambda: self.twin.server.psql(
            f"SELECT count(*) FROM {what}", dbname) == "0")


class Floods(Case):
    def test_a_hundred_thousand_tiny_messages_in_one_pipeline(self):
        wire, _ = self.session(small_buffer=False)
        count = 33_000
        data = parse("s", "SELECT 1") + count * (bind("", "s", [], 0) + execute("", 0) +
                                                 describe("P", "")) + SYNC
        self.assertEqual(self.exchange(wire, data).count(b"SELECT 1\0"), count)

    def test_a_hundred_thousand_queries_that_nobody_waits_for(self):
        wire, _ = self.session()
        got = self.exchange(wire, 20_000 * query("") + 100 * query(QUERY))
        self.assertEqual(got.count(b"I\0\0\0\4"), 20_000)

    def test_syncs(self):
        wire, _ = self.session()
        got = self.exchange(wire, 100_000 * SYNC, readies=100_000)
        self.assertEqual(len(got), 600_000)

    # Each answer is kept until a Flush asks for it; the server's, not ours.
    def test_parse_without_end_and_without_sync_is_bounded(self):
        for name in ("", "same"):
            wire, conn = self.session()
            before = self.twin.resident_kib()
            wire.setblocking(False)
            batch, sent, until = 500 * parse(name, "SELECT 1"), 0, time.monotonic() + 4
            while time.monotonic() < until and sent < 30_000_000:
                try:
                    sent += wire.send(batch[sent % len(batch):])
                except BlockingIOError:
                    time.sleep(0.01)  # the proxy reads no more than it can answer
                except ConnectionError:
                    break
            self.assertLess(self.twin.resident_kib() - before, 100 * MEGABYTE, name)
            self.vanish(wire, conn, reset=True)

    def test_statements_of_other_names_without_end_are_bounded(self):
        wire, conn = self.session()
        before = self.twin.resident_kib()
        data = b"".join(parse(f"s{number}", f"SELECT {number}") for number in range(20_000))
        got = self.exchange(wire, data + SYNC)
        self.assertEqual(got.count(b"1\0\0\0\4"), 20_000)
        self.assertLess(self.twin.resident_kib() - before, 100 * MEGABYTE)
        self.vanish(wire, conn, reset=False)

    def exchange(self, wire, data, readies=None):
        """Sends and reads at the same time, as a driver in pipeline mode does."""
        wanted = readies or data.count(SYNC) + data.count(b"Q\0\0")
        wire.setblocking(False)
        got, at, until, seen = bytearray(), 0, time.monotonic() + 60, 0
        while seen < wanted:
            self.assertLess(time.monotonic(), until, "no answer")
            with contextlib.suppress(BlockingIOError):
                at += wire.send(data[at:at + 65536]) if at < len(data) else 0
            with contextlib.suppress(BlockingIOError):
                part = wire.recv(1 << 20)
                self.assertNotEqual(part, b"", "closed")
                seen += (bytes(got[-5:]) + part).count(b"Z\0\0\0\5I")
                got += part
        return bytes(got)


class Slowness(Case):
    ROWS = "SELECT repeat('x', 1000) FROM generate_series(1, 200000)"  # 200 MB

    def test_who_reads_slowly_slows_the_server(self):
        for dbname, sql in (("one", self.ROWS), ("shop", self.ROWS.replace("SELECT", "/*shop*/ SELECT")),
                            ("shop", "SELECT customer_id, repeat('x', 1000) FROM customers, "
                                     "generate_series(1, 10000)")):
            with self.subTest(database=dbname, sql=sql):
                wire, conn = self.session(dbname, small_buffer=True)
                before = self.twin.resident_kib()
                self.send(wire, query(sql))
                for _ in range(20):
                    wire.recv(4096)
                    time.sleep(0.05)
                self.assertGreater(self.twin.backends(), 0, "the server has not been throttled")
                self.assertLess(self.twin.resident_kib() - before, 30 * MEGABYTE)
                self.vanish(wire, conn, reset=False)
                await_condition("the server stops", lambda: self.twin.backends() == 0, 20)

    def test_who_never_reads_at_all(self):
        sessions = [self.session(small_buffer=True) for _ in range(6)]
        before = self.twin.resident_kib()
        for wire, _ in sessions:
            self.send(wire, query(self.ROWS))
        time.sleep(1)
        self.assertLess(self.twin.resident_kib() - before, 60 * MEGABYTE)
        for wire, conn in sessions:
            self.vanish(wire, conn, reset=True)

    def test_a_stopped_client_and_its_end(self):
        program = ("import sys; sys.path.insert(0, sys.argv[2])\n"
                   "from talk import Talk, query\n"
                   "talk = Talk(sys.argv[1]); talk.ask(query('BEGIN'))\n"
                   f"talk.say(query({self.ROWS!r})); print('asked', flush=True)\n"
                   "talk.frames_until(b'Z')\n")
        client = subprocess.Popen(
            [sys.executable, "-c", program, self.twin.through(),
             str(Path(__file__).resolve().parents[1] / "support")],
            stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(client.stdout.readline(), "asked\n")
            os.kill(client.pid, signal.SIGSTOP)
            before = self.twin.resident_kib()
            for _ in range(10):
                self.serve()
                time.sleep(0.1)
            self.assertLess(self.twin.resident_kib() - before, 30 * MEGABYTE)
            await_condition("only its own is busy", lambda: self.twin.backends() == 1)
        finally:
            client.kill()
            client.communicate()
        await_condition("its server connection is free", lambda: self.twin.backends() == 0, 20)

    def test_who_sends_slowly_is_waited_for(self):
        wire, _ = self.session()
        for byte in query(QUERY):
            wire.sendall(bytes([byte]))
            time.sleep(0.01)
        while (frame := read_frame(wire))[:1] in (b"T", b"D"):
            pass
        self.assertEqual(frame, message(b"C", b"SELECT 1\0"))


class BeforeLogin(Case):
    def test_three_thousand_connections_that_say_nothing(self):
        for _ in range(6):
            sockets = []
            for _ in range(500):
                sockets.append(socket.create_connection(
                    (self.twin.proxy.host, self.twin.proxy.port), 10))
            self.serve()
            for wire in sockets:
                wire.close()

    def test_connections_that_stop_in_the_login_are_closed_by_its_timeout(self):
        whole = startup(user="shop", database="one")
        half = [whole[:1], whole[:4], whole[:9], whole, struct.pack("!ii", 8, SSL), whole[:-1],
                whole + b"p", whole + b"p" + struct.pack("!i", 4_000) + b"SCRAM-SHA-256\0"]
        sockets = [self.socket() for _ in half]
        for wire, data in zip(sockets, half, strict=True):
            wire.sendall(data)
        until = time.monotonic() + 20
        for wire in sockets:
            wire.settimeout(max(0.1, until - time.monotonic()))
            read_all(wire)

    def test_startup_garbage(self):
        chance = random.Random(7)
        for _ in range(200):
            wire = self.socket()
            body = chance.randbytes(chance.randint(0, 200))
            codes = (196608, 196609, SSL, GSS, 80877102, chance.getrandbits(31))
            self.send(wire, struct.pack("!ii", len(body) + chance.choice([8, 8, 8, 9, 4]),
                                        chance.choice(codes)) + body)
            wire.close()

    def test_encryption_is_asked_for_without_end(self):
        wire = self.socket()
        with contextlib.suppress(ConnectionError, TimeoutError):
            for _ in range(20_000):
                wire.sendall(struct.pack("!ii", 8, GSS))
                if wire.recv(1) != b"N":
                    break

    def test_a_password_of_a_megabyte_is_not_read(self):
        wire = self.socket()
        before = self.twin.resident_kib()
        self.send(wire, startup(user="shop", database="one") + b"p" +
                  struct.pack("!i", 500_000_000) + bytes(1 << 20))
        read_all(wire)
        self.assertLess(self.twin.resident_kib() - before, 20 * MEGABYTE)


if __name__ == "__main__":
    unittest.main()
