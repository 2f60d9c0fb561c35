"""Conversations by topic: what a client says, in steps, and at which frames each answer ends.

A step is (bytes, frame types): the answer is read up to as many frames of the last type as types
are named, so b"Z" is one ReadyForQuery, b"ZZ" two, b"!" the end of the connection."""

import struct

from frames import message
from talk import (COPY_DONE, FLUSH, SYNC, TERMINATE, bind, call, close, copy_data, copy_fail,
                  describe, execute, parse, query)

END = b"!"


def ask(sql, ends=b"Z"):
    return query(sql), ends


def run(sql, values=(), form=0, rows_max=0):
    """Parse, Bind, Execute of the unnamed statement."""
    return parse("", sql) + bind("", "", list(values), form) + execute("", rows_max)


def int4(value):
    return struct.pack("!i", value)


SUM, QUOTIENT = 177, 154  # int4pl, int4div
LO_CREAT, LO_UNLINK, LOREAD = 957, 964, 954
FIVE = parse("five", "SELECT n FROM generate_series(1, 5) AS n")
COPY_IN = "COPY settings FROM STDIN"
ROW, BAD_ROW = copy_data(b"a\tb\n"), copy_data(b"a\tb\tc\n")
CLEAR = ask("DELETE FROM settings WHERE key <> 'currency'")
SEE = ask("SELECT key, value FROM settings ORDER BY key")
OPEN_COPY = (run(COPY_IN) + FLUSH, b"G")

FUNCTION_CALLS = {
    "binary": [(call(SUM, [int4(1), int4(2)]), b"Z"), ask("SELECT 1")],
    "text": [(call(SUM, [b"1", b"2"], (0,), 0), b"Z")],
    "no such function": [(call(99_999_999), b"Z"), ask("SELECT 1")],
    "null for a strict function": [(call(SUM, [None, int4(2)]), b"Z")],
    "too few arguments": [(call(SUM, [int4(2)]), b"Z")],
    "half a message": [(message(b"F", b"\0\0"), b"Z"), ask("SELECT 1")],
    "an error fails the block": [
        ask("BEGIN"), (call(QUOTIENT, [int4(1), int4(0)]), b"Z"),
        (call(QUOTIENT, [int4(1), int4(1)]), b"Z"), ask("ROLLBACK")],
    "an argument that is no number": [(call(SUM, [b"x", b"2"], (0,), 0), b"Z")],
    "behind a pipeline without Sync": [
        (run("SELECT 1") + call(SUM, [int4(1), int4(2)]) + SYNC, b"ZZ")],
    "ignored after an error up to Sync": [
        (parse("", "SELEC") + call(SUM, [int4(1), int4(2)]) + SYNC, b"Z"), ask("SELECT 2")],
    "large objects": [
        ask("SELECT lo_from_bytea(4711, 'abc')"), ask("BEGIN; SELECT lo_open(4711, 393216)"),
        (call(LOREAD, [int4(0), int4(2)]), b"Z"), ask("SELECT loread(0, 2)"), ask("COMMIT"),
        (call(LO_UNLINK, [int4(4711)]), b"Z"), (call(LO_UNLINK, [int4(4711)]), b"Z")],
}

