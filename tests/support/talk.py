"""The same bytes said to several servers, and what each answers, frame by frame."""

import contextlib
import struct

from frames import logged_in, message
from messages import bind, execute, parse, text  # noqa: F401  (for the tests)

# Where in the server's source an error arose, and the number of the table of a column, may differ.
FIELDS = b"SVCMDHPpqWstcdn"
CLOSED = (b"closed", b"")


def query(sql):
    return message(b"Q", text(sql))


def describe(kind, name):
    return message(b"D", kind.encode() + text(name))


def close(kind, name):
    return message(b"C", kind.encode() + text(name))


def copy_data(data):
    return message(b"d", data)


def copy_fail(why):
    return message(b"f", text(why))


def call(function, arguments=(), formats=(1,), result_format=1):
    """A FunctionCall; `arguments` are bytes or None."""
    body = struct.pack("!ih", function, len(formats))
    body += b"".join(struct.pack("!h", of) for of in formats) + struct.pack("!h", len(arguments))
    for value in arguments:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"F", body + struct.pack("!h", result_format))


FLUSH, SYNC, COPY_DONE, TERMINATE = (message(kind, b"") for kind in (b"H", b"S", b"c", b"X"))


def fields_of(body):
    parts = {part[:1]: part[1:] for part in body.split(b"\0") if part}
    return tuple((code, value) for code, value in sorted(parts.items()) if code in FIELDS)


def columns_of(body):
    count, at, found = struct.unpack("!h", body[:2])[0], 2, []
    for _ in range(count):
        end = body.index(b"\0", at)
        _, _, oid, size, modifier, form = struct.unpack("!ihihih", body[end + 1:end + 19])
        found.append((body[at:end], oid, size, modifier, form))
        at = end + 19
    return tuple(found)


class Talk:
    """One session, logged in."""

    def __init__(self, conninfo, deadline_s=30):
        self.wire, self.conn = logged_in(conninfo)
        self.wire.settimeout(deadline_s)
        self._buffer = b""

    def say(self, data):
        with contextlib.suppress(ConnectionError):  # the answer tells why
            self.wire.sendall(data)

    def frame(self):
        """The next frame as (type, body), its changeable parts taken out; CLOSED at the end."""
        while len(self._buffer) < 5 or len(self._buffer) < 1 + self._size():
            try:
                part = self.wire.recv(65536)
            except ConnectionError:
                part = b""
            if not part:
                return CLOSED
            self._buffer += part
        size = 1 + self._size()
        kind, body = self._buffer[:1], self._buffer[5:size]
        self._buffer = self._buffer[size:]
        if kind in (b"E", b"N"):
            body = fields_of(body)
        if kind == b"T":
            body = columns_of(body)
        if kind == b"A":
            body = body[4:]  # without the sender's process number
        return kind, body

    def _size(self):
        return struct.unpack("!i", self._buffer[1:5])[0]

    def frames_until(self, kind, count=1):
        """Frames up to the count-th of that type, or the end."""
        frames = []
        while count:
            frames.append(self.frame())
            if frames[-1] == CLOSED:
                break
            count -= frames[-1][0] == kind
        return frames

    def ask(self, data, readies=1):
        self.say(data)
        return self.frames_until(b"Z", readies)

    def close(self):
        self.wire.close()
        self.conn.finish()


def converse(conninfo, steps, settle=None):
    """All answers to `steps`: each is bytes and the frame types at which its answer ends, by the
    last of which as many are awaited as it stands there (b"ZZ": two). `settle` is called between."""
    talk = Talk(conninfo)
    answers = []
    try:
        for data, ends in steps:
            talk.say(data)
            answers.append(talk.frames_until(ends[-1:], len(ends)) if ends else [])
            if settle:
                settle()
    except TimeoutError:
        answers.append([(b"no answer", b"")])
    finally:
        talk.close()
    return answers
