-- Text under a language's collation: in PostgreSQL's order, or refused. Never in another order.
-- @locale en_US.UTF-8

-- @ordered
SELECT id, label FROM samples WHERE id = 5 ORDER BY label

-- @ordered
-- @refused
SELECT id, label FROM samples ORDER BY label, id

-- @ordered
-- @refused
SELECT id, label FROM samples ORDER BY label DESC NULLS LAST, id LIMIT 10

-- @ordered
SELECT id, label FROM samples ORDER BY label COLLATE "C", id

-- @ordered
-- @refused
SELECT name FROM customers ORDER BY name, customer_id

-- @ordered
SELECT customer_id, name FROM customers ORDER BY customer_id

-- @ordered
SELECT country, count(*) FROM customers GROUP BY country ORDER BY country

-- @ordered
SELECT label, count(*) FROM samples GROUP BY label ORDER BY label

SELECT min(label), max(label) FROM samples

SELECT min(name), max(name) FROM customers

SELECT DISTINCT label FROM samples

-- @ordered
SELECT id, padded, key, day FROM samples ORDER BY key, id
