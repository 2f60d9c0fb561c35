-- Explicit transactions over several shards, errors in them, savepoints.

BEGIN

SELECT name FROM customers WHERE customer_id = 1

UPDATE customers SET name = 'one' WHERE customer_id = 1

UPDATE customers SET name = 'two' WHERE customer_id = 2

SELECT name FROM customers WHERE customer_id IN (1, 2)

COMMIT

SELECT name FROM customers WHERE customer_id IN (1, 2)

BEGIN

UPDATE customers SET name = 'rolled back'

SELECT count(*) FROM customers WHERE name = 'rolled back'

ROLLBACK

SELECT count(*) FROM customers WHERE name = 'rolled back'

-- An error aborts the transaction everywhere.
BEGIN

UPDATE customers SET name = 'lost' WHERE customer_id IN (1, 2, 3)

SELECT 1 / 0

SELECT 1

UPDATE customers SET name = 'lost' WHERE customer_id = 4

SELECT count(*) FROM customers

COMMIT

SELECT count(*) FROM customers WHERE name = 'lost'

BEGIN

INSERT INTO samples (id) VALUES (500), (501)

INSERT INTO samples (id) VALUES (502), (1)

SELECT 1

ROLLBACK

SELECT count(*) FROM samples WHERE id >= 500

-- Savepoints.
BEGIN

UPDATE customers SET name = 'kept' WHERE customer_id = 1

SAVEPOINT a

UPDATE customers SET name = 'undone' WHERE customer_id = 2

UPDATE customers SET name = 'undone' WHERE customer_id = 3

ROLLBACK TO SAVEPOINT a

UPDATE customers SET name = 'kept' WHERE customer_id = 4

SAVEPOINT b

SELECT nothing FROM customers

SELECT 1

ROLLBACK TO b

SELECT name FROM customers WHERE customer_id IN (1, 2, 3, 4)

RELEASE SAVEPOINT b

RELEASE a

COMMIT

SELECT name FROM customers WHERE customer_id IN (1, 2, 3, 4)

-- A shard that joins the transaction after a savepoint.
BEGIN

SAVEPOINT early

UPDATE customers SET name = 'late' WHERE customer_id = 6

ROLLBACK TO early

UPDATE customers SET name = 'late' WHERE customer_id = 5

RELEASE early

COMMIT

SELECT name FROM customers WHERE customer_id IN (5, 6)

BEGIN

ROLLBACK TO nowhere

ROLLBACK

-- Warnings and modes.
COMMIT

ROLLBACK

SAVEPOINT outside

BEGIN

BEGIN

END

START TRANSACTION ISOLATION LEVEL REPEATABLE READ

SHOW transaction_isolation

-- Two shards have no common snapshot.
-- @refused
SELECT count(*) FROM customers

COMMIT

BEGIN READ ONLY

SELECT count(*) FROM customers

UPDATE customers SET name = 'no' WHERE customer_id = 1

ROLLBACK

BEGIN ISOLATION LEVEL SERIALIZABLE

-- The first of these goes to the first shard in every layout.
SELECT count(*) FROM customers WHERE customer_id = 6

-- @refused
SELECT count(*) FROM customers WHERE customer_id = 7

COMMIT

BEGIN

SELECT 1

COMMIT AND CHAIN

SELECT 2

ROLLBACK AND CHAIN

SELECT 3

ABORT

BEGIN

SELECT name FROM customers WHERE customer_id = 1 FOR UPDATE

SELECT customer_id FROM customers WHERE customer_id < 5 FOR SHARE

COMMIT

BEGIN

SELECT FROM customers WHERE customer_id = 1

INSERT INTO settings VALUES ('in transaction', 'yes')

INSERT INTO countries VALUES ('XT', 'Transaction')

DELETE FROM orders WHERE customer_id = 2

ROLLBACK

SELECT count(*) FROM settings

SELECT count(*) FROM countries

SELECT count(*) FROM orders

-- Syntax errors abort too.
BEGIN

SELEC 1

SELECT 1

ROLLBACK

-- What a block has set goes back with ROLLBACK TO, also on shards that joined behind the savepoint.
BEGIN

SET work_mem = '5MB'

SAVEPOINT s

SET work_mem = '6MB'

SET LOCAL IntervalStyle = 'iso_8601'

SELECT customer_id, current_setting('work_mem'), current_setting('IntervalStyle') FROM customers WHERE customer_id IN (1, 2, 3, 4)

ROLLBACK TO s

SELECT customer_id, current_setting('work_mem'), current_setting('IntervalStyle') FROM customers WHERE customer_id IN (1, 2, 3, 4)

COMMIT

SELECT customer_id, current_setting('work_mem'), current_setting('IntervalStyle') FROM customers WHERE customer_id IN (1, 2, 3, 4)

RESET work_mem

SELECT customer_id, current_setting('work_mem') FROM customers WHERE customer_id IN (1, 2, 3, 4)
