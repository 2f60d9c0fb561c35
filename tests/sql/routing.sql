-- Where rows are: equality, IN, ranges and contradictions on the sharding column.

SELECT * FROM customers WHERE customer_id = 7

-- @params int8 7
SELECT * FROM customers WHERE customer_id = $1

-- @params int4 12
SELECT * FROM customers WHERE customer_id = $1

-- @params int2 13
SELECT * FROM customers WHERE customer_id = $1

-- @params unknown 14
SELECT * FROM customers WHERE customer_id = $1

-- @params unknown abc
SELECT * FROM customers WHERE customer_id = $1

-- @params numeric 14.0
SELECT * FROM customers WHERE customer_id = $1

-- @params int8 NULL
SELECT * FROM customers WHERE customer_id = $1

SELECT name FROM customers WHERE 7 = customer_id

SELECT name FROM customers WHERE customer_id = '7'

SELECT name FROM customers WHERE customer_id = 7.0

SELECT name FROM customers WHERE customer_id = 7.5

SELECT name FROM customers WHERE customer_id = 7::int

SELECT name FROM customers WHERE customer_id = 99999999999999999999999

SELECT name FROM customers WHERE customer_id = 'abc'

SELECT name FROM customers WHERE customer_id = -7 + 14

SELECT name FROM customers c WHERE c.customer_id = 7

SELECT name FROM public.customers WHERE customer_id = 7

SELECT name FROM "customers" AS "C" WHERE "C".customer_id = 7

SELECT NAME FROM CUSTOMERS WHERE CUSTOMER_ID = 7

SELECT customers.* FROM customers WHERE customers.customer_id = 7

-- @ordered
SELECT customer_id, name FROM customers WHERE customer_id IN (3, 4, 5, 40, 41) ORDER BY customer_id

SELECT customer_id FROM customers WHERE customer_id IN (2, 4, 6)

SELECT customer_id FROM customers WHERE customer_id IN (1, NULL, 3)

SELECT customer_id FROM customers WHERE customer_id IN (NULL)

SELECT customer_id FROM customers WHERE customer_id NOT IN (1, 2, 3)

SELECT customer_id FROM customers WHERE customer_id NOT IN (1, NULL)

-- @params int8 3, int8 8, int8 3
SELECT customer_id, name FROM customers WHERE customer_id IN ($1, $2, $3)

-- @params int8 NULL, int8 8
SELECT customer_id, name FROM customers WHERE customer_id IN ($1, $2)

SELECT customer_id FROM customers WHERE customer_id = ANY (ARRAY[1, 2, 39])

SELECT customer_id FROM customers WHERE customer_id = ANY ('{5,6,7}')

SELECT customer_id FROM customers WHERE customer_id = 5 OR customer_id = 6

SELECT customer_id FROM customers WHERE customer_id = 5 OR name LIKE 'A%'

SELECT customer_id FROM customers WHERE customer_id = 5 AND customer_id = 6

SELECT count(*) FROM customers WHERE customer_id = 5 AND customer_id = 6

SELECT customer_id FROM customers WHERE NOT customer_id = 5

SELECT customer_id FROM customers WHERE customer_id <> 5

SELECT customer_id FROM customers WHERE customer_id BETWEEN 5 AND 9

SELECT customer_id FROM customers WHERE customer_id BETWEEN 9 AND 5

SELECT customer_id FROM customers WHERE customer_id BETWEEN SYMMETRIC 9 AND 5

SELECT customer_id FROM customers WHERE customer_id NOT BETWEEN 3 AND 39

SELECT customer_id FROM customers WHERE customer_id > 35 AND customer_id <= 38

SELECT customer_id FROM customers WHERE customer_id >= 40

-- @params int8 10, int8 12
SELECT customer_id FROM customers WHERE customer_id BETWEEN $1 AND $2

SELECT customer_id FROM customers WHERE customer_id IS NULL

SELECT count(*) FROM customers WHERE customer_id IS NOT NULL

SELECT customer_id FROM customers WHERE customer_id = NULL

SELECT customer_id FROM customers WHERE customer_id % 10 = 0

SELECT name FROM customers WHERE false

SELECT count(*) FROM customers WHERE true

SELECT customer_id FROM customers WHERE customer_id = (SELECT 7)

SELECT name FROM customers WHERE customer_id = 7 AND name = 'nobody'

SELECT name FROM customers WHERE (customer_id, name) = (7, 'nobody')

-- Negative keys belong to the tables whose algorithm takes them.
SELECT id, whole, label FROM samples WHERE id = -5

-- @params int8 -5
SELECT id, whole, label FROM samples WHERE id = $1

SELECT id FROM samples WHERE id IN (-9, -8, -7, 0, 1)

-- @ordered
SELECT id FROM samples WHERE id < 0 ORDER BY id

SELECT id FROM samples WHERE id = - 5

SELECT id FROM samples WHERE id = -(-5)

SELECT count(*) FROM samples WHERE id = 9223372036854775807

