-- Errors: PostgreSQL's own SQLSTATE, message and position, and a session that goes on.

SELEC 1

SELECT FROM WHERE

SELECT * FROM

SELECT * FROM customers WHERE

SELECT (1

SELECT 'unterminated

SELECT "unterminated

SELECT /* unterminated

SELECT 1 +

INSERT INTO

SELECT * FROM nowhere

SELECT * FROM nowhere.customers

SELECT nothing FROM customers WHERE customer_id = 1

SELECT nothing FROM customers

SELECT c.nothing FROM customers c

SELECT nobody.name FROM customers c

SELECT nofunction(1)

SELECT name + 1 FROM customers WHERE customer_id = 1

SELECT name + 1 FROM customers

SELECT 1 / 0

SELECT 1 / (customer_id - 3) FROM customers WHERE customer_id = 3

SELECT 1 / (id - 33) FROM samples

-- @ordered
SELECT id, 1 / (id - 33) FROM samples ORDER BY id

SELECT 'abc'::int

SELECT label::int FROM samples WHERE id IN (11, 13)

SELECT '2024-13-01'::date

SELECT 2147483647 + 1

SELECT 99999999999999999999::bigint

SELECT customer_id FROM customers WHERE customer_id = 1 GROUP BY name

SELECT * FROM customers WHERE name = 1

-- @refused
SELECT * FROM customers, orders WHERE customer_id = 1

SELECT count(*) FROM customers WHERE customer_id = 'x1'

SELECT $1

SELECT $1 FROM customers WHERE customer_id = 1

SELECT * FROM customers WHERE customer_id = $1

-- @params int8 1, int8 2
SELECT customer_id FROM customers WHERE customer_id = $1

SELECT name FROM customers WHERE customer_id = 1 LIMIT 'x'

SELECT name FROM customers ORDER BY customer_id LIMIT 'x'

-- @refused
SELECT name FROM customers ORDER BY customer_id LIMIT 1.5

SELECT name FROM customers ORDER BY 99

-- @refused
SELECT DISTINCT name FROM customers ORDER BY customer_id

CALL nowhere()

EXECUTE nowhere

FETCH 1 FROM nowhere

DROP INDEX nowhere

LOCK TABLE nowhere

SET x TO

UPDATE customers SET

SELECT ~~ 1

SELECT 1 AS select

SELECT name FROM customers WHERE customer_id IN ()

DO $$ BEGIN RAISE EXCEPTION 'own %', 'message' USING ERRCODE = 'P0042', HINT = 'a hint', DETAIL = 'details'; END $$

DO $$ BEGIN RAISE NOTICE 'a notice'; END $$

DO $$ BEGIN RAISE WARNING 'a warning'; END $$

SELECT 1 AS "still here"
