-- INSERT: routing, RETURNING, conflicts, and what cannot be inserted.

INSERT INTO customers (customer_id, name, email, country, created_at) VALUES (101, 'New', 'n@x', 'DE', '2024-01-01 00:00:00+00')

SELECT * FROM customers WHERE customer_id = 101

-- @params int8 102, text 'Param', text 'p@x', text 'FR', timestamptz '2024-01-02 00:00:00+00'
INSERT INTO customers (customer_id, name, email, country, created_at) VALUES ($1, $2, $3, $4, $5)

-- @params unknown 103, unknown 'Untyped', unknown 'u@x', unknown 'FR', unknown '2024-01-02 00:00:00+00'
INSERT INTO customers VALUES ($1, $2, $3, $4, $5) RETURNING customer_id, name

-- Rows go to several shards and come back in the order in which they were given.
-- @ordered
INSERT INTO samples (id, label, whole) VALUES (204, 'd', 4), (201, 'a', 1), (203, 'c', 3), (202, 'b', 2) RETURNING id, label, whole + 1

-- @ordered
INSERT INTO samples (id, label) VALUES (211, 'x'), (-211, 'y'), (212, NULL) RETURNING *

SELECT id, label, whole FROM samples WHERE id > 200

-- @ordered
-- @params int8 221, text 'p', int8 222, text 'q', int8 223, text NULL
INSERT INTO samples (id, label) VALUES ($1, $2), ($3, $4), ($5, $6) RETURNING id, label

-- @params int8 231
INSERT INTO samples (id, label) VALUES ($1, 'same'), (232, 'other'), (233, DEFAULT)

INSERT INTO samples (label, id) VALUES ('swapped', 241), ('columns', 242)

SELECT id, label FROM samples WHERE id BETWEEN 221 AND 250

INSERT INTO samples (id, label) VALUES (1, 'taken')

INSERT INTO samples (id, label) VALUES (301, 'free'), (2, 'taken')

SELECT count(*) FROM samples WHERE id = 301

INSERT INTO samples (id, label) VALUES (302, 'twice'), (302, 'twice')

INSERT INTO samples (id, label) VALUES (1, 'taken') ON CONFLICT (id) DO NOTHING

INSERT INTO samples (id, label) VALUES (1, 'taken'), (311, 'free'), (2, 'taken'), (312, 'free') ON CONFLICT (id) DO NOTHING

INSERT INTO samples (id, label) VALUES (1, 'changed'), (313, 'made'), (2, 'changed') ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label

SELECT id, label FROM samples WHERE id IN (1, 2, 311, 312, 313)

INSERT INTO samples (id, label) VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET label = samples.label || '!' RETURNING id, label

INSERT INTO samples AS s (id, label) VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET label = s.label || '?' WHERE s.id = 1 RETURNING s.label

-- @ordered
INSERT INTO samples (id, label) VALUES (314, 'r'), (315, 's') ON CONFLICT (id) DO UPDATE SET label = 'u' RETURNING id, label

INSERT INTO samples (id, amount, price, measure, code, padded, day, instant, span, key, doc, list) VALUES (320, 1.50, 3.14159, 2.5, 'abc', 'ab', '2024-02-29', '2024-02-29 12:00+02', '1 day', '00000000-0000-4000-8000-000000000001', '{"a": [1]}', '{1,2}') RETURNING *

INSERT INTO samples (id, code) VALUES (321, 'longer than ten')

INSERT INTO samples (id, code) VALUES (322, 'fine'), (323, 'longer than ten')

SELECT count(*) FROM samples WHERE id IN (321, 322, 323)

INSERT INTO samples (id, nothing) VALUES (330, 1)

INSERT INTO samples (id, whole) VALUES (331, 'abc')

INSERT INTO samples (id, whole) VALUES (332)

INSERT INTO samples (id) VALUES (333, 1)

INSERT INTO samples (id, id) VALUES (334, 1)

INSERT INTO customers (customer_id, name) VALUES (105, 'no email')

-- @refused
INSERT INTO samples (id, label) VALUES (NULL, 'no key')

-- @refused
INSERT INTO samples (label) VALUES ('no key')

INSERT INTO samples (id, label) VALUES (1000 + 1, 'sum')

INSERT INTO samples (id, label) VALUES (1002, 'constant'), (10 * 100 + 3, 'product'), (length('four') + 1000, 'call') RETURNING id, label

SELECT id, label FROM samples WHERE id = 1000 + 1

SELECT id, label FROM samples WHERE id IN (1000 + 1, 1002, abs(-1003), 2008 / 2)

UPDATE samples SET label = 'found' WHERE id = 2 * 501 RETURNING label

INSERT INTO samples (id, label) VALUES (1 / 0, 'none')

SELECT id FROM samples WHERE id = 1 / 0

INSERT INTO samples (id, label) VALUES (lower('5'), 'text')

-- @params int8 5, int4 1000
INSERT INTO samples (id, label) VALUES ($1 + $2, 'parameters') RETURNING id

-- @params int8 5
SELECT id, label FROM samples WHERE id = $1 + 1000

INSERT INTO samples (id, label) SELECT 2000, 'selected'

-- @refused
INSERT INTO samples (id, label) SELECT product_id + 3000, name FROM products

INSERT INTO samples (id, label) VALUES ('340', 'quoted')

INSERT INTO samples (id, label) VALUES (341.0, 'decimal')

SELECT id, label FROM samples WHERE id IN (340, 341)

INSERT INTO samples VALUES (350, true, 1, 2, 3, 4)

SELECT id, flag, small, whole, big, amount FROM samples WHERE id = 350

-- @refused
INSERT INTO samples DEFAULT VALUES

-- Broadcast tables take the row everywhere and count it once.
INSERT INTO countries (code, name) VALUES ('XA', 'Xanadu'), ('XB', 'Xebec')

INSERT INTO countries (code, name) VALUES ('XC', 'Xi''an') RETURNING *

INSERT INTO countries (code, name) VALUES ('XA', 'again')

INSERT INTO countries (code, name) VALUES ('XA', 'again') ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name RETURNING name

SELECT * FROM countries WHERE code LIKE 'X%'

SELECT t.name, count(*) FROM customers c JOIN countries t ON t.code = c.country OR t.code = 'XA' GROUP BY t.name

-- A single table.
INSERT INTO settings (key, value) VALUES ('colour', 'red'), ('size', NULL) RETURNING *

INSERT INTO settings (key, value) VALUES ('colour', 'blue')

INSERT INTO settings SELECT 'from_country', name FROM countries WHERE code = 'XA'

SELECT * FROM settings

-- Five thousand rows in one statement.
INSERT INTO empties (id, whole, amount, label) VALUES {{ ", ".join(f"({n}, {n * 7 % 1000}, {n}.{n % 100:02d}, 'row {n}')" for n in range(1, 5001)) }}

SELECT count(*), sum(whole), sum(amount), min(id), max(label) FROM empties

-- @ordered
SELECT id, label FROM empties ORDER BY whole, id LIMIT 20 OFFSET 100

-- @ordered
SELECT * FROM empties ORDER BY id

INSERT INTO empties (id) VALUES {{ ", ".join(f"({n})" for n in range(5001, 5100)) }}, (1)

SELECT count(*) FROM empties
