#!/usr/bin/python3
"""Every row that is inserted through the proxy is found by a query for its key.

    tests/sql/points.py [--seed N] [--seconds N]

Tables whose sharding column has a random one of the types that an algorithm takes; random values in
random spellings, as constants, casts, expressions and as parameters in text and binary. Each row is
looked for in other spellings than it was inserted in: it must be found, once, on fewer shards than
there are where the spelling is one that routes.
"""

import argparse
import datetime
import random
import struct
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from case import TYPES
from rules import global_yaml
from servers import PostgresNode, Proxy, WorkDirectory, await_condition
from wire import Wire

SHARDS = 3
INTEGERS = {"int2": 2 ** 15, "int4": 2 ** 31, "int8": 2 ** 63}
EPOCH = datetime.datetime(2000, 1, 1)
LOWER, UPPER = datetime.datetime(2020, 1, 1), datetime.datetime(2026, 1, 1)
WORDS = ("", "a", "A", "ß", "日本", "x y", " lead", "O'Hara", "back\\slash", "42", "-0", "null", "{1}")
TEXTS = ("text", "varchar")


# Algorithms: what they take, and the lines of the table's rule.

def inline(column_types, expression):
    return column_types, f"{{type: INLINE, props: {{algorithm-expression: \"{expression}\"}}}}"


def standard(column_types, kind, props):
    return column_types, f"{{type: {kind}, props: {{{props}}}}}"


EVERY = (*INTEGERS, *TEXTS, "uuid")
SPANS = "datetime-lower: '2020-01-01 00:00:00', datetime-upper: '2026-01-01 00:00:00'"
ALGORITHMS = {
    "inline": inline(tuple(INTEGERS), "ds_${Math.floorMod(k, 3)}"),
    "inline_hash": inline(TEXTS, "ds_${Math.floorMod(k.hashCode(), 3)}"),
    "mod": standard(tuple(INTEGERS), "MOD", "sharding-count: 3"),
    "hash_mod": standard(EVERY, "HASH_MOD", "sharding-count: 3"),
    "xxhash_mod": standard((*EVERY, "date", "timestamp"), "XXHASH_MOD", "sharding-count: 3"),
    "pg_hash_mod": standard((*EVERY, "date", "timestamp"), "PG_HASH_MOD", "sharding-count: 3"),
    "boundary_range": standard(tuple(INTEGERS), "BOUNDARY_RANGE", "sharding-ranges: \"-5, 100\""),
    "volume_range": standard(tuple(INTEGERS), "VOLUME_RANGE",
                             "range-lower: 0, range-upper: 100, sharding-volume: 100"),
    "auto_interval": standard(("date", "timestamp"), "AUTO_INTERVAL",
                              f"{SPANS}, sharding-seconds: 189388800"),
    "list": standard(TEXTS, "LIST", "values: \"0: a, A; 1: 42\", default: \"2\""),
}
AUTOMATIC = {"mod", "hash_mod", "xxhash_mod", "pg_hash_mod", "boundary_range", "volume_range",
             "auto_interval"}


class Table:
    def __init__(self, algorithm, column_type):
        self.algorithm, self.type = algorithm, column_type
        self.name = f"{algorithm}_{column_type}"

    @property
    def rule(self):
        strategy = "{standard: {shardingColumn: k, shardingAlgorithmName: %s}}" % self.algorithm
        if self.algorithm in AUTOMATIC:
            return f"    {self.name}: {{actualDataSources: \"ds_${{0..2}}\", " \
                   f"shardingStrategy: {strategy}}}\n"
        return f"    {self.name}: {{actualDataNodes: \"ds_${{0..2}}.{self.name}\", " \
               f"databaseStrategy: {strategy}}}\n"

    @property
    def ddl(self):
        return f"CREATE TABLE {self.name} (k {self.type} PRIMARY KEY, v int)"


def tables():
    return [Table(name, each) for name, (types, _) in ALGORITHMS.items() for each in types]


