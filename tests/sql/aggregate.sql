-- Aggregates over all shards: PostgreSQL's own types, digits and NULLs.

SELECT count(*) FROM customers

SELECT count(*), count(small), count(label) FROM samples

SELECT count(*) AS n, min(id) AS low, max(id) AS high FROM samples

SELECT sum(small), avg(small), min(small), max(small) FROM samples

SELECT sum(whole), avg(whole), min(whole), max(whole) FROM samples

SELECT sum(big), avg(big), min(big), max(big) FROM samples

SELECT sum(price), avg(price), min(price), max(price) FROM samples

SELECT sum(amount) FROM samples WHERE amount <> 'NaN'

SELECT avg(amount) FROM samples WHERE amount < 1000

SELECT sum(amount), avg(amount), max(amount) FROM samples

-- @approximate
SELECT sum(ratio), avg(ratio), min(ratio), max(ratio) FROM samples

-- @approximate
SELECT sum(measure), avg(measure) FROM samples WHERE measure BETWEEN -100 AND 100

SELECT min(measure), max(measure) FROM samples

SELECT sum(span), avg(span), min(span), max(span) FROM samples

SELECT min(label), max(label) FROM samples

SELECT min(code), max(code), min(padded), max(padded) FROM samples

SELECT min(day), max(day), min(moment), max(moment), min(instant), max(instant) FROM samples

SELECT bool_and(flag), bool_or(flag), every(flag) FROM samples

SELECT bit_and(whole), bit_or(whole) FROM samples

-- @refused
SELECT array_length(array_agg(id), 1) FROM samples

-- @refused
SELECT string_agg(code, ',' ORDER BY id) FROM samples

-- @refused
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY whole) FROM samples

-- @approximate
-- @refused
SELECT stddev(whole), variance(whole) FROM samples

-- No rows at all.
SELECT count(*), count(whole), sum(whole), avg(amount), min(label), max(id) FROM empties

SELECT count(*) FROM samples WHERE id > 1000

SELECT sum(whole), avg(whole) FROM samples WHERE whole IS NULL

SELECT label, count(*) FROM empties GROUP BY label

SELECT count(*) FROM empties HAVING count(*) > 0

SELECT count(*) FROM empties HAVING count(*) = 0

-- Groups.
SELECT country, count(*) FROM customers GROUP BY country

-- @ordered
SELECT country, count(*) FROM customers GROUP BY country ORDER BY country

-- @ordered
SELECT country, count(*) AS n FROM customers GROUP BY country ORDER BY n DESC, country LIMIT 3

-- @ordered
SELECT country, count(*) FROM customers GROUP BY 1 ORDER BY 2 DESC, 1 OFFSET 2

-- @ordered
SELECT status, count(*), sum(total), avg(total), min(total), max(total) FROM orders GROUP BY status ORDER BY status

SELECT status, avg(total) FROM orders GROUP BY status HAVING count(*) > 12

SELECT status FROM orders GROUP BY status HAVING max(total) > 2000 AND min(total) < 200

SELECT flag, small, count(*) FROM samples GROUP BY flag, small

-- @ordered
SELECT flag, small, sum(big) FROM samples GROUP BY flag, small ORDER BY flag NULLS FIRST, small DESC

-- 1 and 1.00 are one group: which of them is shown is not settled.
SELECT amount + 0.0000001, count(*) FROM samples GROUP BY amount

SELECT measure + 0.0, count(*) FROM samples GROUP BY measure

SELECT padded, count(*), max(label) FROM samples GROUP BY padded

SELECT extract(epoch FROM span), count(*) FROM samples GROUP BY span

SELECT label, count(*) FROM samples GROUP BY label

SELECT day, instant, count(*) FROM samples GROUP BY day, instant

SELECT date_trunc('month', moment) AS month, count(*) FROM samples GROUP BY 1

-- @ordered
SELECT id % 3 AS class, sum(whole) FROM samples GROUP BY id % 3 ORDER BY class

SELECT id, count(*) FROM samples GROUP BY id HAVING id < 3

-- @ordered
SELECT customer_id, count(*), sum(total) FROM orders GROUP BY customer_id ORDER BY customer_id

-- @ordered
SELECT customer_id, sum(total) FROM orders GROUP BY customer_id ORDER BY sum(total) DESC, customer_id LIMIT 5

-- Expressions over aggregates.
SELECT sum(quantity * price) FROM order_items

SELECT count(*) * 2, sum(whole) + 1, max(id) - min(id) FROM samples

SELECT round(avg(total), 2), (sum(total) / count(*))::numeric(12,4) FROM orders

SELECT status, round(avg(total), 2) AS mean FROM orders GROUP BY status

SELECT upper(country) AS c, count(*) + 0.5 FROM customers GROUP BY country

SELECT coalesce(sum(whole), 0), coalesce(max(label), 'none') FROM empties

SELECT CASE WHEN count(*) > 10 THEN 'many' ELSE 'few' END FROM customers

SELECT 'constant', count(*), 3 FROM customers

SELECT count(*)::int, sum(whole)::text FROM samples

-- FILTER and DISTINCT.
SELECT count(*) FILTER (WHERE whole > 0), sum(whole) FILTER (WHERE flag) FROM samples

SELECT flag, count(*) FILTER (WHERE small IS NULL) FROM samples GROUP BY flag

-- @refused
SELECT count(DISTINCT small) FROM samples

-- @refused
SELECT sum(DISTINCT whole), count(*) FROM samples

SELECT count(DISTINCT whole) FROM samples WHERE id = 3

SELECT count(DISTINCT customer_id) FROM orders WHERE customer_id = 3

SELECT DISTINCT country FROM customers

-- @ordered
SELECT DISTINCT country FROM customers ORDER BY country

-- @ordered
SELECT DISTINCT flag, small FROM samples ORDER BY flag, small LIMIT 6

SELECT DISTINCT padded FROM samples

SELECT DISTINCT id FROM samples WHERE id < 4

-- @refused
SELECT DISTINCT ON (country) country, customer_id FROM customers ORDER BY country, customer_id

-- @refused
SELECT country, count(*) FROM customers GROUP BY GROUPING SETS ((country), ())

-- @refused
SELECT country, count(*) FROM customers GROUP BY ROLLUP (country)

-- Parameters beside aggregates.
-- @params int4 5
SELECT count(*), sum(whole) FROM samples WHERE whole > $1

-- @params numeric 100.5
SELECT status, count(*) FROM orders WHERE total > $1 GROUP BY status

-- @params int4 2
SELECT status, count(*) FROM orders GROUP BY status HAVING count(*) > $1

-- @params int4 3
SELECT sum(whole) * $1 FROM samples

SELECT nothing, count(*) FROM customers GROUP BY nothing

-- @refused
SELECT name, count(*) FROM customers

SELECT count(*) FROM customers WHERE count(*) > 1

SELECT sum(name) FROM customers

SELECT sum(1 / (id - 5)) FROM samples

SELECT max(1 / (id - 5)) FROM samples WHERE id > 5

SELECT sum(big * 1000000000000) FROM samples

-- Whole rows and records as groups: unnest() would take them apart.
-- @refused
SELECT count(*) FROM orders o GROUP BY o

-- @refused
SELECT DISTINCT (status, customer_id % 2) FROM orders

-- @refused
SELECT (status, total), count(*) FROM orders GROUP BY 1
