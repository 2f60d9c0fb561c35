-- CREATE, ALTER, DROP, TRUNCATE and indexes on sharded, broadcast and single tables.

CREATE TABLE made_sharded (id bigint PRIMARY KEY, label text NOT NULL, whole int CHECK (whole > 0) DEFAULT 5)

CREATE TABLE made_sharded (id bigint PRIMARY KEY)

CREATE TABLE IF NOT EXISTS made_sharded (id bigint PRIMARY KEY)

INSERT INTO made_sharded (id, label) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')

SELECT * FROM made_sharded

INSERT INTO made_sharded VALUES (6, 'f', 0)

INSERT INTO made_sharded VALUES (7, NULL, 1)

INSERT INTO made_sharded VALUES (1, 'a', 1)

ALTER TABLE made_sharded ADD COLUMN extra numeric(8,2) DEFAULT 1.5

SELECT * FROM made_sharded

SELECT sum(extra), count(*) FROM made_sharded

ALTER TABLE made_sharded RENAME COLUMN extra TO more

SELECT more FROM made_sharded WHERE id = 3

SELECT extra FROM made_sharded WHERE id = 3

ALTER TABLE made_sharded ALTER COLUMN label DROP NOT NULL, ALTER COLUMN whole SET DEFAULT 9

INSERT INTO made_sharded (id) VALUES (8) RETURNING *

ALTER TABLE made_sharded ALTER COLUMN whole TYPE bigint

SELECT id, whole FROM made_sharded WHERE id IN (1, 8)

ALTER TABLE made_sharded DROP COLUMN more

SELECT * FROM made_sharded WHERE id = 1

CREATE INDEX made_sharded_label ON made_sharded (label)

CREATE INDEX IF NOT EXISTS made_sharded_label ON made_sharded (label)

CREATE UNIQUE INDEX made_sharded_both ON made_sharded (id, label)

-- @refused
CREATE UNIQUE INDEX made_sharded_unique ON made_sharded (label)

DROP INDEX made_sharded_label

DROP INDEX made_sharded_label

DROP INDEX IF EXISTS made_sharded_label

TRUNCATE made_sharded

SELECT count(*) FROM made_sharded

TRUNCATE TABLE made_sharded RESTART IDENTITY CASCADE

ALTER TABLE made_sharded ADD CONSTRAINT positive CHECK (id > 0)

INSERT INTO made_sharded (id, label) VALUES (-1, 'x')

ALTER TABLE made_sharded DROP CONSTRAINT positive

-- @refused
COMMENT ON TABLE made_sharded IS 'made by a test'

DROP TABLE made_sharded

DROP TABLE made_sharded

DROP TABLE IF EXISTS made_sharded

SELECT * FROM made_sharded

-- DDL in a transaction.
BEGIN

CREATE TABLE made_sharded (id bigint PRIMARY KEY, label text)

INSERT INTO made_sharded VALUES (1, 'a'), (2, 'b')

SELECT * FROM made_sharded ORDER BY id

SAVEPOINT narrow

ALTER TABLE made_sharded ADD COLUMN more int DEFAULT 7

INSERT INTO made_sharded VALUES (3, 'c', 8), (4, 'd', 9)

SELECT * FROM made_sharded ORDER BY more, id

ROLLBACK TO narrow

INSERT INTO made_sharded VALUES (5, 'e')

SELECT * FROM made_sharded ORDER BY id DESC

CREATE UNIQUE INDEX made_label ON made_sharded (id, label)

SELECT label, count(*) FROM made_sharded GROUP BY label ORDER BY label

ROLLBACK

SELECT * FROM made_sharded

BEGIN

CREATE TABLE made_sharded (id bigint PRIMARY KEY, label text)

INSERT INTO made_sharded VALUES (1, 'a'), (2, 'b')

COMMIT

SELECT * FROM made_sharded

DROP TABLE made_sharded

-- What a sharded table cannot have.
-- @refused
CREATE TABLE made_sharded (id bigserial PRIMARY KEY, label text)

-- @refused
CREATE TABLE made_sharded (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, label text)

-- @refused
CREATE TABLE made_sharded (id bigint PRIMARY KEY, label text UNIQUE)

-- @refused
CREATE TABLE made_sharded (label text PRIMARY KEY)

CREATE TABLE made_sharded (id bigint, label text, UNIQUE (label, id))

DROP TABLE made_sharded

CREATE TABLE made_sharded (id nonsense)

CREATE TABLE made_sharded (id bigint, id bigint)

-- Broadcast tables.
CREATE TABLE made_broadcast (code text PRIMARY KEY, name text)

INSERT INTO made_broadcast VALUES ('a', 'A'), ('b', 'B')

CREATE INDEX made_broadcast_name ON made_broadcast (name)

ALTER TABLE made_broadcast ADD COLUMN n int DEFAULT 3

SELECT * FROM made_broadcast

SELECT c.customer_id, m.n FROM customers c JOIN made_broadcast m ON m.code = 'a' WHERE c.customer_id < 6

TRUNCATE made_broadcast

SELECT * FROM made_broadcast

DROP TABLE made_broadcast

SELECT * FROM made_broadcast

-- Single tables.
CREATE TABLE made_single (id serial PRIMARY KEY, label text UNIQUE)

INSERT INTO made_single (label) VALUES ('x'), ('y') RETURNING *

ALTER TABLE made_single RENAME TO made_renamed

SELECT * FROM made_renamed

SELECT * FROM made_single

DROP TABLE made_renamed

CREATE TABLE made_single AS SELECT 1 AS a, 'x'::text AS b

SELECT * FROM made_single

DROP TABLE made_single

CREATE TEMPORARY TABLE scratch (a int)

INSERT INTO scratch VALUES (1), (2)

SELECT * FROM scratch

DROP TABLE scratch

CREATE VIEW made_view AS SELECT key FROM settings

SELECT count(*) FROM made_view

DROP VIEW made_view

CREATE SCHEMA made_schema

CREATE TABLE made_schema.t (a int)

INSERT INTO made_schema.t VALUES (1)

SELECT * FROM made_schema.t

DROP SCHEMA made_schema CASCADE

DROP TABLE nowhere
