-- Names mean what they mean in PostgreSQL: aliases, WITH, quotes, schemas, the search path, temporary tables.

-- @ordered
SELECT orders.name FROM customers AS orders WHERE orders.customer_id = 1

-- @ordered
SELECT customers.customer_id, orders.name FROM orders AS customers JOIN customers AS orders ON orders.customer_id = customers.customer_id WHERE customers.customer_id = 3 ORDER BY customers.order_id

SELECT c.customer_id FROM (customers c JOIN orders o USING (customer_id)) AS j WHERE j.customer_id = 1

SELECT count(*) FROM (customers c JOIN orders o USING (customer_id)) AS j WHERE j.customer_id = 1

WITH customers AS (SELECT 77 AS customer_id) SELECT * FROM customers

WITH customers AS (SELECT * FROM customers WHERE customer_id = 5) SELECT customer_id FROM customers

-- @ordered
WITH RECURSIVE customers AS (SELECT 1 AS customer_id UNION ALL SELECT customer_id + 1 FROM customers WHERE customer_id < 3) SELECT * FROM customers ORDER BY 1

SELECT (WITH orders AS (SELECT 99 AS n) SELECT n FROM orders), count(*) FROM orders WHERE customer_id = 1

SELECT count(*) FROM orders WHERE customer_id = 2 AND order_id IN (WITH orders AS (SELECT 99 AS n) SELECT n FROM orders)

WITH customers AS (SELECT 77 AS n) SELECT n, c.customer_id FROM customers, public.customers AS c WHERE c.customer_id = 2

WITH settings AS (SELECT 77 AS n) SELECT n FROM settings

SELECT customer_id FROM "customers" WHERE "customer_id" = 4

SELECT customer_id FROM "Customers" WHERE customer_id = 4

SELECT CUSTOMER_ID FROM CUSTOMERS WHERE Customer_ID = 4

SELECT public.customers.customer_id, (public.customers.name) FROM customers WHERE public.customers.customer_id = 4

SELECT public.customers.* FROM public.customers WHERE public.customers.customer_id = 4

-- @ordered
SELECT public.orders.status, count(*) FROM orders WHERE public.orders.total > 10 GROUP BY public.orders.status HAVING max(public.orders.order_id) > 0 ORDER BY public.orders.status

-- @ordered
SELECT public.orders.order_id + 1 FROM orders ORDER BY public.orders.total, public.orders.order_id LIMIT 5

UPDATE settings SET value = value WHERE public.settings.key = 'nothing' RETURNING public.settings.key

CREATE SCHEMA names_of_its_own

CREATE TABLE names_of_its_own.settings (key text, value text)

INSERT INTO names_of_its_own.settings VALUES ('its', 'own')

SET search_path = names_of_its_own, public

SELECT * FROM settings

SELECT count(*) FROM public.settings WHERE key = 'its'

SELECT customer_id FROM customers WHERE customer_id = 6

SET search_path = public, names_of_its_own

SELECT count(*) FROM settings WHERE key = 'its'

RESET search_path

SELECT count(*) FROM settings WHERE key = 'its'

DROP SCHEMA names_of_its_own CASCADE

CREATE TEMP TABLE settings (key text, n int)

INSERT INTO settings VALUES ('temporary', 1)

SELECT * FROM settings

SELECT count(*) FROM public.settings WHERE key = 'temporary'

SELECT * FROM pg_temp.settings

DROP TABLE settings

SELECT count(*) FROM settings WHERE key = 'temporary'

-- The catalogs are searched before public, and a WITH query before them.
WITH pg_class AS (SELECT 'mine' AS relname) SELECT relname FROM pg_class

SELECT count(*) FROM pg_class WHERE relname = 'customers'

SELECT count(*) FROM pg_catalog.pg_class AS customers WHERE customers.relname = 'orders'

SELECT count(*) FROM information_schema.tables WHERE table_name IN ('customers', 'settings', 'countries')

SELECT 'customers'::regclass IS NULL, to_regclass('public.orders') IS NULL, to_regclass('nowhere')
