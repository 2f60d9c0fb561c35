-- Named prepared statements, executed again and again on different shards.

-- @prepare by_id int8
SELECT customer_id, name FROM customers WHERE customer_id = $1

-- @execute by_id int8 1

-- @execute by_id int8 2

-- @execute by_id int8 3

-- @execute by_id int8 1

-- @execute by_id int8 NULL

-- @execute by_id int8 100000

-- @prepare untyped
SELECT customer_id, name FROM customers WHERE customer_id = $1

-- @execute untyped unknown 4

-- @execute untyped unknown 5

-- @prepare counted int4
SELECT count(*), sum(whole) FROM samples WHERE whole > $1

-- @execute counted int4 0

-- @execute counted int4 -100

-- @prepare top int8, int8
SELECT id, big FROM samples ORDER BY id LIMIT $1 OFFSET $2

-- @ordered
-- @execute top int8 3, int8 0

-- @ordered
-- @execute top int8 3, int8 77

-- @prepare added int8, text
INSERT INTO samples (id, label) VALUES ($1, $2) RETURNING id, label

-- @execute added int8 700, text 'x'

-- @execute added int8 701, text 'y'

-- @execute added int8 700, text 'again'

-- @execute added int8 702, text 'z'

SELECT id, label FROM samples WHERE id >= 700

-- @prepare by_id int8
SELECT 1

-- @prepare broken
SELECT nothing FROM customers

-- @prepare broken
SELEC 1

-- @execute nowhere int8 1

-- A statement prepared before its table changes.
CREATE TABLE made_single (a int, b text)

INSERT INTO made_single VALUES (1, 'x')

-- @prepare star
SELECT a, b FROM made_single

-- @execute star

ALTER TABLE made_single ADD COLUMN c int

-- @execute star

DROP TABLE made_single

-- @execute star

-- @only extended
DEALLOCATE ALL

-- @execute by_id int8 1

-- SQL-level PREPARE.
-- @refused
PREPARE q (bigint) AS SELECT name FROM customers WHERE customer_id = 7

PREPARE q (text) AS SELECT value FROM settings WHERE key = $1

EXECUTE q ('currency')

DEALLOCATE q

EXECUTE q ('currency')

-- Settings that are folded in when a statement is prepared.
SET TimeZone = 'UTC'

-- @prepare moment int8
SELECT created_at, timestamptz '2024-06-01 12:00' FROM customers WHERE customer_id = $1

-- @execute moment int8 1

SET TimeZone = 'America/New_York'

-- @prepare moment_2 int8
SELECT created_at, timestamptz '2024-06-01 12:00' FROM customers WHERE customer_id = $1

-- @execute moment_2 int8 2

RESET TimeZone

-- Parameters without a type that only the last step uses.
-- @params unknown '3'
SELECT status, count(*) FROM orders GROUP BY status HAVING count(*) > $1

-- @params unknown '3'
SELECT status, count(*) FROM orders GROUP BY status ORDER BY status LIMIT $1

-- @params unknown '1'
SELECT coalesce(sum(total), $1) FROM orders WHERE false

-- @params unknown '3'
SELECT 1 FROM orders OFFSET $1
