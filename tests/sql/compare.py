"""What two servers answered to the same statement: the differences that a client could see."""

import math
import re
import struct
from dataclasses import replace

FLOAT_TYPES = {700: "!f", 701: "!d"}
ERROR_FIELDS = ("sqlstate", "severity", "message", "detail", "hint", "position", "column",
                "constraint", "table")


TABLES = "customers|orders|order_items|samples|empties|made_sharded"
ACTUAL_TABLE = re.compile(rf"\b({TABLES})_\d(?=\b|_)")
# Indexes and constraints of tables that are split in a shard end in the actual table's name.
SUFFIX = re.compile(rf"(?<=\w)_({TABLES})_\d\b")


def logical_names(text):
    return ACTUAL_TABLE.sub(r"\1", SUFFIX.sub("", text))


def as_clients_know(outcome):
    """The outcome with logical names in errors and notices, and without positions: where tables have
    other names on the shards, Tessera still speaks of the shard's statement."""
    results = []
    for result in outcome.results:
        fields = {name: logical_names(text)
                  for name, text in result.error.items() if name != "position"}
        results.append(replace(result, error=fields))
    notices = [(severity, sqlstate, logical_names(text.decode()).encode())
               for severity, sqlstate, text in outcome.notices]
    return replace(outcome, results=results, notices=notices)


def differences(expected, given, block):
    """Lines that say how `given` differs from `expected`; none: they are equal."""
    if block.has("runs"):
        return run_differences(expected, given)
    found = []
    if [r.kind for r in expected.results] != [r.kind for r in given.results]:
        return [f"expected {summary(expected)}", f"got      {summary(given)}"]
    for wanted, got in zip(expected.results, given.results, strict=True):
        found += result_differences(wanted, got, block)
    if expected.status != given.status:
        found.append(f"transaction status: expected {expected.status}, got {given.status}")
    if expected.parameter_types != given.parameter_types:
        found.append(f"parameter types: expected {expected.parameter_types}, "
                     f"got {given.parameter_types}")
    if expected.notices != given.notices:
        found.append(f"notices: expected {expected.notices}, got {given.notices}")
    return found


def run_differences(expected, given):
    if (expected.sqlstate, expected.status) == (given.sqlstate, given.status):
        return []
    return [f"expected {summary(expected)}", f"got      {summary(given)}"]


def summary(outcome):
    parts = []
    for result in outcome.results:
        if result.error:
            parts.append(f"{result.error['sqlstate']} {result.error['message']}")
        else:
            parts.append(f"{result.kind} {result.tag}".strip())
    return "; ".join(parts) or "nothing"


def result_differences(wanted, got, block):
    found = []
    for name in ERROR_FIELDS:
        if wanted.error.get(name) != got.error.get(name):
            found.append(f"error's {name}: expected {wanted.error.get(name)!r}, "
                         f"got {got.error.get(name)!r}")
    if wanted.tag != got.tag:
        found.append(f"tag: expected {wanted.tag!r}, got {got.tag!r}")
    if wanted.columns != got.columns:
        found.append(f"columns: expected {wanted.columns}, got {got.columns}")
        return found
    return found + row_differences(wanted, got, block)


def row_differences(wanted, got, block):
    rows = [wanted.rows, got.rows]
    if block.has("approximate"):
        rows = [[rounded_row(row, wanted.columns) for row in side] for side in rows]
    if not block.has("ordered"):
        rows = [sorted(side, key=sort_key) for side in rows]
    if rows[0] == rows[1]:
        return []
    for number, (left, right) in enumerate(zip(*rows), 1):
        if left != right:
            return [f"row {number}: expected {shown(left)}, got {shown(right)}"]
    return [f"rows: expected {len(rows[0])}, got {len(rows[1])}"]


def sort_key(row):
    return [(value is not None, value if value is not None else b"") for value in row]


def shown(row):
    text = repr(row)
    return text if len(text) < 300 else text[:300] + "..."


def rounded_row(row, columns):
    return tuple(rounded(value, column) for value, column in zip(row, columns, strict=True))


def rounded(value, column):
    """A float to eleven digits (four-byte ones: five): sums depend on the order of addition."""
    _, type_number, _, value_format = column
    if value is None or type_number not in FLOAT_TYPES:
        return value
    number = struct.unpack(FLOAT_TYPES[type_number], value)[0] if value_format else float(value)
    if not math.isfinite(number):
        return str(number).encode()
    return f"{number:.{5 if type_number == 700 else 11}g}".encode()