COPIES = {
    "in": [ask(COPY_IN, b"G"), (ROW + COPY_DONE, b"Z"), SEE, CLEAR],
    "in, in single bytes": [
        ask(COPY_IN, b"G"), *[(bytes([byte]), b"") for byte in ROW], (COPY_DONE, b"Z"), SEE, CLEAR],
    "in, failed by the client": [ask(COPY_IN, b"G"), (ROW + copy_fail("no more"), b"Z"), SEE],
    "in, failed by the client in a block": [
        ask("BEGIN"), ask(COPY_IN, b"G"), (copy_fail("x"), b"Z"), ask("COMMIT")],
    "in, failed by the server, told before the end of the data": [
        ask(COPY_IN, b"G"), (BAD_ROW, b"Z"), (ROW + COPY_DONE + query("SELECT 1"), b"Z")],
    "in, failed by the server in a block": [
        ask("BEGIN"), ask(COPY_IN, b"G"), (BAD_ROW + ROW, b"Z"), ask("SELECT 1"), ask("ROLLBACK")],
    "in, with Flush and Sync between": [
        ask(COPY_IN, b"G"), (ROW + FLUSH + SYNC + copy_data(b"c\td\n") + COPY_DONE, b"Z"), SEE,
        CLEAR],
    "in, rows across messages": [
        ask(COPY_IN, b"G"), (copy_data(b"a") + copy_data(b"\tb\nc\t") + copy_data(b"d\n"), b""),
        (copy_data(b"") + COPY_DONE, b"Z"), SEE, CLEAR],
    "between other statements": [
        ask("SELECT 1; COPY settings FROM STDIN; SELECT 2; COPY settings TO STDOUT", b"G"),
        (ROW + COPY_DONE, b"Z"), CLEAR],
    "that fails undoes the statements before it": [
        ask("INSERT INTO settings VALUES ('q', 'q'); COPY settings FROM STDIN; SELECT 2", b"G"),
        (copy_fail("why"), b"Z"), SEE],
    "twice in one message": [
        ask("COPY settings FROM STDIN; COPY settings FROM STDIN", b"G"), (ROW + COPY_DONE, b"G"),
        (copy_data(b"b\tb\n") + COPY_DONE, b"Z"), SEE, CLEAR],
    "a Query inside loses the connection": [
        ask(COPY_IN, b"G"), (ROW + query("SELECT 1"), END)],
    "a Parse inside loses the connection": [
        ask(COPY_IN, b"G"), (ROW + parse("", "SELECT 1") + SYNC, END)],
    "Terminate inside": [ask(COPY_IN, b"G"), (ROW + TERMINATE, END)],
    "a Query inside, extended": [OPEN_COPY, (ROW + query("SELECT 1"), END)],
    "out": [ask("COPY settings TO STDOUT"), ask("COPY (SELECT 1, 2) TO STDOUT (FORMAT csv)")],
    "out, binary": [ask("COPY (SELECT 1, 'x'::text) TO STDOUT (FORMAT binary)")],
    "out, fails after some rows": [
        ask("COPY (SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n) TO STDOUT")],
    "out, extended": [
        (parse("", "COPY settings TO STDOUT") + describe("S", "") + bind("", "", [], 0) +
         describe("P", "") + execute("", 0) + SYNC, b"Z")],
    "in, extended": [OPEN_COPY, (ROW + COPY_DONE + SYNC, b"Z"), CLEAR],
    "in, extended, answered before Sync": [OPEN_COPY, (ROW + COPY_DONE + FLUSH, b"C"),
                                           (SYNC, b"Z"), CLEAR],
    # The Sync before the data is one that COPY ignores.
    "in, extended, Sync before the data": [
        (run(COPY_IN) + SYNC, b"G"), (ROW + COPY_DONE + SYNC, b"Z"), CLEAR],
    "in, extended, all at once": [(run(COPY_IN) + ROW + COPY_DONE + SYNC, b"Z"), SEE, CLEAR],
    "in, extended, failed by the client": [
        OPEN_COPY, (copy_fail("no") + parse("", "SELECT 1") + SYNC, b"Z"), SEE],
    "in, extended, failed by the server": [
        OPEN_COPY, (BAD_ROW, b"E"), (ROW + COPY_DONE + SYNC, b"Z"), ask("SELECT 1")],
    "in, extended, and more behind it": [
        OPEN_COPY, (ROW + COPY_DONE + run("SELECT 1") + SYNC, b"Z"), CLEAR],
    "in, extended, twice": [
        (run(COPY_IN) + ROW + COPY_DONE + run(COPY_IN) + copy_data(b"c\td\n") + COPY_DONE + SYNC,
         b"Z"), SEE, CLEAR],
    "in, extended, a bad one voids what follows": [
        (run(COPY_IN) + BAD_ROW + COPY_DONE + run("SELECT 1") + SYNC, b"Z"), SEE],
    "that was refused is not waited for": [
        (run("COPY nowhere FROM STDIN") + ROW + COPY_DONE + SYNC, b"Z"), ask("SELECT 1")],
    "data without a COPY": [(ROW + COPY_DONE + copy_fail("y") + query("SELECT 1"), b"Z")],
}

