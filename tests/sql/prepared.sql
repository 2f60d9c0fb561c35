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
-- What is folded in when a statement is parsed stays, whatever is set later and on whatever
-- connection it runs.
SET TimeZone = 'Asia/Tokyo'

-- @prepare noon
SELECT extract(epoch FROM timestamptz '2024-06-01 12:00'), current_setting('TimeZone')

-- @prepare noon_of int8
SELECT customer_id, extract(epoch FROM timestamptz '2024-06-01 12:00') FROM customers WHERE customer_id = $1

-- @prepare noons
SELECT customer_id, extract(epoch FROM timestamptz '2024-06-01 12:00') FROM customers WHERE customer_id < 6

SET TIME ZONE 'America/New_York'

-- @execute noon

-- @execute noon_of int8 1

-- @execute noon_of int8 2

-- @execute noons

SHOW TimeZone

RESET TimeZone

-- @execute noon

-- @execute noon_of int8 3

-- @execute noons

BEGIN

SET LOCAL DateStyle = 'SQL, DMY'

SET LOCAL TimeZone = 'Asia/Kolkata'

-- @prepare local_date
SELECT date '01/02/2024' - date '2024-01-01', current_setting('DateStyle'), current_setting('TimeZone')

-- @execute local_date

-- @execute noon

-- @execute noon_of int8 4

-- @execute noons

SELECT current_setting('DateStyle'), current_setting('TimeZone')

COMMIT

SELECT current_setting('DateStyle'), current_setting('TimeZone')

-- @execute local_date

SELECT date '01/02/2024' - date '2024-01-01'

-- Another search path may name other tables.
CREATE SCHEMA elsewhere

CREATE TABLE elsewhere.customers (customer_id int8, name text)

INSERT INTO elsewhere.customers VALUES (1, 'elsewhere')

-- @prepare wherever int8
SELECT customer_id, name FROM customers WHERE customer_id = $1

-- @execute wherever int8 1

SET search_path = elsewhere, public

-- @execute wherever int8 1

-- @execute wherever int8 2

SET
  search_path
  TO /* back */ public

-- @execute wherever int8 1

BEGIN

SET LOCAL search_path = elsewhere

-- @execute wherever int8 1

ROLLBACK

-- @execute wherever int8 1

DROP SCHEMA elsewhere CASCADE

