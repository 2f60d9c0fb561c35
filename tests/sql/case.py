"""The format of tests/sql/*.sql.

Blocks are separated by blank lines. A block is what a client sends at once; comment lines before it
are not sent. Lines that begin with `-- @` say how it runs and what of the answer counts:

    -- @ordered                 the statement fixes the order of rows
    -- @runs                    success or failure counts, the rows do not (EXPLAIN)
    -- @approximate             floating-point columns may differ in the last digits
    -- @refused                 with several targets Tessera answers 0A000; with one it may
    -- @only simple|extended    the block belongs to that protocol
    -- @params int8 5, text 'a' values of $1, $2; not for the simple protocol
    -- @prepare NAME int8, text prepares the block under a name (types may be left out)
    -- @execute NAME int8 5     executes it; the block has no text
    -- @copy LINE               a line for COPY FROM STDIN; \\t is a tab
    -- @reconnect               a new session; the block has no text
    -- @locale en_US.UTF-8      the whole file needs databases of that locale

`{{ expression }}` in a block is replaced by what Python makes of the expression.
"""

import re
import struct
import uuid
from dataclasses import dataclass, field

TYPES = {"unknown": 0, "bool": 16, "bytea": 17, "int8": 20, "int2": 21, "int4": 23, "text": 25,
         "float4": 700, "float8": 701, "bpchar": 1042, "varchar": 1043, "date": 1082,
         "timestamp": 1114, "timestamptz": 1184, "interval": 1186, "numeric": 1700, "uuid": 2950}

BINARY = {
    "bool": lambda text: b"\1" if text in ("t", "true") else b"\0",
    "int2": lambda text: struct.pack("!h", int(text)),
    "int4": lambda text: struct.pack("!i", int(text)),
    "int8": lambda text: struct.pack("!q", int(text)),
    "float8": lambda text: struct.pack("!d", float(text)),
    "text": lambda text: text.encode(),
    "varchar": lambda text: text.encode(),
    "uuid": lambda text: uuid.UUID(text).bytes,
}

DIRECTIVES = {"ordered", "runs", "approximate", "refused", "only", "params", "prepare", "execute",
              "copy", "reconnect", "locale"}
PARAMETER = re.compile(r"\s*(\w+)\s+('(?:[^']|'')*'|[^,\s]+)\s*(?:,|$)")


class BadCase(Exception):
    """The file is not in the format above."""


@dataclass
class Block:
    path: str
    line: int
    sql: str = ""
    directives: dict = field(default_factory=dict)
    copy_lines: list = field(default_factory=list)

    def has(self, name):
        return name in self.directives

    @property
    def place(self):
        return f"{self.path}:{self.line}"

    @property
    def writes(self):
        words = re.findall(r"(?:^|;)\s*(\w+)", self.sql.lower())
        reads = {"select", "values", "table", "show", "explain", "with", "begin", "start", "commit",
                 "rollback", "savepoint", "release", "set", "reset", "end", "abort"}
        return any(word not in reads for word in words) or bool(
            re.search(r"\b(insert|update|delete)\b", self.sql.lower()))


def parse_parameters(text, place):
    """The parameters as (type number, text bytes, binary bytes or None)."""
    found, position = [], 0
    while text[position:].strip():
        match = PARAMETER.match(text, position)
        if not match or match[1] not in TYPES:
            raise BadCase(f"{place}: not a list of parameters: {text}")
        position = match.end()
        found.append(parse_value(match[1], match[2]))
    return found


def parse_value(name, text):
    if text == "NULL":
        return (TYPES[name], None, None)
    if text.startswith("'"):
        text = text[1:-1].replace("''", "'")
    binary = BINARY[name](text) if name in BINARY else None
    return (TYPES[name], text.encode(), binary)


def parse_types(text, place):
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in TYPES]
    if unknown:
        raise BadCase(f"{place}: no such type: {unknown[0]}")
    return [TYPES[name] for name in names]


def parse_block(path, first_line, lines):
    block = Block(path, first_line)
    body = list(lines)
    while body and body[0].startswith("--"):
        line = body.pop(0)
        match = re.match(r"-- @(\w+) ?(.*)", line)
        if match and match[1] not in DIRECTIVES:
            raise BadCase(f"{block.place}: no such directive: @{match[1]}")
        if match and match[1] == "copy":
            block.copy_lines.append(match[2].replace("\\t", "\t"))
        elif match:
            block.directives[match[1]] = match[2]
    text = "\n".join(body)
    block.sql = re.sub(r"\{\{(.*?)\}\}", lambda found: str(eval(found[1])), text, flags=re.S)
    return block


def read_case(path):
    """The blocks of a file."""
    blocks, lines, first = [], [], 1
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines() + [""], 1):
        if line.strip():
            first = first if lines else number
            lines.append(line)
        elif lines:
            blocks.append(parse_block(path.name, first, lines))
            lines = []
    return [block for block in blocks if block.sql or block.directives]