PORTALS = {
    "suspended in one pipeline": [
        (FIVE + bind("p", "five", [], 0) + 3 * execute("p", 2) + execute("p", 1) + SYNC, b"Z")],
    "suspended over a Flush": [
        (FIVE + bind("p", "five", [], 0) + execute("p", 2) + FLUSH, b"s"),
        (execute("p", 0) + SYNC, b"Z"), (execute("p", 1) + SYNC, b"Z")],
    "suspended over a Sync, in a block": [
        ask("BEGIN"), (FIVE + bind("p", "five", [], 0) + execute("p", 2) + SYNC, b"Z"),
        (execute("p", 2) + SYNC, b"Z"), (close("P", "p") + execute("p", 2) + SYNC, b"Z"),
        ask("ROLLBACK")],
    "the unnamed one ends with a Query": [
        ask("BEGIN"), (FIVE + bind("", "five", [], 0) + execute("", 2) + SYNC, b"Z"),
        ask("SELECT 7"), (execute("", 2) + SYNC, b"Z"), ask("ROLLBACK")],
    "a negative limit is none": [
        (FIVE + bind("p", "five", [], 0) + execute("p", -1) + SYNC, b"Z")],
    "an INSERT executed twice": [
        (parse("", "INSERT INTO settings VALUES ('z', 'z') RETURNING key") +
         bind("", "", [], 0) + 2 * execute("", 0) + SYNC, b"Z"), CLEAR],
    "bound twice": [(FIVE + 2 * bind("p", "five", [], 0) + SYNC, b"Z")],
    "outlives its statement's Close": [
        (FIVE + bind("p", "five", [], 0) + close("S", "five") + execute("p", 0) + SYNC, b"Z")],
    "of a cursor": [
        ask("BEGIN; DECLARE c CURSOR FOR SELECT n FROM generate_series(1, 9) AS n"),
        ask("FETCH 2 FROM c"), ask("MOVE 2 IN c"), ask("FETCH ALL c"),
        (describe("P", "c") + execute("c", 1) + SYNC, b"Z"), ask("CLOSE c"), ask("FETCH c"),
        ask("ROLLBACK")],
    "WITH HOLD": [
        ask("DECLARE c CURSOR WITH HOLD FOR SELECT n FROM generate_series(1, 9) AS n"),
        ask("FETCH 2 FROM c"), ask("CLOSE ALL")],
    "SCROLL": [
        ask("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT n FROM generate_series(1, 9) AS n"),
        ask("FETCH LAST c; FETCH PRIOR c; MOVE ABSOLUTE 0 c; FETCH BACKWARD 1 c"), ask("COMMIT")],
}

STATEMENTS = {
    "described in all orders": [
        (parse("a", "SELECT $1::int AS x") + describe("S", "a") + bind("p", "a", [b"1"], 1) +
         describe("S", "a") + describe("P", "p") + execute("p", 0) + describe("P", "p") +
         close("S", "a") + describe("P", "p") + SYNC, b"Z")],
    "described, but unknown": [(describe(kind, name) + SYNC, b"Z")
                               for kind in "SP" for name in ("", "nothing")],
    "closed, but unknown": [
        (close("S", "zz") + close("P", "zz") + close("S", "") + close("P", "") + SYNC, b"Z")],
    "neither statement nor portal": [
        (message(b"D", b"Xfoo\0") + SYNC, b"Z"), (message(b"C", b"Xfoo\0") + SYNC, b"Z")],
    "closed, then bound": [
        (parse("a", "SELECT 1") + close("S", "a") + bind("", "a", [], 0) + SYNC, b"Z")],
    "parsed under a name that is taken": [
        (parse("a", "SELECT 1") + SYNC, b"Z"), (parse("a", "SELECT 2") + SYNC, b"Z"),
        (parse("", "SELECT 2") + run("SELECT 3") + SYNC, b"Z")],
    "answered one by one by Flush": [
        (parse("", "SELECT 1") + FLUSH, b"1"), (bind("", "", [], 0) + FLUSH, b"2"),
        (describe("P", "") + FLUSH, b"T"), (execute("", 0) + FLUSH, b"C"), (SYNC, b"Z")],
    "empty": [
        ask(""), ask(";"), ask(";; -- nothing"),
        (parse("", "") + describe("S", "") + bind("", "", [], 0) + describe("P", "") +
         execute("", 0) + SYNC, b"Z")],
    "of a driver's batch": [
        (parse("ins", "INSERT INTO settings VALUES ($1, $2)") + describe("S", "ins") +
         b"".join(bind("", "ins", [b"k%d" % n, None], 0) + execute("", 0) for n in range(40)) +
         SYNC, b"Z"), SEE, CLEAR],
    "result formats of each column": [
        (parse("a", "SELECT $1::int, $2::int") +
         message(b"B", b"\0a\0" + struct.pack("!hhhh", 2, 0, 1, 2) + int4(1) + b"1" + int4(4) +
                 int4(2) + struct.pack("!hhh", 2, 1, 0)) + describe("P", "") + execute("", 0) +
         SYNC, b"Z")],
    "too many result formats": [
        (parse("a", "SELECT $1::int, $2::int") +
         message(b"B", b"\0a\0" + struct.pack("!hh", 0, 2) + int4(1) + b"1" + int4(1) + b"2" +
                 struct.pack("!hhhh", 3, 1, 0, 0)) + execute("", 0) + SYNC, b"Z")],
}

