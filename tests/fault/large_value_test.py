#!/usr/bin/python3
"""Values of many megabytes pass through the proxy in parts."""

import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from frames import logged_in, message, read_exactly
from servers import await_condition
from stand import CUSTOMERS, Stand, await_answers, connect, count_customers

VALUE_BYTES = 100_000_000
ONE_SHARD = "FROM customers WHERE customer_id = 1"


def peak_kib(process):
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def query(wire, sql):
    wire.sendall(message(b"Q", sql.encode() + b"\0"))


def row_head(wire):
    """Reads up to the body of the first DataRow, whose length is the result."""
    while True:
        kind, size = struct.unpack("!ci", read_exactly(wire, 5))
        if kind == b"D":
            return size - 4
        read_exactly(wire, size - 4)


class LargeValues(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        await_answers(cls.proxy)

    def wire(self):
        wire, connection = logged_in(self.proxy.conninfo())
        wire.settimeout(60)
        self.addCleanup(connection.finish)
        self.addCleanup(wire.close)
        return wire

    def test_a_value_needs_no_memory_of_its_size(self):
        before = peak_kib(self.proxy.process)
        wire = self.wire()
        query(wire, f"SELECT repeat('x', {VALUE_BYTES}) {ONE_SHARD}")
        size = row_head(wire)
        self.assertEqual(size, 2 + 4 + VALUE_BYTES)
        left = size
        while left:
            part = wire.recv(min(1 << 20, left))
            self.assertTrue(part)
            left -= len(part)
        self.assertEqual(read_exactly(wire, 14 + 6), b"C\0\0\0\rSELECT 1\0Z\0\0\0\5I")
        self.assertLess(peak_kib(self.proxy.process) - before, 16 * 1024)

    def test_it_is_whole_in_every_protocol(self):
        with connect(self.proxy) as connection:
            for binary in (False, True):
                rows = connection.execute(f"SELECT customer_id, repeat('xy', 3000000) {ONE_SHARD} "
                                          "AND customer_id = %s", [1], binary=binary).fetchall()
                self.assertEqual(rows, [(1, "xy" * 3_000_000)])
            self.assertEqual(connection.execute(f"SELECT 7 {ONE_SHARD}").fetchall(), [(7,)])

    def test_a_server_lost_within_a_value_closes_the_client(self):
        wire = self.wire()
        query(wire, f"SELECT repeat('x', {VALUE_BYTES}) {ONE_SHARD}")
        size = row_head(wire)
        for shard in self.stand.shards:
            shard.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE usename = 'shop' AND query LIKE '%repeat%'")
        got = len(read_exactly(wire, 6))
        while part := wire.recv(1 << 20):
            self.assertEqual(part.strip(b"x"), b"")  # nothing but the value's own bytes
            got += len(part)
        self.assertLess(got, size)
        await_answers(self.proxy)
        await_condition("no server connection is busy",
                        lambda: self.stand.server_connections()[0] == 0)
        self.assertEqual(count_customers(self.proxy), CUSTOMERS)


if __name__ == "__main__":
    unittest.main()
