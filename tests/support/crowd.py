"""Thousands of clients in one process: the protocol by hand over non-blocking sockets, because a
driver's connection is too heavy to have ten thousand of."""

import base64
import hashlib
import hmac
import os
import resource
import selectors
import socket
import struct
import time

from frames import message, sqlstate_of, startup


def raise_descriptor_limit():
    """To the hard limit, which it gives."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Keys:
    """Salted passwords, each computed once."""

    def __init__(self, password):
        self._password = password.encode()
        self._salted = {}

    def salted(self, salt, iterations):
        if (salt, iterations) not in self._salted:
            self._salted[salt, iterations] = hashlib.pbkdf2_hmac("sha256", self._password, salt,
                                                                 iterations)
        return self._salted[salt, iterations]


def scram_first(nonce):
    body = b"n,,n=,r=" + nonce
    return message(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(body)) + body)


def scram_final(keys, nonce, server_first):
    fields = dict(part.split(b"=", 1) for part in server_first.split(b","))
    salted = keys.salted(base64.b64decode(fields[b"s"]), int(fields[b"i"]))
    without_proof = b"c=biws,r=" + fields[b"r"]
    signed = b",".join([b"n=,r=" + nonce, server_first, without_proof])
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return message(b"p", without_proof + b",p=" + base64.b64encode(proof))


class Client:
    """One of them. It answers what the login asks for; everything else is in `replies`."""

    def __init__(self, crowd, number):
        self.crowd, self.number = crowd, number
        self.error = None        # SQLSTATE of the last ErrorResponse
        self.ready = None        # the transaction status of the last ReadyForQuery
        self.closed = False
        self.rows = []           # since ask(): the first column of each row
        self.columns = None      # and how many were described
        self.asked_at = self.answered_at = 0.0
        self._received = b""
        self._nonce = base64.b64encode(os.urandom(12))
        self.wire = socket.create_connection(crowd.address)
        self.wire.setblocking(False)
        crowd.selector.register(self.wire, selectors.EVENT_READ, self)
        self.wire.sendall(startup(**crowd.parameters))

    def ask(self, sql):
        self.send(message(b"Q", sql.encode() + b"\0"))

    def send(self, frames):
        self.ready, self.error, self.rows, self.columns = None, None, [], None
        self.asked_at = time.monotonic()
        self.wire.sendall(frames)

    def close(self):
        if not self.closed:
            self.closed = True
            self.crowd.selector.unregister(self.wire)
            self.wire.close()

    def read(self):
        try:
            part = self.wire.recv(16384)
        except BlockingIOError:
            return
        except ConnectionError:
            part = b""
        if not part:
            self.close()
            return
        self._received += part
        while len(self._received) >= 5:
            end = 1 + struct.unpack_from("!i", self._received, 1)[0]
            if len(self._received) < end:
                return
            frame, self._received = self._received[:end], self._received[end:]
            self._obey(frame[:1], frame[5:], frame)

    def _obey(self, kind, body, frame):
        if kind == b"R":
            request = struct.unpack_from("!i", body)[0]
            if request == 10:
                self.wire.sendall(scram_first(self._nonce))
            elif request == 11:
                self.wire.sendall(scram_final(self.crowd.keys, self._nonce, body[4:]))
        elif kind == b"D":
            size = struct.unpack_from("!i", body, 2)[0]
            self.rows.append(None if size < 0 else body[6:6 + size].decode())
        elif kind == b"T":
            self.columns = struct.unpack_from("!h", body)[0]
        elif kind == b"E":
            self.error = sqlstate_of(frame)
        elif kind == b"Z":
            self.ready = body.decode()
            self.answered_at = time.monotonic()


class Crowd:
    def __init__(self, host, port, password="shop", **parameters):
        self.address = (host, port)
        self.parameters = {"user": "shop", "database": "shop", **parameters}
        self.keys = Keys(password)
        self.selector = selectors.DefaultSelector()
        self.clients = []

    def turn(self, timeout=0.1):
        """Reads what has come."""
        for key, _ in self.selector.select(timeout):
            key.data.read()

    def settle(self, clients=None, deadline_s=60.0):
        """Until each of `clients` is ready or gone."""
        waited = list(self.clients if clients is None else clients)
        until = time.monotonic() + deadline_s
        while waited := [c for c in waited if c.ready is None and not c.closed]:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(waited)} clients wait after {deadline_s} s")
            self.turn()

    def connect(self, count, at_once=200, deadline_s=300.0):
        """`count` more clients, never more than `at_once` of them logging in."""
        made = []
        for begin in range(0, count, at_once):
            part = [Client(self, len(self.clients) + n)
                    for n in range(min(at_once, count - begin))]
            self.clients.extend(part)
            made.extend(part)
            self.settle(part, deadline_s)
        return made

    def ask_all(self, sql, clients=None, deadline_s=120.0):
        """The seconds that each waited."""
        asked = self.clients if clients is None else clients
        for client in asked:
            client.ask(sql)
        self.settle(asked, deadline_s)
        return [client.answered_at - client.asked_at for client in asked if client.ready]

    def close(self):
        for client in self.clients:
            client.close()
        self.selector.close()