def database_yaml(shards):
    text = "databaseName: shop\ndataSources:\n"
    for number, shard in enumerate(shards):
        text += f"  ds_{number}: {{url: \"jdbc:postgresql://{shard.host}:{shard.port}/shop\", " \
                "username: shop, password: shop, maxPoolSize: 5, minPoolSize: 1}\n"
    text += "rules:\n- !SHARDING\n"
    for section, automatic in (("tables", False), ("autoTables", True)):
        text += f"  {section}:\n" + "".join(
            table.rule for table in tables() if (table.algorithm in AUTOMATIC) == automatic)
    text += "  shardingAlgorithms:\n"
    text += "".join(f"    {name}: {text_of}\n" for name, (_, text_of) in ALGORITHMS.items())
    return text


# Values, and how they may be written.

def random_value(r, column_type):
    if column_type in INTEGERS:
        bound = INTEGERS[column_type]
        near = [0, 1, -1, 7, -5, 99, 100, 101, bound - 1, -bound, -bound + 1]
        return r.choice(near) if r.random() < 0.3 else r.randint(-1000, 1000) \
            if r.random() < 0.5 else r.randint(-bound, bound - 1)
    if column_type in TEXTS:
        return r.choice(WORDS) + (str(r.randint(0, 999)) if r.random() < 0.7 else "")
    if column_type == "uuid":
        return uuid.UUID(int=r.getrandbits(128))
    seconds = r.randint(0, int((UPPER - LOWER).total_seconds()) - 1)
    moment = LOWER + datetime.timedelta(seconds=seconds)
    if column_type == "date":
        return datetime.datetime(moment.year, moment.month, moment.day)
    return moment + datetime.timedelta(microseconds=r.choice((0, 0, 500_000, 123_456, 1)))


