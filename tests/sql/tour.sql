-- The statements of demo/tour.sql on the small shop.

SELECT customer_id, name, email FROM customers WHERE customer_id = 32

-- @ordered
SELECT customer_id, name, country FROM customers WHERE customer_id IN (7, 32, 11) ORDER BY customer_id

-- @ordered
SELECT status, count(*), sum(total), avg(total) FROM orders GROUP BY status ORDER BY status

-- @ordered
SELECT order_id, customer_id, total FROM orders ORDER BY total DESC, order_id LIMIT 5

-- @ordered
SELECT o.order_id, o.status, i.line, i.product_id, i.quantity * i.price AS amount
FROM orders o JOIN order_items i ON i.customer_id = o.customer_id AND i.order_id = o.order_id
WHERE o.total > 1500
ORDER BY o.order_id, i.line

-- @ordered
SELECT t.name, count(*) AS customers
FROM customers c JOIN countries t ON t.code = c.country
GROUP BY t.name
ORDER BY count(*) DESC, t.name
LIMIT 5

-- @ordered
INSERT INTO orders (order_id, customer_id, status, total, created_at) VALUES
  (900001, 32, 'new', 19.90, '2024-07-01 12:00:00+00'),
  (900002, 7, 'new', 250.00, '2024-07-01 12:00:01+00'),
  (900003, 11, 'new', 5.25, '2024-07-01 12:00:02+00')
RETURNING order_id, customer_id, total

UPDATE orders SET status = 'paid' WHERE order_id > 900000

BEGIN

UPDATE orders SET total = total + 1 WHERE customer_id = 32 AND order_id = 900001 RETURNING total

DELETE FROM orders WHERE order_id > 900000

COMMIT

SELECT count(*), sum(total) FROM orders
