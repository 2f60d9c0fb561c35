#!/usr/bin/python3
"""Random sequences of protocol messages: the proxy over two shards against one plain PostgreSQL.

  random_protocol.py [--seed N] [--sequences N] [--replicas]

Each sequence is sent to both, message by message; every reply is compared, frame by frame, and at
the end the rows. A sequence that differs or hangs is printed with its seed.
"""

import argparse
import random
import struct
import sys
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rules  # noqa: E402  (found by the line above)
from found_sequences import FOUND, Script  # noqa: E402
from frames import logged_in, message  # noqa: E402
from messages import bind, execute, parse, text  # noqa: E402
from servers import PostgresNode  # noqa: E402
from stand import CUSTOMERS, SCHEMA, Stand, await_answers  # noqa: E402

KEYS = [b"1", b"2", b"3", b"8", b"19", b"777"]
BAD_KEYS = [*KEYS, None, b"x"]
# Statement, possible values of each parameter. Every answer has one order.
STATEMENTS = [
    ("SELECT name FROM customers WHERE customer_id = $1", [BAD_KEYS]),
    ("SELECT customer_id, name FROM customers WHERE customer_id IN ($1, $2) ORDER BY 1", [KEYS, KEYS]),
    ("SELECT customer_id, name FROM customers ORDER BY customer_id", []),
    ("SELECT customer_id FROM customers ORDER BY customer_id DESC LIMIT $1", [[b"0", b"3", None, b"-1"]]),
    ("SELECT count(*), max(name), sum(customer_id) FROM customers", []),
    ("SELECT name LIKE 'c1%' AS ones, count(*) FROM customers GROUP BY 1 ORDER BY 1", []),
    ("UPDATE customers SET name = name || $2 WHERE customer_id = $1", [BAD_KEYS, [b"!", b"?"]]),
    ("UPDATE customers SET name = name || '*' WHERE customer_id < 4", []),
    ("INSERT INTO customers VALUES ($1, 'new') RETURNING customer_id", [KEYS]),
    ("INSERT INTO customers VALUES (101, 'a'), (102, 'b') ON CONFLICT DO NOTHING", []),
    ("DELETE FROM customers WHERE customer_id = $1 RETURNING name", [KEYS]),
    ("DELETE FROM customers WHERE customer_id > 100", []),
    ("SELECT 1 / (customer_id - $1) FROM customers WHERE customer_id < 4 ORDER BY customer_id", [KEYS]),
    ("SELECT value FROM settings WHERE key = $1", [[b"currency", b"none"]]),
    ("INSERT INTO settings VALUES ($1, 'v')", [[b"a", b"currency"]]),
    ("SELECT nothing FROM customers", []),
    ("SELECT * FROM nowhere", []),
    ("SELEC 1", []),
    ("SELECT $1::int + 1", [[b"1", b"y"]]),
    ("SELECT 'é', current_setting('application_name')", []),
    ("SET application_name = 'one'", []),
    ("SHOW application_name", []),
    ("BEGIN", []), ("COMMIT", []), ("ROLLBACK", []),
    ("SAVEPOINT s", []), ("ROLLBACK TO s", []), ("RELEASE s", []),
    ("", []), ("/* nothing */ ;", []),
]
# SET LOCAL in a pipeline without a block ends with its own statement in the proxy.
PLAIN = [sql for sql, values in STATEMENTS if not values] + ["SET LOCAL application_name = 'two'"]
# In REPEATABLE READ and such, and for DDL, the two differ as docs/architecture.md says.


class Maker:
    """One random sequence: chunks of bytes, each with the ReadyForQuery that it will bring."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.prepared, self.texts = {}, {}
        self.said = []

    def chunks(self):
        for _ in range(self.random.randint(2, 8)):
            yield self.query() if self.random.random() < 0.3 else self.pipeline()
        self.said.append("Query ROLLBACK")
        yield message(b"Q", text("ROLLBACK")), 1

    def query(self):
        count = self.random.choice([1, 1, 1, 2, 3])
        sql = "; ".join(self.random.choice(PLAIN) for _ in range(count))
        self.said.append(f"Query {sql}")
        return message(b"Q", text(sql)), 1

    def pipeline(self):
        out = b""
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            out += self.one_execution()
        self.said.append("Sync")
        return out + message(b"S", b""), 1

    def one_execution(self):
        name = self.random.choice(["", "", "s1", "s2"])
        portal = self.random.choice(["", "", "", "p1"])
        out = b""
        # The unnamed statement does not outlive what failed or came between.
        if not name or name not in self.prepared or self.random.random() < 0.5:
            sql, values = self.random.choice(STATEMENTS)
            if name and self.random.random() < 0.8:
                out += self.say(f"Close S {name}", message(b"C", b"S" + text(name)))
            out += self.say(f"Parse {name!r} {sql}", parse(name, sql))
            self.prepared[name], self.texts[name] = values, sql
        if self.random.random() < 0.3:
            out += self.say(f"Describe S {name!r}", message(b"D", b"S" + text(name)))
        if self.random.random() < 0.1:
            return out
        values = [self.random.choice(of) for of in self.prepared[name]]
        if self.random.random() < 0.03:
            values.append(b"1")
        result_format = self.random.randint(0, 1)
        out += self.say(f"Bind {portal!r} {name!r} {values} {result_format}",
                        bind(portal, name, values, result_format))
        if self.random.random() < 0.5:
            out += self.say(f"Describe P {portal!r}", message(b"D", b"P" + text(portal)))
        for _ in range(self.random.choice([0, 1, 1, 1, 1, 2])):
            # A write that is suspended is not seen yet by what follows it in its transaction, as
            # PostgreSQL has it; the proxy, which may have to begin a block between, lets it be seen.
            writes = "RETURNING" in self.texts.get(name, "")
            rows = self.random.choice([0, 0, 0, 100] if writes else [0, 0, 0, 1, 2, 100])
            out += self.say(f"Execute {portal!r} {rows}",
                            execute(portal, rows))
        if self.random.random() < 0.2:
            out += self.say(f"Close P {portal!r}", message(b"C", b"P" + text(portal)))
        if self.random.random() < 0.1:
            out += self.say("Flush", message(b"H", b""))
        return out

    def say(self, words, data):
        self.said.append(words)
        return data


def error_fields(body):
    fields = {part[:1]: part[1:] for part in body.split(b"\0") if part}
    return tuple(fields.get(code) for code in (b"V", b"C", b"M", b"D", b"P"))


def columns(body):
    """Name, type and format of each column; not the table's number, which servers choose."""
    count, at, found = struct.unpack("!h", body[:2])[0], 2, []
    for _ in range(count):
        end = body.index(b"\0", at)
        _, _, oid, _, _, column_format = struct.unpack("!ihihih", body[end + 1:end + 19])
        found.append((body[at:end], oid, column_format))
        at = end + 19
    return tuple(found)