ERRORS = {
    "a Query is ignored up to Sync": [
        (parse("", "SELEC") + query("SELECT 1") + SYNC, b"Z"), ask("SELECT 2")],
    "a Query after an error that Flush has shown": [
        (parse("", "SELEC") + FLUSH, b"E"), (query("SELECT 1"), b""), (SYNC, b"Z")],
    "a Query behind a pipeline without Sync": [
        (run("SELECT 1") + query("SELECT 2"), b"Z"), (SYNC, b"Z")],
    "a Query ends the portals before it": [
        (parse("a", "SELECT 1") + bind("p", "a", [], 0) + query("SELECT 2") + execute("p", 0) +
         SYNC, b"ZZ")],
    "in Parse": [(run("SELEC 1") + SYNC, b"Z"), ask("SELECT 1")],
    "in Bind": [
        (parse("a", "SELECT $1::int") + bind("", "a", [b"x"], 0) + execute("", 0) + SYNC, b"Z"),
        (bind("", "a", [], 0) + execute("", 0) + SYNC, b"Z"),
        (bind("", "nope", [], 0) + SYNC, b"Z")],
    "in Execute": [(execute("nope", 0) + SYNC, b"Z"), (run("SELECT 1 / 0") + SYNC, b"Z")],
    "are told before Sync": [(run("SELECT 1 / 0") + FLUSH, b"E"), (SYNC, b"Z")],
    "undo what the pipeline wrote": [
        (run("INSERT INTO settings VALUES ('f', 'f')") + FLUSH, b"C"),
        (run("SELECT 1 / 0") + FLUSH, b"E"), (SYNC, b"Z"), SEE],
    "a Query takes over the pipeline's transaction": [
        (run("INSERT INTO settings VALUES ('f', 'f')") + query("SELECT 2") + SYNC, b"ZZ"), SEE,
        CLEAR],
    "Syncs": [(3 * SYNC, b"ZZZ")],
    "Sync with a body": [(message(b"S", b"xx"), b"Z"), ask("SELECT 1")],
    "Flush with a body": [(message(b"H", b"xx") + SYNC, b"Z"), ask("SELECT 1")],
    "a Query without its zero byte": [(message(b"Q", b"SELECT 1"), b"Z"), ask("SELECT 1")],
    "a Query of two texts": [(message(b"Q", b"SELECT 1\0 SELECT 2\0"), b"Z")],
    "malformed Parse": [
        (message(b"P", body) + SYNC, b"Z")
        for body in (b"", b"a\0b\0", b"a\0SELECT 1\0\0\5", b"a\0SELECT 1\0\0\0extra")],
    "malformed Bind": [
        (parse("a", "SELECT $1::int") + SYNC, b"Z"),
        (message(b"B", b"\0a\0\0\2\0\0\0\0\0\1\0\0\0\0011\0\0") + SYNC, b"Z"),
        (message(b"B", b"\0a\0\0\1\0\5\0\1\0\0\0\0011\0\0") + SYNC, b"Z"),
        (message(b"B", b"\0a\0\0\0\0\1\0\0\0\0011\0\1\0\7") + SYNC, b"Z")],
    "malformed Execute": [
        (message(b"E", b"\0\0\0") + SYNC, b"Z"), (message(b"E", b"x") + SYNC, b"Z")],
    "an unknown message": [(message(b"!", b"x"), END)],
    "a password out of place": [(message(b"p", b"x\0"), END)],
    "Terminate and garbage": [(TERMINATE + 100 * b"garbage", END)],
}

# PostgreSQL says nothing of these, it hangs up; so little is told here too, or why.
BAD_LENGTHS = {
    "too short": b"Q\0\0\0\3",
    "too long for a Sync": b"S" + int4(20_000) + bytes(20_000),
    "too long for a Close": b"C" + int4(20_000) + bytes(20_000),
    "too long for a Terminate": b"X" + int4(20_000),
    "more than a gigabyte": b"Q" + int4(0x7FFFFFFF) + bytes(100),
    "one byte more than PostgreSQL takes": b"P" + int4(0x3FFFFFFF) + bytes(100),
}

