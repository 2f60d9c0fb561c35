"""Messages of a client, as bytes."""

import struct

from frames import message


def text(value):
    return value.encode() + b"\0"


def parse(name, sql):
    return message(b"P", text(name) + text(sql) + struct.pack("!h", 0))


def bind(portal, name, values, result_format):
    body = text(portal) + text(name) + struct.pack("!hh", 0, len(values))
    for value in values:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"B", body + struct.pack("!hh", 1, result_format))


def execute(portal, rows_max):
    return message(b"E", text(portal) + struct.pack("!i", rows_max))