def is_of_the_server(fields):
    """Notices that tell how the server does its work: a pipeline that writes on two shards is a
    block there, and a portal may outlive a failed transaction."""
    _, sqlstate, words, *_ = fields
    return words.startswith((b"SET LOCAL can only", b"skipping cleanup")) and (
        sqlstate in (b"25P01", b"01000"))


class Side:
    """One connection under test."""

    def __init__(self, conninfo):
        self.wire, self.conn = logged_in(conninfo)
        self.buffer = b""

    def exchange(self, data, readies):
        self.wire.sendall(data)
        frames = []
        while readies:
            kind, body = self.frame()
            readies -= kind == b"Z"
            if kind in (b"E", b"N"):
                body = error_fields(body)
            if kind == b"T":
                body = columns(body)
            if kind != b"S" and not (kind == b"N" and is_of_the_server(body)):
                frames.append((kind, body))
        return frames

    def frame(self):
        while len(self.buffer) < 5 or len(self.buffer) < 1 + self.size():
            part = self.wire.recv(65536)
            if not part:
                raise ConnectionError("closed")
            self.buffer += part
        size = 1 + self.size()
        frame, self.buffer = self.buffer[:size], self.buffer[size:]
        return frame[:1], frame[5:]

    def size(self):
        return struct.unpack("!i", self.buffer[1:5])[0]

    def close(self):
        self.wire.close()
        self.conn.finish()


class ProtocolStand(Stand):
    """Two shards, and `plain` with the rows of both."""

    def __init__(self):
        super().__init__()
        self.plain = PostgresNode(self._work, "plain")
        self.shards.append(self.plain)  # closed with them
        self.plain.make_database("shop")
        self.plain.psql(f"SET ROLE shop; {SCHEMA} CREATE TABLE settings (key text PRIMARY KEY, "
                        "value text)", "shop")
        self.reset()

    def files(self, **extra):
        layout = rules.Layout("protocol", 2, pool_max=5)
        return {"global.yaml": rules.global_yaml(),
                "database-shop.yaml": rules.database_yaml(layout, self.shards[:2])}

    def reset(self):
        for number, node in enumerate(self.shards):
            mine = "true" if node is self.plain else f"n % 2 = {number}"
            node.psql("SET ROLE shop; TRUNCATE customers; INSERT INTO customers "
                      f"SELECT n, 'c' || n FROM generate_series(1, {CUSTOMERS}) AS n WHERE {mine};"
                      + ("" if number == 1 else "TRUNCATE settings; INSERT INTO settings "
                         "VALUES ('currency', 'EUR')"), "shop")

    def conninfos(self, proxy):
        words = "user=shop password=shop dbname=shop host=127.0.0.1"
        return f"{words} port={self.plain.port}", f"{words} port={proxy.port}"


CONTENT = ("SELECT customer_id, name FROM customers ORDER BY customer_id; "
           "SELECT key, value FROM settings ORDER BY key")


def differs(conninfos, maker):
    """What one sequence shows: None, or lines."""
    plain, proxy = (Side(conninfo) for conninfo in conninfos)
    try:
        for data, readies in [*maker.chunks(), (message(b"Q", text(CONTENT)), 1)]:
            wanted = plain.exchange(data, readies)
            try:
                got = proxy.exchange(data, readies)
            except (TimeoutError, ConnectionError) as error:
                return [*maker.said, f"wanted {wanted}", f"got    {error!r}"]
            if wanted != got:
                return [*maker.said, f"wanted {wanted}", f"got    {got}"]
    finally:
        plain.close()
        proxy.close()
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="of the first sequence")
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--most", type=int, default=5, help="differences, then it ends")
    options = parser.parse_args()
    stand, found = ProtocolStand(), 0
    try:
        proxy = stand.proxy()
        await_answers(proxy)
        conninfos = stand.conninfos(proxy)
        seeds = range(options.seed, options.seed + options.sequences)
        scripts = [(name, Script(name)) for name in FOUND]
        for name, maker in chain(scripts, ((f"seed {seed}", Maker(seed)) for seed in seeds)):
            lines = differs(conninfos, maker)
            if lines:
                found += 1
                print(f"{name}:", *lines, sep="\n    ")
                stand.reset()
            if found >= options.most:
                break
    finally:
        stand.close()
    print(f"{len(FOUND) + options.sequences} sequences, {found} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
