"""Statements that no script has: each keyword in each place for a name, and scripts' statements with
a token left out, doubled, or changed for another."""

import random
import re

TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$[0-9]+|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|::|:=|=>|[-+*/<>=~!@#%^&|`?]+|[^\s]""")

PLACES = (
    "SELECT {0} FROM t", "SELECT {0}", "SELECT t.{0} FROM t", "SELECT {0}.a FROM {0}", "SELECT a {0} FROM t",
    "SELECT a AS {0} FROM t", "SELECT 1 {0}", "SELECT {0}(1)", "SELECT {0}(1, 2)", "SELECT {0}()",
    "SELECT s.{0}(1)", "SELECT {0} '1'", "SELECT a::{0} FROM t", "SELECT CAST(a AS {0}) FROM t",
    "SELECT a::s.{0} FROM t", "SELECT * FROM {0}", "SELECT * FROM s.{0}", "SELECT * FROM {0}(1)",
    "SELECT * FROM t {0}", "SELECT * FROM t AS {0}", "SELECT * FROM t AS x ({0})",
    "SELECT * FROM t JOIN u USING ({0})", "SELECT f({0} => 1)", "SELECT f({0} := 1)",
    "SELECT count(*) OVER {0} FROM t WINDOW {0} AS (ORDER BY a)", "SELECT a COLLATE {0} FROM t",
    "WITH {0} AS (SELECT 1) SELECT * FROM {0}", "INSERT INTO {0} VALUES (1)", "INSERT INTO t ({0}) VALUES (1)",
    "INSERT INTO t AS {0} VALUES (1)", "UPDATE {0} SET a = 1", "UPDATE t SET {0} = 1", "DELETE FROM {0}",
    "DELETE FROM t {0}", "CREATE TABLE {0} (a int)", "CREATE TABLE t ({0} int)", "CREATE TABLE t (a {0})",
    "CREATE TABLE t (a int CONSTRAINT {0} NOT NULL)", "ALTER TABLE t RENAME TO {0}", "ALTER TABLE t ADD {0} int",
    "ALTER TABLE t DROP {0}", "ALTER TABLE t ALTER {0} SET NOT NULL", "CREATE INDEX {0} ON t (a)", "CREATE INDEX ON t ({0})",
    "CREATE INDEX ON t USING {0} (a)", "CREATE FUNCTION {0}(a int) RETURNS int LANGUAGE sql AS 'select 1'",
    "CREATE FUNCTION f({0} int) RETURNS int LANGUAGE sql AS 'select 1'", "CREATE FUNCTION f({0}) RETURNS {0} LANGUAGE sql AS 'x'",
    "CREATE FUNCTION f(a int) RETURNS int LANGUAGE {0} AS 'x'", "DROP FUNCTION {0}(int)", "DROP FUNCTION {0}", "CREATE VIEW {0} AS SELECT 1",
    "CREATE TYPE {0} AS (a int)", "DROP TYPE {0}", "CREATE ROLE {0}", "ALTER TABLE t OWNER TO {0}", "GRANT {0} ON t TO u",
    "GRANT SELECT ON {0} TO u", "GRANT SELECT ON t TO {0}", "GRANT {0} TO u", "SET {0} = 1", "SET a.{0} = 1", "SET x = {0}", "SHOW {0}",
    "RESET {0}", "PREPARE {0} AS SELECT 1", "EXECUTE {0}", "DECLARE {0} CURSOR FOR SELECT 1", "FETCH {0}", "FETCH {0} FROM c",
    "CLOSE {0}", "LISTEN {0}", "SAVEPOINT {0}", "COMMENT ON COLUMN t.{0} IS 'x'", "CREATE SCHEMA {0}", "EXPLAIN ({0}) SELECT 1",
    "EXPLAIN (a {0}) SELECT 1", "COPY t ({0}) FROM stdin", "COPY t FROM stdin WITH ({0} 1)", "CREATE TABLE t (a int) WITH ({0} = 1)",
    "CREATE EXTENSION {0}", "VACUUM ({0}) t", "CREATE TRIGGER {0} BEFORE INSERT ON t EXECUTE FUNCTION f()", "CREATE DATABASE {0}",
    "CREATE DOMAIN {0} AS int", "CALL {0}(1)", "MERGE INTO {0} USING u ON true WHEN MATCHED THEN DELETE", "{0}", "{0} t", "CREATE {0} x", "DROP {0} x",
    "ALTER {0} x RENAME TO y", "SELECT * FROM t WHERE a {0} b", "SELECT * FROM t WHERE {0} a", "SELECT a FROM t {0} BY b", "SELECT EXTRACT({0} FROM a)",
    "SELECT INTERVAL '1' {0}", "SELECT * FROM t ORDER BY a {0}", "SELECT * FROM t a {0} JOIN u b ON true",
)


def of_keywords(keywords):
    for word in keywords:
        for place in PLACES:
            yield place.format(word)


def of_statements(statements, count, seed):
    """`count` changed ones."""
    chance = random.Random(seed)
    pool = [s for s in statements if len(s) < 400 and "$$" not in s and "--" not in s]
    words = sorted({t for s in pool for t in TOKEN.findall(s)})
    for _ in range(count):
        tokens = TOKEN.findall(chance.choice(pool).rstrip(";"))
        if len(tokens) < 2:
            continue
        place = chance.randrange(len(tokens))
        change = chance.randrange(4)
        if change == 0:
            del tokens[place]
        elif change == 1:
            tokens.insert(place, tokens[place])
        elif change == 2:
            tokens[place] = chance.choice(tokens)
        else:
            tokens[place] = chance.choice(words)
        yield " ".join(tokens)
