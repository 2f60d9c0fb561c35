-- What spans shards through subqueries, windows and set operations: right, or refused.

SELECT customer_id, order_id, row_number() OVER (PARTITION BY customer_id ORDER BY order_id) FROM orders

-- @ordered
SELECT customer_id, order_id, sum(total) OVER (PARTITION BY customer_id ORDER BY order_id) FROM orders ORDER BY customer_id, order_id

-- @refused
SELECT order_id, rank() OVER (ORDER BY total DESC) FROM orders

-- @refused
SELECT country, row_number() OVER (PARTITION BY country ORDER BY customer_id) FROM customers

SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND o.total > 1000)

SELECT name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id)

SELECT name, (SELECT max(total) FROM orders o WHERE o.customer_id = c.customer_id) FROM customers c

SELECT name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE total > 1000)

-- @refused
SELECT name FROM customers WHERE country IN (SELECT country FROM customers WHERE customer_id < 5)

-- @refused
SELECT * FROM orders WHERE total = (SELECT max(total) FROM orders)

-- @refused
SELECT code FROM countries WHERE code IN (SELECT country FROM customers)

-- @refused
SELECT code FROM countries t WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.country = t.code)

SELECT name FROM customers WHERE country IN (SELECT code FROM countries WHERE name LIKE 'S%')

-- @refused
SELECT * FROM (SELECT customer_id, name FROM customers WHERE country = 'CA') AS t

-- @ordered
-- @refused
SELECT t.name FROM (SELECT customer_id, name FROM customers) AS t ORDER BY t.customer_id LIMIT 4

-- @refused
SELECT count(*) FROM (SELECT country, count(*) FROM customers GROUP BY country) AS t

-- @refused
SELECT count(*) FROM (SELECT customer_id FROM customers ORDER BY name LIMIT 5) AS t

-- @refused
SELECT max(n) FROM (SELECT count(*) AS n FROM orders) AS t

-- @refused
SELECT max(n) FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) AS t

-- @refused
WITH big AS (SELECT customer_id, total FROM orders WHERE total > 1000) SELECT count(*), sum(total) FROM big

-- @refused
WITH t AS (SELECT count(*) AS n FROM customers) SELECT n FROM t

-- @refused
SELECT customer_id FROM customers UNION ALL SELECT customer_id FROM orders

-- @refused
SELECT country FROM customers UNION SELECT code FROM countries

-- @refused
SELECT code FROM countries UNION ALL SELECT country FROM customers

-- @refused
SELECT code FROM countries EXCEPT SELECT country FROM customers

-- @refused
SELECT country FROM customers INTERSECT SELECT 'DE'

SELECT DISTINCT c.customer_id FROM customers c JOIN orders o ON o.customer_id = c.customer_id

SELECT name FROM customers WHERE customer_id = 7 OR EXISTS (SELECT 1 FROM countries WHERE code = country AND name = 'Spain')

-- @refused
SELECT c.name, s.value FROM customers c, settings s WHERE s.key = 'currency'

SELECT c.name, s.value FROM customers c, settings s WHERE s.key = 'currency' AND c.customer_id = 6 AND c.customer_id = 7

SELECT p.name, s.value FROM products p, settings s WHERE s.key = 'currency' AND p.product_id < 4

-- Functions without tables, and volatile ones beside sharded rows.
SELECT 1 + 1 AS two, 'x' || 'y', now() IS NOT NULL

SELECT count(*) FROM customers WHERE random() >= 0

SELECT count(*) FROM customers WHERE created_at < now()

SELECT current_user = session_user, current_database()