MESSAGES_OF_THE_SERVER = {
    "notices": [
        ask("SELECT complain(1)"), (run("SELECT complain(2)") + SYNC, b"Z"),
        ask("DO $$ BEGIN RAISE WARNING 'w' USING HINT = 'h', DETAIL = 'd', ERRCODE = '01234'; "
            "END $$")],
    "changed parameters": [
        ask("SET TimeZone = 'Asia/Tokyo'"), ask("SET application_name = 'x'"),
        ask("BEGIN"), ask("SET TimeZone = 'UTC'"), ask("COMMIT"), ask("SET DateStyle = 'german'"),
        ask("SET standard_conforming_strings = off"), ask("SELECT 'a\\\\b'")],
    "a parameter changed by a function": [
        ask("SELECT set_config('TimeZone', 'Asia/Tokyo', false)"), ask("SHOW TimeZone")],
    "a parameter changed in a pipeline": [
        (run("SET TimeZone = 'Asia/Tokyo'") + SYNC, b"Z"), ask("SHOW TimeZone")],
    "in pipelines of named statements": [
        ask("LISTEN ch"), (parse("n", "NOTIFY ch, 'x'") + parse("s", "SELECT 1") + SYNC, b"Z"),
        (bind("", "s", [], 0) + execute("", 0) + bind("", "n", [], 0) + execute("", 0) + SYNC, b"Z"),
        (parse("z", "SELECT set_config('TimeZone', $1, false)") + SYNC, b"Z"),
        (bind("", "z", [b"Asia/Tokyo"], 0) + execute("", 0) + parse("t", "SELECT 2") + SYNC, b"Z")],
    "notifications of one's own": [
        ask("LISTEN ch"), ask("NOTIFY ch, 'x'"), (run("NOTIFY ch, 'y'") + SYNC, b"Z"),
        ask("UNLISTEN *"), ask("NOTIFY ch")],
    "statement_timeout": [
        ask("SET statement_timeout = 400"), ask("SELECT pg_sleep(5)"),
        (run("SELECT pg_sleep(5)") + SYNC, b"Z"), ask("RESET statement_timeout; SELECT 1")],
}

SESSION_STATE = {
    "implicit transactions": [
        ask("INSERT INTO settings VALUES ('i', 'i'); SELECT 1 / 0"), SEE,
        ask("BEGIN; INSERT INTO settings VALUES ('i', 'i'); COMMIT; SELECT 1 / 0"), CLEAR,
        ask("SELECT 1; BEGIN; SELECT 2"), ask("COMMIT"), ask("COMMIT"), ask("ROLLBACK"),
        ask("BEGIN; BEGIN"), ask("ROLLBACK")],
    "advisory locks": [
        ask("SELECT pg_advisory_lock(1)"), ask("SELECT pg_advisory_unlock(1)"),
        ask("SELECT pg_advisory_unlock(1)")],
    "temporary tables": [
        ask("CREATE TEMP TABLE scrap (a int)"), ask("INSERT INTO scrap VALUES (1) RETURNING a"),
        ask("SELECT a FROM scrap"), ask("DROP TABLE scrap")],
    "a temporary table made in a pipeline": [
        (run("CREATE TEMP TABLE scrap (a int)") + run("INSERT INTO scrap VALUES (1)") + SYNC, b"Z"),
        ask("SELECT a FROM scrap")],
    "PREPARE and EXECUTE": [
        ask("PREPARE p AS SELECT $1::int + 1"), ask("EXECUTE p(1)"), ask("PREPARE p AS SELECT 1"),
        ask("DEALLOCATE p"), ask("EXECUTE p(1)"), ask("DEALLOCATE p"), ask("DEALLOCATE ALL")],
    "DEALLOCATE of a statement of the protocol": [
        (parse("Mine", "SELECT 1") + SYNC, b"Z"), ask('DEALLOCATE "Mine"'),
        (bind("", "Mine", [], 0) + SYNC, b"Z"), ask('DEALLOCATE PREPARE "Mine"'),
        (parse("Mine", "SELECT 2") + run('DEALLOCATE "Mine"') + bind("", "Mine", [], 0) + SYNC,
         b"Z")],
}

