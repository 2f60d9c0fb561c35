"""Frames of the PostgreSQL protocol by hand, for what no driver would send."""

import os
import socket
import struct

from psycopg import pq

STARTUP_3_0, CANCEL, SSL, GSS = 196608, 80877102, 80877103, 80877104


def startup(code=STARTUP_3_0, **parameters):
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items())
    if code == STARTUP_3_0:
        body += b"\0"
    return struct.pack("!ii", len(body) + 8, code) + body


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def read_exactly(wire, count):
    """`count` bytes; fewer where the other side closes before."""
    got = b""
    while len(got) < count and (part := wire.recv(min(65536, count - len(got)))):
        got += part
    return got


def read_frame(wire):
    """One whole frame, head and body; less where the other side closes in it."""
    head = read_exactly(wire, 5)
    return head + read_exactly(wire, struct.unpack("!i", head[1:])[0] - 4) if len(head) == 5 else head


def read_all(wire):
    """Everything until the other side closes; what came is kept when it resets."""
    got = b""
    try:
        while part := wire.recv(65536):
            got += part
    except ConnectionError:
        pass
    return got


def sqlstate_of(reply):
    """The SQLSTATE field of the first ErrorResponse."""
    position = 0
    while position + 5 <= len(reply):
        size = struct.unpack("!i", reply[position + 1:position + 5])[0]
        if reply[position:position + 1] == b"E":
            fields = reply[position + 5:position + 1 + size].split(b"\0")
            return next((f[1:].decode() for f in fields if f[:1] == b"C"), None)
        position += 1 + size
    return None


def logged_in(conninfo):
    """A session that has logged in, as (socket, connection); close both."""
    conn = pq.PGconn.connect(conninfo.encode())
    if conn.status != pq.ConnStatus.OK:
        raise ConnectionError(conn.error_message.decode(errors="replace"))
    wire = socket.socket(fileno=os.dup(conn.socket))
    wire.setblocking(True)
    wire.settimeout(30)
    return wire, conn
