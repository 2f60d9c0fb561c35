-- ORDER BY, LIMIT and OFFSET over all shards.

-- @ordered
SELECT customer_id, name FROM customers ORDER BY customer_id

-- @ordered
SELECT customer_id, name FROM customers ORDER BY customer_id DESC

-- @ordered
SELECT name, customer_id FROM customers ORDER BY 1, 2

-- @ordered
SELECT name AS n, customer_id AS i FROM customers ORDER BY n DESC, i

-- @ordered
SELECT name FROM customers ORDER BY customer_id LIMIT 5

-- @ordered
SELECT name FROM customers ORDER BY country, customer_id DESC

-- @ordered
SELECT customer_id FROM customers ORDER BY country DESC, name, customer_id LIMIT 10 OFFSET 5

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id OFFSET 35

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id OFFSET 1000

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id LIMIT 0

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id LIMIT ALL

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id LIMIT NULL

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id LIMIT NULL OFFSET NULL

-- @ordered
-- @params int8 3, int8 2
SELECT customer_id FROM customers ORDER BY customer_id LIMIT $1 OFFSET $2

-- @ordered
-- @params int8 NULL, int8 38
SELECT customer_id FROM customers ORDER BY customer_id LIMIT $1 OFFSET $2

-- @ordered
-- @params unknown 4
SELECT customer_id FROM customers ORDER BY customer_id LIMIT $1

SELECT customer_id FROM customers ORDER BY customer_id LIMIT -1

SELECT customer_id FROM customers ORDER BY customer_id OFFSET -1

-- @params int8 -1
SELECT customer_id FROM customers ORDER BY customer_id LIMIT $1

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id FETCH FIRST 3 ROWS ONLY

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id FETCH FIRST ROW ONLY

-- @ordered
SELECT customer_id FROM customers ORDER BY customer_id OFFSET 2 ROWS FETCH NEXT 2 ROWS ONLY

-- @refused
SELECT small FROM samples ORDER BY small NULLS FIRST FETCH FIRST 3 ROWS WITH TIES

SELECT count(*) FROM (SELECT 1 FROM customers WHERE customer_id = 7 LIMIT 3) AS t

-- NULLs sort last ascending and first descending, unless told otherwise.
-- @ordered
SELECT small, id FROM samples ORDER BY small, id

-- @ordered
SELECT small, id FROM samples ORDER BY small DESC, id

-- @ordered
SELECT small, id FROM samples ORDER BY small NULLS FIRST, id DESC

-- @ordered
SELECT small, id FROM samples ORDER BY small DESC NULLS LAST, id

-- @ordered
SELECT whole, flag, id FROM samples ORDER BY flag, whole NULLS FIRST, id LIMIT 40

-- @ordered
SELECT id, big FROM samples ORDER BY big DESC LIMIT 20

-- @ordered
SELECT id, amount FROM samples ORDER BY amount, id

-- @ordered
SELECT id, amount FROM samples ORDER BY amount DESC NULLS LAST, id

-- @ordered
SELECT id, price FROM samples ORDER BY price, id LIMIT 30

-- @ordered
SELECT id, ratio FROM samples ORDER BY ratio, id

-- @ordered
SELECT id, measure FROM samples ORDER BY measure, id

-- @ordered
SELECT id, measure FROM samples ORDER BY measure DESC, id

-- @ordered
SELECT id, label FROM samples ORDER BY label, id

-- @ordered
SELECT id, label FROM samples ORDER BY label DESC NULLS LAST, id

-- @ordered
SELECT id, code FROM samples ORDER BY code, id

-- @ordered
SELECT id, padded FROM samples ORDER BY padded, id

-- @ordered
SELECT id, day FROM samples ORDER BY day, id

-- @ordered
SELECT id, moment FROM samples ORDER BY moment DESC, id

-- @ordered
SELECT id, instant FROM samples ORDER BY instant, id

-- @ordered
SELECT id, key FROM samples ORDER BY key, id

-- @ordered
SELECT id, span FROM samples ORDER BY span, id

-- @ordered
-- @refused
SELECT id, doc FROM samples ORDER BY doc, id

-- @ordered
-- @refused
SELECT id, list FROM samples ORDER BY list, id

-- Sorting by what is not in the select list.
-- @ordered
SELECT label FROM samples ORDER BY id

-- @ordered
SELECT id FROM samples ORDER BY whole + id, id LIMIT 20

-- @ordered
SELECT id, whole * 2 AS twice FROM samples WHERE whole IS NOT NULL ORDER BY twice DESC, id LIMIT 12

-- @ordered
SELECT id FROM samples ORDER BY -id LIMIT 3

-- @ordered
SELECT * FROM samples ORDER BY id DESC LIMIT 4

-- @ordered
SELECT s.*, s.id + 1 AS next FROM samples s ORDER BY s.id LIMIT 4

-- @ordered
SELECT id FROM samples ORDER BY lower(label) COLLATE "C" NULLS FIRST, id

-- @ordered
SELECT id, label FROM samples ORDER BY label COLLATE "C" DESC, id LIMIT 15

-- @ordered
SELECT id FROM samples ORDER BY CASE WHEN id % 2 = 0 THEN 0 ELSE 1 END, id

-- @ordered
-- @refused
SELECT id FROM samples ORDER BY id USING >

-- @ordered
SELECT order_id, customer_id, total FROM orders ORDER BY total DESC, order_id LIMIT 5

-- @ordered
SELECT order_id, created_at FROM orders ORDER BY created_at DESC, order_id LIMIT 7 OFFSET 3

SELECT id FROM samples ORDER BY 2

SELECT id FROM samples ORDER BY nothing

-- @refused
SELECT count(*) FROM samples ORDER BY id

SELECT id FROM empties ORDER BY id

-- @ordered
SELECT id FROM empties ORDER BY id LIMIT 5 OFFSET 5


-- @ordered
SELECT order_id FROM orders ORDER BY order_id LIMIT 9223372036854775807 OFFSET 3

-- @ordered
SELECT order_id FROM orders ORDER BY order_id LIMIT 3 OFFSET 9223372036854775807

-- Rows without columns.
SELECT FROM orders

SELECT FROM orders ORDER BY total LIMIT 3
