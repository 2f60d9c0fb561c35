-- UPDATE and DELETE.

UPDATE customers SET name = 'Changed' WHERE customer_id = 7

UPDATE customers SET name = upper(name) WHERE customer_id = 7 RETURNING *

-- @params text 'Param', int8 8
UPDATE customers SET name = $1 WHERE customer_id = $2 RETURNING customer_id, name

UPDATE customers SET name = 'none' WHERE customer_id = 1000

UPDATE customers SET country = 'XX' WHERE customer_id IN (1, 2, 3, 4)

UPDATE customers SET country = 'YY' WHERE country = 'XX'

UPDATE customers SET country = 'ZZ' WHERE country = 'YY' RETURNING customer_id, country

UPDATE samples SET whole = whole + 1

UPDATE samples SET label = NULL, whole = DEFAULT WHERE id < 0

SELECT id, whole, label FROM samples

UPDATE samples SET (whole, label) = (5, 'five') WHERE id = 5 RETURNING whole, label

UPDATE samples AS s SET whole = s.whole * 2 WHERE s.id BETWEEN 10 AND 20 RETURNING s.id, s.whole

UPDATE samples SET whole = 1 / (id - 30) WHERE id > 20

SELECT id, whole FROM samples WHERE id > 20

UPDATE orders o SET status = 'checked' FROM order_items i WHERE i.customer_id = o.customer_id AND i.order_id = o.order_id AND i.quantity = 5

SELECT count(*) FROM orders WHERE status = 'checked'

UPDATE orders o SET status = c.country FROM customers c WHERE c.customer_id = o.customer_id AND c.customer_id = 9

UPDATE order_items i SET price = p.price FROM products p WHERE p.product_id = i.product_id

SELECT sum(price) FROM order_items

-- @refused
UPDATE samples SET id = id + 1000 WHERE id = 3

-- @refused
UPDATE customers SET customer_id = 500 WHERE customer_id = 5

UPDATE samples SET nothing = 1

UPDATE samples SET whole = 'abc' WHERE id = 1

UPDATE samples SET whole = 99999999999 WHERE id = 1

UPDATE customers SET name = NULL WHERE customer_id = 9

UPDATE customers SET name = NULL WHERE customer_id > 39

DELETE FROM samples WHERE id = 3

DELETE FROM samples WHERE id = 3

DELETE FROM samples WHERE id IN (4, 5, 6, 7) RETURNING id, label

-- @params int8 8, int8 9
DELETE FROM samples WHERE id IN ($1, $2)

DELETE FROM samples WHERE whole > 5

DELETE FROM orders o USING customers c WHERE c.customer_id = o.customer_id AND c.country = 'ZZ'

DELETE FROM order_items WHERE order_id > 60 AND line = 1 RETURNING customer_id, order_id

SELECT count(*) FROM samples

SELECT count(*) FROM orders

SELECT count(*), sum(quantity) FROM order_items

UPDATE products SET price = price + 1

UPDATE products SET price = 0 WHERE product_id < 4 RETURNING *

DELETE FROM products WHERE product_id > 20

SELECT count(*), sum(price) FROM products

SELECT p.product_id, count(*) FROM order_items i JOIN products p ON p.product_id = i.product_id GROUP BY p.product_id

UPDATE settings SET value = 'EUR?' WHERE key = 'currency' RETURNING value

DELETE FROM settings WHERE key = 'currency'

SELECT count(*) FROM settings

WITH gone AS (DELETE FROM orders WHERE customer_id = 11 RETURNING order_id) SELECT count(*) FROM gone

DELETE FROM samples

SELECT count(*) FROM samples

TRUNCATE order_items

SELECT count(*) FROM order_items

TRUNCATE products, countries

SELECT count(*) FROM products

SELECT count(*) FROM countries

DELETE FROM nowhere

UPDATE nowhere SET a = 1
