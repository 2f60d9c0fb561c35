-- Joins of binding tables, with broadcast tables, and those that must be refused.

-- @ordered
SELECT o.order_id, i.line, i.product_id FROM orders o JOIN order_items i ON i.customer_id = o.customer_id AND i.order_id = o.order_id ORDER BY o.order_id, i.line

SELECT c.name, o.order_id FROM customers c JOIN orders o ON o.customer_id = c.customer_id WHERE c.customer_id = 7

SELECT c.name, o.order_id FROM customers c JOIN orders o USING (customer_id) WHERE customer_id = 7

SELECT c.name, o.order_id FROM customers c, orders o WHERE o.customer_id = c.customer_id AND o.customer_id IN (3, 4)

-- @params int8 9
SELECT c.name, o.total, i.quantity FROM customers c JOIN orders o ON o.customer_id = c.customer_id JOIN order_items i ON i.customer_id = o.customer_id AND i.order_id = o.order_id WHERE c.customer_id = $1

SELECT c.customer_id, o.order_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id

-- @ordered
SELECT c.customer_id, o.order_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id AND o.total > 1500 ORDER BY c.customer_id, o.order_id

SELECT c.customer_id, o.order_id FROM orders o RIGHT JOIN customers c ON o.customer_id = c.customer_id AND o.status = 'new'

SELECT c.customer_id, o.order_id FROM orders o FULL JOIN customers c ON o.customer_id = c.customer_id

-- A condition in an outer join's ON pins only the nullable side.
SELECT c.customer_id, o.order_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id AND o.customer_id = 7

SELECT a.customer_id, b.name FROM customers a JOIN customers b ON b.customer_id = a.customer_id

SELECT c.name, t.name FROM customers c JOIN countries t ON t.code = c.country

-- @ordered
SELECT t.name, count(*) FROM customers c JOIN countries t ON t.code = c.country GROUP BY t.name ORDER BY count(*) DESC, t.name LIMIT 5

SELECT p.name, sum(i.quantity), sum(i.quantity * i.price) FROM order_items i JOIN products p ON p.product_id = i.product_id GROUP BY p.name

SELECT p.name, t.name FROM products p, countries t WHERE p.product_id = 1 AND t.code = 'DE'

SELECT c.name, t.name FROM customers c LEFT JOIN countries t ON t.code = c.country AND t.name LIKE 'S%'

-- Every shard would repeat the countries that have no customer.
-- @refused
SELECT t.name, c.name FROM countries t LEFT JOIN customers c ON c.country = t.code

-- @refused
SELECT count(*) FROM customers c RIGHT JOIN countries t ON t.code = c.country

SELECT t.name, c.name FROM countries t LEFT JOIN customers c ON c.country = t.code AND c.customer_id = 7 WHERE c.customer_id = 7

-- Tables joined on something else than their sharding columns.
-- @refused
SELECT count(*) FROM customers a JOIN customers b ON a.country = b.country

-- @refused
SELECT count(*) FROM customers a CROSS JOIN orders b

-- @refused
SELECT count(*) FROM customers c JOIN samples s ON s.id = c.customer_id

SELECT c.name, s.label FROM customers c, samples s WHERE c.customer_id = 6 AND s.id = 6 AND s.id < 0

SELECT c.name FROM customers c NATURAL JOIN orders o WHERE customer_id = 7

SELECT x.customer_id FROM customers c JOIN orders o ON o.customer_id = c.customer_id

SELECT customer_id FROM customers c JOIN orders o ON o.customer_id = c.customer_id

-- @refused
SELECT c.name FROM customers c JOIN orders c ON true

-- Subqueries that stay inside a shard.
SELECT name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.customer_id) FROM customers c WHERE customer_id = 7

SELECT name FROM customers c WHERE customer_id = 7 AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = 7)

SELECT name FROM customers c WHERE customer_id = 7 AND customer_id IN (SELECT customer_id FROM orders WHERE customer_id = 7)

SELECT * FROM (SELECT customer_id, count(*) AS n FROM orders WHERE customer_id = 7 GROUP BY customer_id) AS t

WITH mine AS (SELECT * FROM orders WHERE customer_id = 7) SELECT count(*), sum(total) FROM mine

WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n

SELECT code FROM countries WHERE code IN (SELECT country FROM customers WHERE customer_id = 7)

SELECT order_id, row_number() OVER (ORDER BY total DESC) FROM orders WHERE customer_id = 7

SELECT order_id, sum(total) OVER w FROM orders WHERE customer_id = 7 WINDOW w AS (ORDER BY order_id)

SELECT customer_id FROM customers WHERE customer_id = 7 UNION SELECT customer_id FROM orders WHERE customer_id = 7

SELECT code FROM countries EXCEPT SELECT 'DE'

VALUES (1, 'a'), (2, 'b')

SELECT * FROM generate_series(1, 3) AS g(i), LATERAL (SELECT i * 2 AS twice) AS t

SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS u(n, t)