SELECT count(*) FROM samples WHERE id = -9223372036854775808

-- A list of a thousand values.
SELECT count(*) FROM samples WHERE id IN ({{ ", ".join(str(n) for n in range(-20, 980)) }})

-- @ordered
SELECT id, big FROM samples WHERE id IN ({{ ", ".join(str(n * 3) for n in range(1000)) }}) ORDER BY id

-- @runs
EXPLAIN SELECT * FROM customers WHERE customer_id = 7

-- @runs
EXPLAIN SELECT count(*) FROM customers

-- @runs
EXPLAIN (COSTS OFF) SELECT * FROM products

TABLE countries

SELECT * FROM products WHERE product_id = 3

SELECT * FROM settings

SELECT value FROM settings WHERE key = 'currency'

SELECT customer_id, name FROM customers WHERE customer_id = 7 -- a comment at the end

/* before */ SELECT customer_id /* between */ FROM customers WHERE customer_id = 7;

SELECT customer_id FROM customers WHERE customer_id = 7 AND country = $$CA$$

SELECT E'a\'b', U&'\0041', 'it''s', B'101', X'1F', $q$ dollars $q$ FROM customers WHERE customer_id = 7

-- Spellings of one value.
SELECT customer_id FROM customers WHERE customer_id = -(-7)

SELECT customer_id FROM customers WHERE customer_id = 0007

SELECT customer_id FROM customers WHERE customer_id = 7::int::bigint

SELECT customer_id FROM customers WHERE customer_id = '7'::text::int

SELECT customer_id FROM customers WHERE customer_id = '7.0'::numeric

SELECT customer_id FROM customers WHERE customer_id = 6.5::int

SELECT customer_id FROM customers WHERE customer_id = 7::float8

SELECT customer_id FROM customers WHERE customer_id = 7.004::numeric(10,2)

SELECT customer_id FROM customers WHERE customer_id = $$7$$ AND name IS NOT NULL

SELECT customer_id FROM customers WHERE customer_id = E'\x37'

SELECT customer_id FROM customers WHERE customer_id IN (-(-1), +3, 5)

-- @params text 7
SELECT customer_id FROM customers WHERE customer_id = $1::int

-- @params numeric 7.5
SELECT customer_id FROM customers WHERE customer_id = $1

-- @params numeric 7.5
SELECT customer_id FROM customers WHERE customer_id = $1::int

-- @params float8 7
SELECT customer_id FROM customers WHERE customer_id = $1

-- Shapes of conditions.
SELECT customer_id FROM customers WHERE NOT customer_id <> 7

SELECT customer_id FROM customers WHERE NOT (customer_id NOT IN (3, 4) OR customer_id = 3)

SELECT customer_id FROM customers WHERE NOT (customer_id < 7 OR customer_id > 8)

SELECT customer_id FROM customers WHERE customer_id = 3 OR customer_id BETWEEN 7 AND 8 OR (customer_id > 38 AND country = 'CA')

SELECT customer_id, order_id FROM orders WHERE (customer_id, order_id) IN ((1, 1), (2, 2), (3, 3), (4, 1))

SELECT customer_id, order_id FROM orders WHERE (customer_id, order_id) < (2, 3)

SELECT customer_id, order_id FROM orders WHERE (customer_id = 1 AND order_id = 1) OR (customer_id = 2 AND order_id > 1)

SELECT customer_id FROM customers WHERE customer_id IS NOT DISTINCT FROM 7

SELECT customer_id FROM customers WHERE customer_id IS NOT DISTINCT FROM NULL

SELECT customer_id FROM customers WHERE customer_id = ANY ('{1,"2",NULL}'::bigint[])

SELECT customer_id FROM customers WHERE customer_id = ANY (ARRAY[1, 2]::bigint[])

SELECT customer_id FROM customers WHERE customer_id = ANY ('{}')

SELECT customer_id FROM customers WHERE customer_id = ANY ('{ {1,2}, {3,4} }')

SELECT customer_id FROM customers WHERE NOT customer_id <> ALL ('{1,2}')

SELECT count(*), sum(customer_id) FROM customers WHERE false

SELECT count(*), max(name) FROM customers WHERE customer_id = 3 AND customer_id = 4

SELECT country, count(*) FROM customers WHERE customer_id = NULL GROUP BY country

SELECT c.customer_id, o.order_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id AND false WHERE c.customer_id IN (1, 2)

SELECT c.customer_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id WHERE o.customer_id IS NULL

SELECT c.customer_id FROM customers c JOIN orders o ON o.customer_id = c.customer_id WHERE c.customer_id = 3 OR o.customer_id = 4

-- Hints stand in comments; to PostgreSQL they are nothing.
/* TESSERA_HINT: WRITE_ROUTE_ONLY=true */ SELECT customer_id FROM customers WHERE customer_id = 7

/* SHARDINGSPHERE_HINT: writeRouteOnly=true, NEVER_HEARD=1 */ SELECT count(*) FROM customers