# Of PREPARE and Parse. Only where one server has everything: elsewhere the two do not meet.
MINE = (parse("Mine", "SELECT $1::int + 1 AS next") + SYNC, b"Z")
BY_SQL = ask('PREPARE "Theirs" (int, text) AS SELECT $1 AS a, $2 AS b')
BIND_THEIRS = bind("", "Theirs", [b"7", b"x"], 0)


def bound(name, values=(b"1",)):
    return bind("", name, list(values), 0) + describe("P", "") + execute("", 0)


ONE_NAMESPACE = {
    "EXECUTE of what Parse has made": [
        MINE, ask('EXECUTE "Mine"(41)'), ask('EXECUTE "Mine"(1)'), (bound("Mine") + SYNC, b"Z"),
        ask('EXPLAIN (COSTS off) EXECUTE "Mine"(1)'), ask('EXECUTE "Mine"'),
        ask('EXECUTE "Mine"(1, 2)')],
    "CREATE TABLE AS EXECUTE": [
        MINE, ask('CREATE TEMP TABLE made AS EXECUTE "Mine"(4)'), ask("SELECT next FROM made")],
    "EXECUTE in the extended protocol": [
        MINE, (run('EXECUTE "Mine"(41)') + SYNC, b"Z"),
        (parse("e", 'EXECUTE "Mine"(5)') + describe("S", "e") + bound("e", ()) + bound("e", ()) +
         SYNC, b"Z"),
        (parse("x", 'EXPLAIN (COSTS off) EXECUTE "Mine"(5)') + bound("x", ()) + SYNC, b"Z")],
    "EXECUTE in the pipeline of its Parse": [
        (parse("Mine", "SELECT $1::int * 2") + run('EXECUTE "Mine"(4)') + bound("Mine") +
         describe("S", "Mine") + SYNC, b"Z"), ask('EXECUTE "Mine"(5)')],
    "Bind of what PREPARE has made": [
        BY_SQL, (describe("S", "Theirs") + BIND_THEIRS + describe("P", "") + execute("", 0) + SYNC,
                 b"Z"),
        (bind("p", "Theirs", [b"7", b"x"], 1) + execute("p", 1) + execute("p", 1) + SYNC, b"Z"),
        (bound("Theirs") + SYNC, b"Z"), (bound("Theirs", [b"x", b"x"]) + SYNC, b"Z"),
        (BIND_THEIRS + execute("", 0) + FLUSH, b"C"), (SYNC, b"Z")],
    "a portal of what PREPARE has made, row by row": [
        ask("PREPARE rows AS SELECT n FROM generate_series(1, 5) AS n"), ask("BEGIN"),
        (bind("p", "rows", [], 0) + execute("p", 2) + SYNC, b"Z"), (execute("p", 2) + SYNC, b"Z"),
        (close("P", "p") + execute("p", 1) + SYNC, b"Z"), ask("ROLLBACK")],
    "a write that PREPARE has made": [
        ask("PREPARE w AS INSERT INTO settings VALUES ($1, $2)"),
        (bound("w", [b"k", b"v"]) + bound("w", [b"l", None]) + SYNC, b"Z"), SEE, CLEAR],
    "what nobody has made": [
        BY_SQL, (bound("nothing") + SYNC, b"Z"), (describe("S", "nothing") + SYNC, b"Z"),
        (bound("") + SYNC, b"Z"), (close("S", "nothing") + SYNC, b"Z"), ask("EXECUTE nothing"),
        ask("DEALLOCATE nothing")],
    "a name that Parse has taken": [
        MINE, ask('PREPARE "Mine" AS SELECT 1'), ask('PREPARE "Mine" AS SELECT nothing'),
        (run('PREPARE "Mine" AS SELECT 1') + SYNC, b"Z"), ask('EXECUTE "Mine"(1)'),
        (bound("Mine") + SYNC, b"Z"), MINE],
    "a name that PREPARE has taken": [
        BY_SQL, (parse("Theirs", "SELECT 1") + SYNC, b"Z"),
        (parse("Theirs", "SELECT nothing") + SYNC, b"Z"),
        (parse("Theirs", "SELECT 1") + bound("Theirs", ()) + SYNC, b"Z"),
        ask('EXECUTE "Theirs"(1, 2)'), (bound("Theirs", [b"1", b"2"]) + SYNC, b"Z")],
    "DEALLOCATE of what Parse has made, where the connection is kept": [
        MINE, ask("LISTEN news"), ask('DEALLOCATE "Mine"'), (bound("Mine") + SYNC, b"Z"),
        ask('DEALLOCATE "Mine"'), MINE, (bound("Mine") + SYNC, b"Z"),
        (run('DEALLOCATE "Mine"') + SYNC, b"Z"), (bound("Mine") + SYNC, b"Z"),
        ask('PREPARE "Mine" AS SELECT 5'), (bound("Mine", ()) + SYNC, b"Z")],
    "DEALLOCATE after EXECUTE": [
        MINE, ask('EXECUTE "Mine"(1)'), ask('DEALLOCATE PREPARE "Mine"'), ask('EXECUTE "Mine"(1)'),
        (bound("Mine") + SYNC, b"Z"), MINE, ask('EXECUTE "Mine"(2)')],
    "DEALLOCATE among others": [
        MINE, ask('SELECT 1; DEALLOCATE "Mine"; SELECT 2'), (bound("Mine") + SYNC, b"Z"),
        ask('SELECT 1; DEALLOCATE "Mine"; SELECT 2')],
    "DEALLOCATE of what PREPARE has made": [
        BY_SQL, (run('DEALLOCATE "Theirs"') + SYNC, b"Z"), (BIND_THEIRS + SYNC, b"Z"),
        (parse("Theirs", "SELECT 3") + bound("Theirs", ()) + SYNC, b"Z")],
    "Close of what PREPARE has made": [
        BY_SQL, (close("S", "Theirs") + SYNC, b"Z"), ask('EXECUTE "Theirs"(1, 2)'), BY_SQL],
    "Close of what EXECUTE has named": [
        MINE, ask('EXECUTE "Mine"(1)'), (close("S", "Mine") + SYNC, b"Z"), ask('EXECUTE "Mine"(1)'),
        (parse("Mine", "SELECT 2") + bound("Mine", ()) + SYNC, b"Z")],
    "DEALLOCATE ALL": [
        MINE, BY_SQL, ask('EXECUTE "Mine"(1)'), ask("DEALLOCATE ALL"), ask('EXECUTE "Mine"(1)'),
        (bound("Mine") + SYNC, b"Z"), (BIND_THEIRS + SYNC, b"Z"), MINE, BY_SQL],
    "DISCARD ALL": [
        MINE, BY_SQL, ask('EXECUTE "Mine"(1)'), ask("DISCARD ALL"), ask('EXECUTE "Mine"(1)'),
        (bound("Mine") + SYNC, b"Z"), (BIND_THEIRS + SYNC, b"Z"), MINE, BY_SQL],
    "after a rollback both are there": [
        ask("BEGIN"), MINE, BY_SQL, ask("SELECT 1 / 0"), ask('EXECUTE "Mine"(1)'),
        (bound("Mine") + SYNC, b"Z"), (BIND_THEIRS + SYNC, b"Z"), ask('DEALLOCATE "Mine"'),
        ask("ROLLBACK"), ask('EXECUTE "Mine"(1)'), (bound("Mine") + SYNC, b"Z"),
        (BIND_THEIRS + execute("", 0) + SYNC, b"Z")],
    "named first in a block that has failed": [
        MINE, ask("BEGIN"), ask("LISTEN news"), ask("SELECT 1 / 0"), ask('EXECUTE "Mine"(1)'),
        (run('EXECUTE "Mine"(1)') + SYNC, b"Z"), ask("ROLLBACK"), ask('EXECUTE "Mine"(1)'),
        (run('EXECUTE "Mine"(2)') + bound("Mine") + SYNC, b"Z")],
    "an error before EXECUTE in its pipeline": [
        MINE, (run("SELECT 1 / 0") + run('EXECUTE "Mine"(1)') + SYNC, b"Z"),
        (run('EXECUTE "Mine"(1)') + SYNC, b"Z"), (bound("Mine") + SYNC, b"Z")],
    "an error before DEALLOCATE in its pipeline": [
        MINE, ask("LISTEN news"), (run("SELECT 1 / 0") + run('DEALLOCATE "Mine"') + SYNC, b"Z"),
        (bound("Mine") + SYNC, b"Z"), ask('EXECUTE "Mine"(3)'),
        (run('DEALLOCATE "Mine"') + run("SELECT 1 / 0") + SYNC, b"Z"), (bound("Mine") + SYNC, b"Z"),
        MINE, (bound("Mine") + SYNC, b"Z")],
    "a Parse that fails takes no name": [
        ask("LISTEN news"), (parse("bad", "SELECT nothing") + SYNC, b"Z"), ask("EXECUTE bad"),
        ask("PREPARE bad AS SELECT 1"), (bound("bad", ()) + SYNC, b"Z")],
    "what was prepared under other settings": [
        ask("SET TimeZone = 'Asia/Tokyo'"),
        (parse("at", "SELECT timestamptz '2024-07-01 12:00'") + SYNC, b"Z"),
        ask("SET TimeZone = 'UTC'"), ask("EXECUTE at"), (bound("at", ()) + SYNC, b"Z")],
    "whose table has changed": [
        ask("CREATE TEMP TABLE grows (a int)"), ask("INSERT INTO grows VALUES (1)"),
        (parse("all", "SELECT * FROM grows") + bound("all", ()) + SYNC, b"Z"),
        ask("PREPARE every AS SELECT * FROM grows"), ask('EXECUTE "all"'),
        ask("ALTER TABLE grows ADD b int DEFAULT 2"), (bound("all", ()) + SYNC, b"Z"),
        (bound("every", ()) + SYNC, b"Z"), ask('EXECUTE "all"')],
    "a session that has left nothing else goes on": [
        MINE, ask('EXECUTE "Mine"(1)'), ask("DISCARD ALL"), MINE, (bound("Mine") + SYNC, b"Z"),
        ask("BEGIN"), (bound("Mine") + SYNC, b"Z"), ask("COMMIT")],
}

