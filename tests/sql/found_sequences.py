"""Sequences of protocol messages that once gave another answer than PostgreSQL's.

A line is one message: Query SQL; Parse NAME SQL; Bind PORTAL NAME [VALUE...]; Describe P|S NAME;
Execute PORTAL ROWS; Close P|S NAME; Sync. The unnamed statement and portal are written `-`.
"""

from messages import bind, parse, text, execute
from frames import message

FOUND = {
    "a portal of an empty statement ends with its pipeline": """\
Parse s1
Bind p1 s1
Execute p1 0
Parse - SELECT 1 / $1::int
Bind - - 0
Execute - 0
Sync
Parse - SELECT 1
Bind p1 -
Execute p1 0
Sync""",
    "a portal whose Bind failed is not there": """\
Query BEGIN
Parse s1 SELECT * FROM nowhere
Bind p1 s1
Execute p1 0
Sync
Parse s2 COMMIT
Bind p1 s2
Execute p1 0
Sync""",
    "a portal that was bound stays when its execution fails": """\
Query BEGIN
Parse s1 SELECT 1 / (customer_id - $1) FROM customers WHERE customer_id = 1
Bind p1 s1 1
Execute p1 0
Sync
Parse s2 COMMIT
Bind p1 s2
Execute p1 0
Sync""",
    "ROLLBACK without a block undoes what its pipeline has set": """\
Parse - SET application_name = 'one'
Bind - -
Execute - 0
Parse - ROLLBACK
Bind - -
Execute - 0
Sync
Query SHOW application_name""",
    "COMMIT without a block keeps it, though the pipeline fails later": """\
Parse - SET application_name = 'one'
Bind - -
Execute - 0
Parse - COMMIT
Bind - -
Execute - 0
Parse - SELECT * FROM nowhere
Bind - -
Execute - 0
Sync
Query SHOW application_name""",
    "what was set before BEGIN in one pipeline is undone with the block": """\
Parse - SET application_name = 'one'
Bind - -
Execute - 0
Parse - BEGIN
Bind - -
Execute - 0
Sync
Query SELECT name FROM customers WHERE customer_id = 1
Query ROLLBACK
Query SHOW application_name
Query SELECT name, current_setting('application_name') FROM customers WHERE customer_id = 1""",
    "text that is no number for LIMIT is an error of Bind": """\
Parse s1 SELECT customer_id FROM customers ORDER BY customer_id DESC LIMIT $1
Bind - s1 a
Describe P -
Sync
Bind - s1 -1
Describe P -
Execute - 0
Sync""",
    "ROLLBACK TO drops the portals behind its savepoint, itself among them": """\
Query BEGIN
Query SAVEPOINT s
Query SELEC 1
Parse - ROLLBACK TO s
Bind - -
Execute - 0
Execute - 0
Sync
Query ROLLBACK""",
    "and keeps those before it": """\
Query BEGIN
Parse s1 SELECT customer_id FROM customers WHERE customer_id = 3
Bind p1 s1
Sync
Query SAVEPOINT s
Bind p2 s1
Sync
Query ROLLBACK TO s
Bind p2 s1
Execute p2 0
Bind p1 s1
Sync
Query ROLLBACK""",
}


def unquoted(name):
    return "" if name == "-" else name


def message_of(line):
    kind, _, rest = line.partition(" ")
    if kind == "Query":
        return message(b"Q", text(rest))
    if kind == "Sync":
        return message(b"S", b"")
    words = rest.split()
    if kind == "Parse":
        return parse(unquoted(words[0]), rest.partition(" ")[2])
    if kind == "Bind":
        values = [word.encode() for word in words[2:]]
        return bind(unquoted(words[0]), unquoted(words[1]), values, 0)
    if kind == "Execute":
        return execute(unquoted(words[0]), int(words[1]))
    code = {"Describe": b"D", "Close": b"C"}[kind]
    return message(code, words[0].encode() + text(unquoted(words[1])))


class Script:
    """One of them: chunks of bytes, each with the ReadyForQuery that it will bring."""

    def __init__(self, name):
        self.said = [name, *FOUND[name].splitlines()]

    def chunks(self):
        out = b""
        for line in self.said[1:]:
            out += message_of(line)
            if line.startswith(("Query", "Sync")):
                yield out, 1
                out = b""
