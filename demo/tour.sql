-- Ten statements, each a thing that sharding makes interesting. Run them with
--   psql "host=127.0.0.1 port=6432 user=shop password=shop dbname=shop" -f demo/tour.sql
-- They leave the shop as they found it.

-- 1. One customer lives on one shard: the statement goes there and nowhere else.
SELECT customer_id, name, email FROM customers WHERE customer_id = 42;

-- 2. Where did it go? It only read, so a replica answered.
SHOW tessera.last_route;

-- 3. An IN list asks the shards of its values and no others; ORDER BY merges their answers.
SELECT customer_id, name, country FROM customers WHERE customer_id IN (7, 42, 1001) ORDER BY customer_id;

-- 4. An aggregate over all shards, with the digits that one PostgreSQL would print.
SELECT status, count(*), sum(total), avg(total) FROM orders GROUP BY status ORDER BY status;

-- 5. The top of a list: every shard sorts its own rows, the proxy merges until it has five.
SELECT order_id, customer_id, total FROM orders ORDER BY total DESC, order_id LIMIT 5;

-- 6. Orders and their items are bound by customer_id, so each shard joins its own.
SELECT o.order_id, o.status, i.line, i.product_id, i.quantity * i.price AS amount
FROM orders o JOIN order_items i ON i.customer_id = o.customer_id AND i.order_id = o.order_id
WHERE o.total > 3780
ORDER BY o.order_id, i.line;

-- 7. Countries are on every shard, so this join needs no rows from elsewhere.
SELECT t.name, count(*) AS customers
FROM customers c JOIN countries t ON t.code = c.country
GROUP BY t.name
ORDER BY count(*) DESC, t.name
LIMIT 5;

-- 8. Rows of one INSERT go to their shards; RETURNING gives them back in your order.
INSERT INTO orders (order_id, customer_id, status, total, created_at) VALUES
  (900001, 42, 'new', 19.90, '2024-07-01 12:00:00+00'),
  (900002, 7, 'new', 250.00, '2024-07-01 12:00:01+00'),
  (900003, 1001, 'new', 5.25, '2024-07-01 12:00:02+00')
RETURNING order_id, customer_id, total;

-- 9. An UPDATE that names no customer changes rows on every shard, all or none.
UPDATE orders SET status = 'paid' WHERE order_id > 900000;

-- 10. A transaction over both shards.
BEGIN;
UPDATE orders SET total = total + 1 WHERE customer_id = 42 AND order_id = 900001 RETURNING total;
DELETE FROM orders WHERE order_id > 900000;
COMMIT;
