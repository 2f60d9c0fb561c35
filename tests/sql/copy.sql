-- COPY of a single table, both ways.

-- @copy copied\tin
-- @copy empty\t\N
COPY settings FROM STDIN

SELECT * FROM settings

COPY settings TO STDOUT

COPY (SELECT key FROM settings ORDER BY key) TO STDOUT WITH (FORMAT csv, HEADER)

-- @copy "with, comma",x
COPY settings (key, value) FROM STDIN WITH (FORMAT csv)

-- @copy only one column
COPY settings FROM STDIN

SELECT count(*) FROM settings

-- @copy copied\tagain
COPY settings FROM STDIN

BEGIN

-- @copy transaction\tyes
COPY settings FROM STDIN

SELECT count(*) FROM settings

ROLLBACK

SELECT count(*) FROM settings

COPY nowhere TO STDOUT

-- @refused
COPY customers TO STDOUT

-- @refused
-- @copy 900\tName\te@x\tDE\t2024-01-01 00:00:00+00
COPY customers FROM STDIN

SELECT 1
