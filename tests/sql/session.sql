-- SET, SHOW and what they do to values on every shard.

SHOW TimeZone

SET TimeZone = 'Europe/Lisbon'

SELECT created_at FROM customers WHERE customer_id IN (1, 2, 3)

-- @ordered
SELECT id, instant FROM samples ORDER BY instant DESC, id LIMIT 10

SELECT min(instant), max(instant) FROM samples

SET DateStyle = 'German, DMY'

-- @ordered
SELECT id, day, moment, instant FROM samples ORDER BY day, id

SELECT max(day), max(instant) FROM samples

SET DateStyle TO 'SQL, MDY'

-- @ordered
SELECT id, instant FROM samples ORDER BY instant, id LIMIT 10

INSERT INTO samples (id, day) VALUES (800, '02/03/2024'), (801, '02/03/2024') RETURNING day

RESET DateStyle

SELECT id, day FROM samples WHERE id >= 800

SET IntervalStyle = 'iso_8601'

SELECT sum(span), max(span) FROM samples

SELECT id, span FROM samples WHERE id < 8

RESET ALL

SHOW TimeZone

SHOW IntervalStyle

SET extra_float_digits = -10

-- @ordered
SELECT id, measure FROM samples ORDER BY measure, id

RESET extra_float_digits

SET LOCAL TimeZone = 'Asia/Tokyo'

BEGIN

SET LOCAL TimeZone = 'Asia/Tokyo'

SELECT created_at FROM customers WHERE customer_id IN (1, 2)

COMMIT

SELECT created_at FROM customers WHERE customer_id IN (1, 2)

-- A SET in a transaction that rolls back is undone.
BEGIN

SET TimeZone = 'Asia/Kolkata'

SELECT created_at FROM customers WHERE customer_id = 1

ROLLBACK

SELECT created_at FROM customers WHERE customer_id IN (1, 2)

SHOW TimeZone

SET search_path = pg_catalog, public

SELECT count(*) FROM customers

SET search_path = nowhere

SELECT count(*) FROM customers

SELECT count(*) FROM public.customers

RESET search_path

SET application_name = 'somebody'

SHOW application_name

SET standard_conforming_strings = off

SELECT 'a\\b', customer_id FROM customers WHERE customer_id = 3

SET standard_conforming_strings = on

SELECT 'a\\b', customer_id FROM customers WHERE customer_id = 3

SET nothing_like_this = 1

SET my.own = 'value'

SHOW my.own

SELECT current_setting('my.own')

SET TimeZone = 'Nowhere/Atall'

SELECT set_config('my.own', 'other', false)

SHOW my.own

SHOW server_version

SHOW client_encoding

SET client_encoding = 'LATIN1'

SELECT label FROM samples WHERE id IN (4, 5, 6) AND label IS NOT NULL

SET client_encoding = 'UTF8'

SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ

SHOW transaction_isolation

SHOW default_transaction_isolation

SET default_transaction_read_only = on

UPDATE customers SET name = 'no' WHERE customer_id = 1

SELECT count(*) FROM customers

SET default_transaction_read_only = off

UPDATE customers SET name = 'yes' WHERE customer_id = 1

DISCARD ALL

SHOW TimeZone

SELECT count(*) FROM customers

-- A table of another schema that is called like a sharded one.
CREATE SCHEMA archive

CREATE TABLE archive.orders (customer_id int, note text)

INSERT INTO archive.orders VALUES (1, 'a'), (2, 'b')

SELECT * FROM archive.orders WHERE customer_id = 2

SELECT count(*) FROM orders

SET search_path = archive, public

SELECT * FROM orders

SELECT count(*) FROM public.orders

INSERT INTO orders VALUES (3, 'c')

RESET search_path

SELECT count(*) FROM orders

BEGIN

SET search_path = archive, public

SELECT * FROM orders ORDER BY 1

ROLLBACK

SELECT count(*) FROM orders

BEGIN

SET LOCAL search_path = archive, public

SELECT * FROM orders ORDER BY 1

SAVEPOINT path

SET LOCAL search_path = public

SELECT count(*) FROM orders

ROLLBACK TO path

SELECT * FROM orders ORDER BY 1

COMMIT

SELECT count(*) FROM orders

DROP SCHEMA archive CASCADE

-- ROLLBACK without a block changes nothing.
SET DateStyle = 'German'

ROLLBACK

SELECT created_at FROM customers WHERE customer_id = 1

RESET DateStyle
