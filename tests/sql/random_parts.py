"""What random statements are made of: choices, constants, parameters, columns that can be named."""

import random
import re
import struct
from dataclasses import dataclass, field

from case import TYPES, parse_value

from shop_tables import TABLES

LITERAL_TYPES = {"int": ("int8", "int4"), "number": ("numeric",), "text": ("text", "varchar"),
                 "padded": ("text",), "day": ("date",), "bool": ("bool",), "float": ("float8",)}
SIZES = {"int2": "!h", "int4": "!i", "int8": "!q"}


@dataclass
class Name:
    """A column as it is written in a statement."""

    sql: str
    kind: str
    type: str
    constant: object
    exact: bool = True
    shard_key: bool = False


@dataclass
class Source:
    """A FROM item: its text, what it shows, and which columns tell its rows apart."""

    text: str
    names: list
    key: list
    tables: list = field(default_factory=list)
    rows: int = 100


@dataclass
class Statement:
    sql: str
    ordered: bool = False
    params: list = field(default_factory=list)
    writes: str = ""  # the table that is to be compared afterwards


def with_used(statement):
    """The statement with only those parameters that its text has come to use."""
    used = sorted({int(number) for number in re.findall(r"\$(\d+)", statement.sql)})
    places = {number: place for place, number in enumerate(used, 1)}
    statement.sql = re.sub(r"\$(\d+)", lambda m: f"${places[int(m[1])]}", statement.sql)
    statement.params = [statement.params[number - 1] for number in used]
    return statement


class Maker:
    """Choices from one seed. `mode` is how the statement will be sent: parameters need one that is
    not "simple"."""

    def __init__(self, seed, mode):
        self.random = random.Random(seed)
        self.extended = mode != "simple"
        self.params, self._aliases = [], 0
        # Most statements speak of few customers, so that what they say about them meets.
        self.customer = self.random.randint(1, 12)

    def chance(self, share):
        return self.random.random() < share

    def pick(self, options):
        return self.random.choice(options)

    def weighted(self, *pairs):
        """One of the values, by weight: pairs of (weight, value)."""
        return self.random.choices([v for _, v in pairs], [w for w, _ in pairs])[0]

    def alias(self):
        self._aliases += 1
        return f"t{self._aliases}"

    def table(self, name, alias=None):
        """A table as a FROM item."""
        table, alias = TABLES[name], alias or self.alias()
        names = [Name(f"{alias}.{c.name}", c.kind, c.type, c.constant, c.exact,
                      c.name == table.shard_key) for c in table.columns]
        key = [f"{alias}.{name}" for name in table.key]
        word = self.pick(["", "AS "])
        rows = {"orders": 120, "order_items": 300, "samples": 80, "customers": 40,
                "empties": 0}.get(name, 25)
        return Source(f"{name} {word}{alias}", names, key, [(alias, table)], rows)

    def value(self, name):
        """A constant or a parameter that `name` can be compared with."""
        text = name.constant(self.random)
        if name.shard_key and self.chance(0.5):
            text = str(self.customer)
        if self.chance(0.02):
            text = "NULL"
        if self.extended and self.chance(0.35):
            return self.parameter(name, text)
        return self.spelled(name, text)

    def spelled(self, name, text):
        if name.kind == "int" and text != "NULL" and self.chance(0.15):
            return self.pick([f"{text}::int8", f"'{text}'", f"{text}.0", f"(+{text})",
                              f"CAST({text} AS int)", f"'{text}'::bigint", f"{text}.5",
                              f"({text})", f"'{text}'::text::int8", f"{text}::numeric"])
        return f"({text})" if text.startswith("-") else text

    def parameter(self, name, text):
        """$n of a type that fits; also of no type, which PostgreSQL finds out."""
        kinds = [name.type, name.type, "unknown", *LITERAL_TYPES[name.kind]]
        if name.kind == "int":
            kinds += ["int8", "int4", "numeric"]
        kind = self.pick(kinds)
        if text.startswith("'"):
            text = text[1:-1]
        if kind in ("int2", "int4") and text != "NULL" and abs(int(text)) > 30_000:
            kind = "int8"
        self.params.append(self.packed(name, kind, text))
        return f"${len(self.params)}"

    def packed(self, name, kind, text):
        if text == "NULL":
            return (TYPES[kind], None, None)
        if kind != "unknown":
            return parse_value(kind, "'" + text.replace("'", "''") + "'")
        binary = struct.pack(SIZES[name.type], int(text)) if name.type in SIZES else None
        return (0, text.encode(), binary)