# Errors that the proxy finds before a server does fail the client's block all the same.
NO_STATEMENT = (bind("", "nope", [], 0) + SYNC, b"Z")
ONE_PARAMETER = (bind("", "one", [], 0) + SYNC, b"Z")
WRITE, COUNT = ask("INSERT INTO settings VALUES ('z', 'z')"), ask("SELECT count(*) FROM settings")
KEEP = ask("LISTEN news")

FAILED_BLOCKS = {
    "and one statement": [ask("BEGIN"), WRITE, NO_STATEMENT, ask("SELECT 7"), ask("COMMIT"), COUNT],
    "and several": [
        ask("BEGIN"), WRITE, NO_STATEMENT, ask("SELECT 7; SELECT 8"), ask("COMMIT"), COUNT],
    "and COMMIT among several": [
        ask("BEGIN"), WRITE, NO_STATEMENT, ask("COMMIT; SELECT 8"), COUNT],
    "and ROLLBACK among several": [
        ask("BEGIN"), WRITE, NO_STATEMENT, ask("ROLLBACK; SELECT 8"), COUNT],
    "before anything was done": [
        ask("BEGIN"), NO_STATEMENT, ask("SELECT 7; SELECT 8"), ask("COMMIT; SELECT 1"), COUNT],
    "before the connection is kept": [
        ask("BEGIN"), NO_STATEMENT, KEEP, (run("LISTEN more") + SYNC, b"Z"), ask("ROLLBACK"), COUNT],
    "on a connection that is kept": [
        KEEP, ask("BEGIN"), WRITE, ONE_PARAMETER, ask("SELECT 7"), ask("COMMIT"), COUNT],
    "on one that is kept, and COMMIT": [KEEP, ask("BEGIN"), WRITE, NO_STATEMENT, ask("COMMIT"), COUNT],
    "by too few parameters": [
        KEEP, (parse("one", "SELECT $1::int") + SYNC, b"Z"), ask("BEGIN"), WRITE, ONE_PARAMETER,
        (run("SELECT 7") + SYNC, b"Z"), ask("COMMIT"), COUNT],
    "by half a message": [
        KEEP, ask("BEGIN"), WRITE, (message(b"B", b"x") + SYNC, b"Z"), (run("SELECT 7") + SYNC, b"Z"),
        ask("SELECT 1; SELECT 2"), ask("COMMIT; SELECT 1"), COUNT],
    "back to a savepoint": [
        KEEP, ask("BEGIN"), WRITE, ask("SAVEPOINT s"), ONE_PARAMETER, ask("SELECT 1"),
        ask("ROLLBACK TO s"), ask("SELECT 1"), ask("COMMIT"), COUNT, CLEAR],
    "begun in the same pipeline": [
        KEEP, (run("BEGIN") + run("INSERT INTO settings VALUES ('y', 'y')") + message(b"B", b"x") +
               SYNC, b"Z"), COUNT, ask("COMMIT"), COUNT],
    "no block at all": [
        KEEP, (run("INSERT INTO settings VALUES ('y', 'y')") + message(b"B", b"x") + SYNC, b"Z"),
        COUNT],
}