def plain_text(value, column_type):
    if column_type == "date":
        return value.strftime("%Y-%m-%d")
    if column_type == "timestamp":
        return value.isoformat(" ")
    return str(value)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def escaped(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def integer_spellings(value, column_type):
    # -9223372036854775808 without quotes is numeric until its sign is counted.
    bare = str(value) if value >= 0 else f"({value})"
    yield bare
    yield quoted(str(value))
    yield quoted(f"  {value} ")
    yield f"CAST({quoted(str(value))} AS {column_type})"
    yield f"{bare}::int8"
    yield f"{bare}::numeric"
    yield f"+{bare}" if value >= 0 else f"-({-value})"
    yield f"{bare}.0" if value >= 0 else f"({value}.00)"
    if abs(value) < 2 ** 30:
        yield f"({value - 3} + 3)"
        yield f"({value}::int8 * 2 - {bare})"
        yield f"coalesce(NULL, {bare})"


def text_spellings(value, column_type):
    yield quoted(value)
    yield escaped(value)
    yield f"$tag${value}$tag$"
    yield f"{quoted(value)}::{column_type}"
    yield f"{quoted(value)}::text"
    yield f"({quoted(value[:1])} || {quoted(value[1:])})"
    yield f"substr({quoted('x' + value)}, 2)"


def uuid_spellings(value, _):
    text = str(value)
    for spelling in (text, text.upper(), text.replace("-", ""), f"{{{text}}}"):
        yield quoted(spelling)
    yield f"uuid {quoted(text)}"
    yield f"({quoted(text[:8])} || {quoted(text[8:])})::uuid"


def time_spellings(value, column_type):
    text = plain_text(value, column_type)
    yield quoted(text)
    yield f"{column_type} {quoted(text)}"
    yield f"{quoted(text)}::{column_type}"
    if column_type == "date":
        before = value - datetime.timedelta(days=3)
        yield f"(date {quoted(plain_text(before, 'date'))} + 3)"
        yield f"make_date({value.year}, {value.month}, {value.day})"
    else:
        yield quoted(text.replace(" ", "T"))
        before = value - datetime.timedelta(hours=5)
        yield f"(timestamp {quoted(plain_text(before, 'timestamp'))} + interval '5 hours')"


def spellings(value, column_type):
    if column_type in INTEGERS:
        return integer_spellings(value, column_type)
    if column_type in TEXTS:
        return text_spellings(value, column_type)
    return uuid_spellings(value, "") if column_type == "uuid" else time_spellings(value, column_type)


def binary_of(value, column_type):
    if column_type in INTEGERS:
        return value.to_bytes({"int2": 2, "int4": 4, "int8": 8}[column_type], "big", signed=True)
    if column_type in TEXTS:
        return value.encode()
    if column_type == "uuid":
        return value.bytes
    since = value - EPOCH
    if column_type == "date":
        return struct.pack("!i", since.days)
    return struct.pack("!q", since.days * 86_400_000_000 + since.seconds * 1_000_000
                       + since.microseconds)


class Writing:
    """One way to write a value: its SQL, its protocol and its parameters."""

    def __init__(self, r, value, column_type):
        self.sql, self.params = r.choice(list(spellings(value, column_type))), ()
        self.mode = r.choice(("simple", "text"))
        if r.random() < 0.5:
            return
        self.mode = r.choice(("text", "binary"))
        text = plain_text(value, column_type).encode()
        declared = r.choice((TYPES[column_type], 0)) if self.mode == "text" else TYPES[column_type]
        self.params = ((declared, text, binary_of(value, column_type)),)
        self.sql = r.choice(("$1", f"$1::{column_type}", "coalesce($1, NULL)"))
        if not declared and self.sql.startswith("coalesce"):
            self.sql = "$1"

    def __str__(self):
        return f"{self.sql} ({self.mode}, {self.params})"


class Failed(Exception):
    """A row was not found, or a statement failed."""


def run(wire, sql, writing):
    outcome = wire.run(sql, writing.mode, writing.params)
    if outcome.sqlstate:
        raise Failed(f"{sql}: {writing}: {outcome.results[-1].error}")
    return outcome.results[-1]


def check_row(r, wire, table, keys):
    value = random_value(r, table.type)
    if value in keys:
        return
    keys.add(value)
    number = len(keys)
    put = Writing(r, value, table.type)
    run(wire, f"INSERT INTO {table.name} (k, v) VALUES ({put.sql}, {number})", put)
    for _ in range(3):
        ask = Writing(r, value, table.type)
        condition = r.choice((f"k = {ask.sql}", f"{ask.sql} = k", f"k IN ({ask.sql})"))
        found = run(wire, f"SELECT v FROM {table.name} WHERE {condition}", ask).rows
        rows = [int.from_bytes(row[0], "big") if ask.mode == "binary" else int(row[0])
                for row in found]
        if rows != [number]:
            raise Failed(f"{table.name}: {value!r} was inserted as {put}; {condition} ({ask.mode}) "
                         f"finds {rows} instead of row {number}")


def prepare(work, shards):
    for shard in shards:
        shard.make_database("shop")
    files = {"global.yaml": global_yaml(), "database-shop.yaml": database_yaml(shards)}
    proxy = Proxy(work, "proxy", files)
    await_condition("the proxy answers", lambda: not Wire(proxy.conninfo()).run("SELECT 1").sqlstate)
    wire = Wire(proxy.conninfo())
    for table in tables():
        made = wire.run(table.ddl)
        if made.sqlstate:
            raise Failed(f"{table.ddl}: {made.results[-1].error}")
    return proxy, wire


def check(seed, seconds):
    """How many rows were inserted and found."""
    work, nodes, proxy = WorkDirectory(), [], None
    try:
        nodes += [PostgresNode(work, f"shard_{number}") for number in range(SHARDS)]
        proxy, wire = prepare(work, nodes)
        r, all_keys = random.Random(seed), {table.name: set() for table in tables()}
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for table in tables():
                check_row(r, wire, table, all_keys[table.name])
        return sum(map(len, all_keys.values()))
    finally:
        if proxy:
            proxy.stop()
        for node in nodes:
            node.stop()
        work.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    try:
        rows = check(arguments.seed, arguments.seconds)
    except Failed as failed:
        sys.exit(f"seed {arguments.seed}: {failed}")
    print(f"{rows} rows of {len(tables())} tables were inserted and found")


if __name__ == "__main__":
    main()
