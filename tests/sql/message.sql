-- Several statements in one message are one implicit transaction.

-- @only simple
SELECT 1; SELECT 2 AS two; SELECT 3

-- @only simple
UPDATE customers SET name = 'first' WHERE customer_id = 1; UPDATE customers SET name = 'second' WHERE customer_id = 2

SELECT name FROM customers WHERE customer_id IN (1, 2)

-- @only simple
UPDATE customers SET name = 'lost' WHERE customer_id = 1; UPDATE customers SET name = 'lost' WHERE customer_id = 2; SELECT 1 / 0; SELECT 4

SELECT name FROM customers WHERE customer_id IN (1, 2)

-- @only simple
SELECT 1; SELEC 2

-- @only simple
SELECT 1; SELECT 'é'; SELECT nothing FROM customers

-- @only simple
SELECT 1; SELECT 'unterminated

-- @only simple
UPDATE customers SET name = 'lost' WHERE customer_id = 1; SELECT name FROM customers WHERE; SELECT 1

-- @only simple
/* é */ SELECT nothing FROM customers WHERE customer_id = 1

-- @only simple
SELECT 1; SELECT name FROM customers ORDER BY 99

-- @only simple
BEGIN; UPDATE customers SET name = 'in' WHERE customer_id = 3; COMMIT; SELECT name FROM customers WHERE customer_id = 3

-- @only simple
UPDATE customers SET name = 'before' WHERE customer_id = 4; BEGIN; SELECT 1 / 0

-- @only simple
ROLLBACK

SELECT name FROM customers WHERE customer_id = 4

-- @only simple
BEGIN; INSERT INTO samples (id) VALUES (600), (601)

-- @only simple
SELECT count(*) FROM samples WHERE id >= 600; ROLLBACK

SELECT count(*) FROM samples WHERE id >= 600

-- @only simple
INSERT INTO samples (id) VALUES (610); COMMIT; INSERT INTO samples (id) VALUES (611); SELECT 1 / 0

SELECT id FROM samples WHERE id >= 600

-- @only simple
CREATE TABLE made_single (a int); INSERT INTO made_single VALUES (1); SELECT * FROM made_single; DROP TABLE made_single

-- @only extended
SELECT 1; SELECT 2

;

-- @only simple
;;

-- @only simple
SELECT 1;;SELECT 2;

/* nothing but a comment */

-- @only simple
SET TimeZone = 'Asia/Tokyo'; SELECT '2024-01-01 00:00:00+00'::timestamptz; RESET TimeZone

-- @only simple
SELECT count(*) FROM customers; SELECT customer_id FROM customers WHERE customer_id = 3; SELECT value FROM settings WHERE key = 'currency'
