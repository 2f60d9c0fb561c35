-- Values of every type as results and as parameters, in text and in binary.

SELECT * FROM samples WHERE id = 1

SELECT * FROM samples WHERE id IN (-9, 0, 7, 30)

SELECT * FROM samples

SELECT id, flag::text, small::bigint, whole::numeric, big::float8, amount::text, ratio::float8 FROM samples WHERE id < 20

SELECT id, doc ->> 'n', list[1], key::text, span * 2, day + 1, moment::date FROM samples WHERE id BETWEEN 5 AND 25

SELECT ROW(id, label), ARRAY[id, whole], ARRAY[label, code] FROM samples WHERE id IN (1, 2, 3)

SELECT '192.168.0.1'::inet, '(1,2)'::point, '[1,5)'::int4range, '<a/>'::text, '\xdeadbeef'::bytea, 'a'::"char", B'1010', '12:30'::time, '12:30+02'::timetz, 1::oid, 'customers'::name

SELECT NULL, NULL::int, NULL::text, ''::text, true, false, -0.0, 1e10, 1.10, 2147483648, -9223372036854775808

-- @params bool t
SELECT count(*) FROM samples WHERE flag = $1

-- @params int2 1
SELECT id FROM samples WHERE small = $1

-- @params int4 5
SELECT id FROM samples WHERE whole = $1

-- @params int8 4000012000028
SELECT id FROM samples WHERE big > $1

-- @params numeric 1.0
SELECT id FROM samples WHERE amount = $1

-- @params float8 1.5
SELECT id, measure FROM samples WHERE measure >= $1

-- @params float4 0.5
SELECT id FROM samples WHERE ratio = $1

-- @params text 'Zebra'
SELECT id FROM samples WHERE label = $1

-- @params varchar 'c3'
SELECT id FROM samples WHERE code = $1

-- @params bpchar 'ab'
SELECT id FROM samples WHERE padded = $1

-- @params date 2024-06-15
SELECT id FROM samples WHERE day > $1

-- @params timestamp '2024-01-15 10:30:00'
SELECT id FROM samples WHERE moment < $1

-- @params timestamptz '2024-03-15 10:00:00+00'
SELECT id FROM samples WHERE instant < $1

-- @params interval '1 day'
SELECT id FROM samples WHERE span = $1

-- @params uuid 00000000-0000-4000-8000-000000001ee3
SELECT id FROM samples WHERE key = $1

-- @params int8 3, text 'a', bool NULL, numeric 1.50
SELECT $1, $2, $3, $4

-- @params int8 3, text 'a'
SELECT $1 + id, $2 || coalesce(label, '') FROM samples WHERE id IN (1, 2)

-- @params unknown '2024-06-15', unknown 5
SELECT id FROM samples WHERE day > $1 AND whole > $2

-- @params int8 2, int8 2
SELECT $1 = $2, id FROM samples WHERE id = $1

-- @params int4 10
-- @ordered
SELECT id, id + $1 FROM samples WHERE id > 0 ORDER BY id + $1 LIMIT 5

-- @params int8 901, bool t, int2 1, int4 2, numeric 12.345, text 'bound', date 2024-05-05, timestamptz '2024-05-05 05:05:05+00', interval '2 hours', uuid 00000000-0000-4000-8000-000000000901
INSERT INTO samples (id, flag, small, whole, amount, label, day, instant, span, key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *

-- @params int8 902, text NULL, int8 903, text 'b'
INSERT INTO samples (id, label) VALUES ($1, $2), ($3, $4) RETURNING id, label

-- @params text 'changed', int8 901
UPDATE samples SET label = $1 WHERE id = $2 RETURNING id, label

-- @params text 'changed'
DELETE FROM samples WHERE label = $1 OR id > 900

-- An enum's number differs between servers: its text does not.
CREATE TYPE made_mood AS ENUM ('sad', 'fine', 'glad')

SELECT 'fine'::made_mood::text, 'sad'::made_mood < 'glad'::made_mood

DROP TYPE made_mood
