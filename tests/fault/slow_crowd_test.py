#!/usr/bin/python3
"""Clients that ask without taking their replies, many in the same turns of the proxy: what there
was no room for comes later, whole and in order."""

import select
import socket
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from frames import logged_in, message, read_exactly
from stand import CUSTOMERS, Stand, await_answers, count_customers

CLIENTS = 8
QUERIES = 6_000
PADDING = 3_500  # a reply of few bytes, as the proxy sees it
TERMINATE = message(b"X", b"")


def question(number):
    sql = (f"SELECT {number}, repeat('y', {PADDING}) FROM customers "
           f"WHERE customer_id = 1 /* {'-' * 2_000} */")
    return message(b"Q", sql.encode() + b"\0")


class Asker:
    """Sends its questions and takes nothing until numbers()."""

    def __init__(self, proxy, terminates):
        self.wire, self._connection = logged_in(proxy.conninfo())
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 262_144)
        self.wire.settimeout(60)
        self._bytes = b"".join(question(i) for i in range(QUERIES))
        self._bytes += TERMINATE if terminates else b""
        self.stalled = False

    def ask(self):
        """Until all is sent, or for a second nothing could be."""
        while self._bytes:
            _, can_send, _ = select.select([], [self.wire], [], 1)
            if not can_send:
                self.stalled = True
                return
            part = self.wire.send(self._bytes[:65536], socket.MSG_DONTWAIT)
            self._bytes = self._bytes[part:]

    def numbers(self):
        """Asks the rest and takes all replies: the first column of each."""
        rest = threading.Thread(target=self.wire.sendall, args=(self._bytes,))
        rest.start()
        try:
            return [self._number() for _ in range(QUERIES)]
        finally:
            rest.join()

    def _number(self):
        number = None
        while True:
            head = read_exactly(self.wire, 5)
            body = read_exactly(self.wire, int.from_bytes(head[1:], "big") - 4)
            if head[:1] == b"D":
                size = int.from_bytes(body[2:6], "big")
                number = int(body[6:6 + size])
                if body[6 + size + 4:] != b"y" * PADDING:
                    raise AssertionError(f"the row of question {number} is damaged")
            elif head[:1] == b"Z":
                return number
            elif head[:1] not in b"TC":
                raise AssertionError(f"{head!r} {body!r}")

    def close(self):
        self.wire.close()
        self._connection.finish()


def together(what, askers):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(what, askers))


class SlowCrowd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        await_answers(cls.proxy)

    def run_crowd(self, terminates):
        askers = [Asker(self.proxy, terminates) for _ in range(CLIENTS)]
        for asker in askers:
            self.addCleanup(asker.close)
        together(Asker.ask, askers)
        # Otherwise all replies fit into sockets, and nothing was tested.
        self.assertTrue(all(asker.stalled for asker in askers))
        # Together: they have the server's connections among them.
        for numbers in together(Asker.numbers, askers):
            self.assertEqual(numbers, list(range(QUERIES)))
        return askers

    def test_all_replies_come_in_order(self):
        self.run_crowd(terminates=False)
        self.assertEqual(count_customers(self.proxy), CUSTOMERS)

    def test_who_says_goodbye_with_his_questions_gets_all_replies(self):
        for asker in self.run_crowd(terminates=True):
            self.assertEqual(asker.wire.recv(1), b"")


if __name__ == "__main__":
    unittest.main(verbosity=2)
