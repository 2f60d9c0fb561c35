-- Writes compare_order.txt: how PostgreSQL itself orders values, and their binary forms.
--
--   psql -XAtF ' ' -f compare_order.sql > compare_order.txt
--
-- A line is: the type's OID, the rank of the value in its type's order (equal values share one), the value's bytes.
\set QUIET on
set timezone = 'UTC';
set bytea_output = 'hex';
select setseed(0.25) as seed \gset

create temp table ordered (type oid, rank bigint, bytes bytea);
create function pg_temp.add(type regtype, send text, texts text[], collation_clause text default '') returns void
language plpgsql as $$
begin
  execute format(
    'insert into ordered select %L::regtype, dense_rank() over (order by v %s), %s(v)
       from (select t::%s as v from unnest($1) t) s', type, collation_clause, send, type) using texts;
end $$;

-- Random numbers of very different sizes and scales, among them neighbours and equals of other scales.
create function pg_temp.numbers() returns text[] language sql as $$
  select array_agg(n::text) || array_agg((n::text || case when n::text like '%.%' then '000' else '.0' end))
         || array_agg((n + 0.0001)::text)
    from (select round(((random() - 0.5) * 10 ^ (random() * 24 - 4))::numeric, (random() * 12)::int - 6) as n
            from generate_series(1, 60)) s
$$;
create function pg_temp.integers(bits int) returns text[] language sql as $$
  select array_agg(trunc((random() * 2 - 1)::numeric * (2::numeric ^ (random() * (bits - 1))::numeric - 1))::text)
         || array['0', '1', '-1', (2::numeric ^ (bits - 1) - 1)::numeric(20)::text, (-(2::numeric ^ (bits - 1)))::numeric(20)::text]
    from generate_series(1, 40)
$$;
create function pg_temp.strings() returns text[] language sql as $$
  select array['', ' ', 'a', 'a ', 'a  ', 'a' || chr(9), 'a' || chr(9) || ' ', 'ab', 'A', 'Z', 'z', '1', '10', '2', '~',
               'é', 'è', 'e', chr(127), chr(128), chr(65533), chr(128512), 'a' || chr(1), 'zz' || repeat('y', 40)]
$$;

do $$ begin
  perform pg_temp.add('bool', 'boolsend', array['t', 'f', 't']);
  perform pg_temp.add('"char"', 'charsend', array['a', 'A', 'z', '0', E'\\200', E'\\377', '']);
  perform pg_temp.add('int2', 'int2send', pg_temp.integers(16));
  perform pg_temp.add('int4', 'int4send', pg_temp.integers(32));
  perform pg_temp.add('int8', 'int8send', pg_temp.integers(64));
  perform pg_temp.add('oid', 'oidsend', array['0', '1', '2147483647', '2147483648', '4294967295']);
  perform pg_temp.add('pg_lsn', 'pg_lsn_send', array['0/0', '0/1', '7FFFFFFF/FFFFFFFF', '80000000/0', 'FFFFFFFF/FFFFFFFF']);
  perform pg_temp.add('money', 'cash_send', array['0', '-1', '1', '92233720368547758.07', '-92233720368547758.08']);
  perform pg_temp.add('float4', 'float4send', array['0', '-0', 'NaN', 'Infinity', '-Infinity', '1e-45', '-1e-45', '3.4e38', '1', '1.0000001']);
  perform pg_temp.add('float8', 'float8send', pg_temp.numbers()
    || array['0', '-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '-5e-324', '1.7e308', '-1.7e308']);
  perform pg_temp.add('numeric', 'numeric_send', pg_temp.numbers()
    || array['0', '0.000', '-0.0', 'NaN', 'Infinity', '-Infinity', '1', '1.0', '10000', '9999', '9999.9999', '9999.99990',
             '-9999.9999', '1e131071', '-1e131071', '1e-16383', '-1e-16383', '1e-8', '1e-7', '100000000', '99999999']);
  perform pg_temp.add('text', 'textsend', pg_temp.strings(), 'collate "C"');
  perform pg_temp.add('varchar', 'varcharsend', pg_temp.strings(), 'collate "C"');
  perform pg_temp.add('bpchar', 'bpcharsend', pg_temp.strings(), 'collate "C"');
  perform pg_temp.add('name', 'namesend', pg_temp.strings());
  perform pg_temp.add('bytea', 'byteasend', array['\x', '\x00', '\x0000', '\x01', '\x7f', '\x80', '\xff', '\xff00']);
  perform pg_temp.add('uuid', 'uuid_send', array['00000000-0000-0000-0000-000000000000', '7fffffff-ffff-ffff-ffff-ffffffffffff',
    '80000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000001']);
  perform pg_temp.add('date', 'date_send', array['infinity', '-infinity', '2000-01-01', '1999-12-31', '4713-01-01 BC', '5874897-12-31']);
  perform pg_temp.add('time', 'time_send', array['00:00', '24:00', '23:59:59.999999', '12:00', '12:00:00.000001']);
  perform pg_temp.add('timetz', 'timetz_send', array['00:00+00', '24:00-15:59', '00:00+15:59', '12:00+01', '11:00+00', '13:00+02',
    '12:00-01', '11:00:00.000001+00', '12:00:00.5+00:00:01', '12:00:00.5+00:00:02']);
  perform pg_temp.add('timestamp', 'timestamp_send', array['infinity', '-infinity', '2000-01-01', '1999-12-31 23:59:59.999999',
    '4713-01-01 BC', '294276-12-31']);
  perform pg_temp.add('timestamptz', 'timestamptz_send', array['infinity', '-infinity', '2000-01-01', '2000-01-01 01:00+01',
    '1999-12-31 23:59:59.999999', '4713-01-01 BC', '294276-12-31']);
  perform pg_temp.add('interval', 'interval_send', array['0', '1 month', '30 days', '720 hours', '29 days 23:59:59.999999',
    '1 month -1 microsecond', '1 day -24 hours', '-1 month', '-30 days', '1 year', '360 days', '365 days', '178000000 years',
    '-178000000 years', '2147483647 days', '178000000 years 2147483647 days 2562047788 hours',
    '-178000000 years -2147483647 days -2562047788 hours', '178000000 years -1 microsecond']);
end $$;

select type, rank, substr(bytes::text, 3) from ordered order by type, rank, bytes;
