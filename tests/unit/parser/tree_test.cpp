// What the grammar makes of statements, in describe()'s words. Every statement here, but those that
// are none of the grammar's, must pass ANTLR's fast prediction.

#include <gtest/gtest.h>

#include "parser/parse.h"
#include "tests/unit/parser/describe.h"

namespace tessera::parser {
namespace {

struct Example {
  const char* statement;
  const char* tree;
};

class Trees : public ::testing::TestWithParam<Example> {};

TEST_P(Trees, AreAsWritten) {
  const std::string_view text = GetParam().statement;
  Shape shape;
  ASSERT_TRUE(scan(text, 0, {}, shape));
  const ParseCounts before = parse_counts();
  const Result<ParsedStatement> parsed = parse(text, shape, {});
  const ParseCounts after = parse_counts();

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(describe(*parsed), GetParam().tree) << text;
  EXPECT_EQ(after.full, before.full) << text;
  const auto* other = std::get_if<OtherStatement*>(&parsed->statement().node);
  const bool unknown = other != nullptr && !(*other)->sentence;
  EXPECT_EQ(after.other - before.other, unknown ? 1U : 0U) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Queries, Trees,
    ::testing::Values(
        Example{R"(select)", R"({select})"},
        Example{R"(select a, t.b, s.t.c, *, t.* from s.t)",
                R"({select a t.b s.t.c * t.* from[s.t]})"},
        Example{R"(select a as x, b y, c "Z", d as select from t as u (p, q))",
                R"({select a@x b@y c@Z d@select from[t@u(p q)]})"},
        Example{R"(select all a from only t, only (u), v *)",
                R"({select a from[only t only u v]})"},
        Example{R"(select distinct a from t)", R"({select distinct a from[t]})"},
        Example{R"(select distinct on (a, b.c) a from t)",
                R"({select distinct on[a b.c] a from[t]})"},
        Example{R"(select from t)", R"({select from[t]})"},
        Example{R"(select a into temp table n from t)", R"({select a into from[t]})"},
        Example{
            R"(select a from t where x = 1 and y <> 2 or not z and (p or q) or r)",
            R"({select a from[t] where (or (and (= x #1) (<> y #2)) (and (not z) (or p q)) r)})"},
        Example{R"(select a from t where (x = 1 and y = 2) and z = 3)",
                R"({select a from[t] where (and (= x #1) (= y #2) (= z #3))})"},
        Example{R"(select not not a, not a = b)", R"({select a (not (= a b))})"},
        Example{
            R"(select a from t group by a, 2, (b), cube (c, d), rollup (e), grouping sets ((f, g), h, ()))",
            R"({select a from[t] group[a #2 b sets[c d] sets[e] sets[(row f g) h]]})"},
        Example{
            R"(select grouping(a), cube(b) from t group by distinct a having count(*) > 1)",
            R"({select grouping(a) cube(b) from[t] group-distinct group[a] having (> count(*) #1)})"},
        Example{
            R"(select a from t order by a, 2 desc nulls first, c using >, d nulls last limit 10 offset $1)",
            R"({select a from[t] order[a #2 desc nulls-first c using d nulls-last] limit #10 offset $1})"},
        Example{R"(select a from t limit all offset 5 rows)", R"({select a from[t] offset #5})"},
        Example{R"(select a from t fetch first 3 rows only)", R"({select a from[t] limit #3})"},
        Example{R"(select a from t order by a offset 2 fetch next row with ties)",
                R"({select a from[t] order[a] fetch-one with-ties offset #2})"},
        Example{R"(select a from t for update of t nowait for share skip locked)",
                R"({select a from[t] lock(for update of t nowait for share skip locked)})"},
        Example{R"(select a from t for no key update)",
                R"({select a from[t] lock(for no key update)})"},
        Example{R"(select a from t for key share)", R"({select a from[t] lock(for key share)})"},
        Example{R"((select a from t) order by a limit 1)",
                R"({select a from[t] order[a] limit #1})"},
        Example{R"(((select a from t)))", R"({select a from[t]})"},
        Example{R"((select a from t limit 1) union (select b from u order by b) order by 1)",
                R"({union {select a from[t] limit #1} {select b from[u] order[b]} order[#1]})"},
        Example{
            R"(select 1 union select 2 union all select 3 intersect select 4 except all select 5)",
            R"({except-all {union-all {union {select #1} {select #2}} {intersect {select #3} {select #4}}} {select #5}})"},
        Example{R"((select 1 union select 2) intersect select 3)",
                R"({intersect {union {select #1} {select #2}} {select #3}})"},
        Example{R"(values (1, 'a'), ($1, default))", R"({values (#1 #'a') ($1 default)})"},
        Example{R"(table s.t)", R"({table * from[s.t]})"},
        Example{R"(table t union all table u)",
                R"({union-all {table * from[t]} {table * from[u]}})"},
        Example{
            R"(with a as (select 1), b (x, y) as materialized (select * from a) select * from b)",
            R"({with[a={select #1} b(x y)={select * from[a]}] select * from[b]})"},
        Example{
            R"(with recursive r as (select 1 as n union all select n + 1 from r where n < 9) search depth first by n set o select * from r)",
            R"({recursive[r={union-all {select #1@n} {select (+ n #1) from[r] where (< n #9)}}] select * from[r]})"},
        Example{
            R"(with d as (delete from t where a = 1 returning *), i as not materialized (insert into u select * from d returning id) select * from i)",
            R"({with[d=delete t where (= a #1) returning[*] i=insert u {select * from[d]} returning[id]] select * from[i]})"},
        Example{R"(with x as (with y as (select 1) select * from y) (select * from x))",
                R"({with[x={with[y={select #1}] select * from[y]}] select * from[x]})"}));

INSTANTIATE_TEST_SUITE_P(
    Tables, Trees,
    ::testing::Values(
        Example{
            R"(select * from a join b on a.x = b.x left join c using (x, y) natural full outer join d cross join e)",
            R"({select * from[<cross <natural-full <left <inner a b on (= a.x b.x)> c using (x y)> d> e>]})"},
        Example{R"(select * from a left join b join c on b.x = c.x on a.x = b.x)",
                R"({select * from[<left a <inner b c on (= b.x c.x)> on (= a.x b.x)>]})"},
        Example{
            R"(select * from (a right join b on true) as j (x), (select 1) s, lateral (select a.x) l)",
            R"({select * from[<right a b on :true>@j(x) {select #1}@s lateral {select a.x}@l]})"},
        Example{R"(select * from ((select 1)) s, (values (1, 2), (3, 4)) v (a, b))",
                R"({select * from[{select #1}@s {values (#1 #2) (#3 #4)}@v(a b)]})"},
        Example{R"(select * from ((select 1) union (select 2)) u)",
                R"({select * from[{union {select #1} {select #2}}@u]})"},
        Example{
            R"(select * from generate_series(1, 10) as g (i), lateral unnest(a.b) with ordinality as o (x, y))",
            R"({select * from[generate_series(#1 #10)@g(i) lateral unnest(a.b)@o(x y)]})"},
        Example{R"(select * from rows from (f(1), g(2) as (a int, b text)) with ordinality as r)",
                R"({select * from[f(#1) g(#2)@r]})"},
        Example{R"(select * from json_to_record('{}') as x (a int, b text), f(1) as (c date))",
                R"({select * from[json_to_record(#'{}')@x(a b) f(#1)(c)]})"},
        Example{R"(select * from t tablesample bernoulli ($1) repeatable (2))",
                R"({select * from[t sampled]})"},
        Example{R"(select * from a x join (b y join c z on y.i = z.i) on x.i = y.i)",
                R"({select * from[<inner a@x <inner b@y c@z on (= y.i z.i)> on (= x.i y.i)>]})"}));

INSTANTIATE_TEST_SUITE_P(Expressions, Trees,
                         ::
                             testing::Values(Example{R"(select 1, 1.5e3, 'x', E'\n', $$d$$, U&'\0061', B'1', X'f', $7, true, null, current_date, current_timestamp(3), user)",
                                                     R"({select #1 #1.5e3 #'x' #E'\n' #$$d$$ #U&'\0061' #B'1' #X'f' $7 :true :null :current_date :current_timestamp :user})"},
                                             Example{
                                                 R"(select -1, - -a, +b, -1::int, @ -5 + 3, a - -b, a * -b)",
                                                 R"({select (- #1) (- (- a)) (+ b) (- (cast-int #1)) (@ (+ (- #5) #3)) (- a (- b)) (* a (- b))})"},
                                             Example{
                                                 R"(select a + b * c - d / e % f ^ g ^ h)",
                                                 R"({select (- (+ a (* b c)) (% (/ d e) (^ (^ f g) h)))})"},
                                             Example{
                                                 R"(select a || b || c, a -> 'b' ->> 'c', a #>> '{x,y}', a @> b and c ?| d)",
                                                 R"({select (|| (|| a b) c) (->> (-> a #'b') #'c') (#>> a #'{x,y}') (and (@> a b) (?| c d))})"},
                                             Example{
                                                 R"(select a + b || c + d, a < b + 1, a = b in (1, 2), a in (1) = b)",
                                                 R"({select (|| (+ a b) (+ c d)) (< a (+ b #1)) (= a (in b #1 #2)) (= (in a #1) b)})"},
                                             Example{
                                                 R"(select a operator(pg_catalog.+) b, operator(@) c)",
                                                 R"({select (operator(pg_catalog.+) a b) (operator(@) c)})"},
                                             Example{
                                                 R"(select a is null, b isnull, c is not null, d notnull, a = b is null)",
                                                 R"({select (is-null a) (is-null b) (not-is-null c) (not-is-null d) (is-null (= a b))})"},
                                             Example{
                                                 R"(select a is true, b is not false, c is unknown, d is document, e is nfc normalized)",
                                                 R"({select (other a) (not-other b) (other c) (other d) (other e)})"},
                                             Example{
                                                 R"(select a is distinct from b, c is not distinct from d)",
                                                 R"({select (is-distinct a b) (not-is-distinct c d)})"},
                                             Example{
                                                 R"(select a between 1 and 2 and b not between symmetric c + 1 and d or e)",
                                                 R"({select (or (and (between a #1 #2) (not-between-symmetric b (+ c #1) d)) e)})"},
                                             Example{
                                                 R"(select a in (1, $2, b), c not in (select d from e), (a, b) in ((1, 2), (3, 4)), a in ((select 1)))",
                                                 R"({select (in a #1 $2 b) (not-in c {select d from[e]}) (in (row a b) (row #1 #2) (row #3 #4)) (in a {select #1})})"},
                                             Example{
                                                 R"(select a like 'x%', b not ilike c escape '!', d similar to e, f like any (array['a', 'b']), g not like all (select h))",
                                                 R"({select (like a #'x%') (not-ilike b c #'!') (similar to d e) (like-any f (array #'a' #'b')) (not-like-all g {select h})})"},
                                             Example{
                                                 R"(select a = any ($1), b <> all (select c from d), e < some (f), g ~ any (h), i != any (j))",
                                                 R"({select (=-any a $1) (<>-all b {select c from[d]}) (<-any e f) (~-any g h) (<>-any i j)})"},
                                             Example{
                                                 R"(select a::int, b::numeric(10, 2)[], c::timestamp(3) with time zone, cast(d as double precision), e::character varying(5), f::interval day to second(3), g::int[3][])",
                                                 R"({select (cast-int a) (cast-numeric(10,2)[] b) (cast-timestamp(3) with time zone c) (cast-double precision d) (cast-character varying(5) e) (cast-interval day to second(3) f) (cast-int[3][] g)})"},
                                             Example{
                                                 R"(select (a::int[])[1], b[1][2:3], c[:], (d).e, (f).*, $1.g, (h).i[1].j)",
                                                 R"({select (other (cast-int[] a) #1) (other (other b #1) #2 #3) (other c) (other d) (other f) (other $1) (other (other (other h) #1))})"},
                                             Example{R"(select date '2024-01-01', interval '1' day, interval '1 day', timestamp with time zone '2024-01-01', numeric(4, 2) '1.5', N'x', bit varying '1', pg_catalog.int4 '1', double precision '1')", R"({select (cast-date #'2024-01-01') (cast-interval day #'1') (cast-interval #'1 day') (cast-timestamp with time zone #'2024-01-01') (cast-numeric(4,2) #'1.5') (cast-nchar #'x') (cast-bit varying #'1') (cast-pg_catalog.int4 #'1') (cast-double precision #'1')})"},
                                             Example{
                                                 R"(select time, timestamp, interval, name, value, position, year, "select" from t)",
                                                 R"({select time timestamp interval name value position year select from[t]})"},
                                             Example{
                                                 R"(select a at time zone 'UTC' at time zone b, timezone, at from t)",
                                                 R"({select (at time zone (at time zone a #'UTC') b) timezone at from[t]})"},
                                             Example{
                                                 R"(select a collate "C" < b collate pg_catalog."de_DE", a || b collate "C")",
                                                 R"({select (< (collate-C a) (collate-de_DE b)) (|| a (collate-C b))})"},
                                             Example{R"(select array[1, 2], array[[1], [2]], array[]::int[], array(select a from t), array_agg(x))", R"({select (array #1 #2) (array (array #1) (array #2)) (cast-int[] (array)) (array-query {select a from[t]}) array_agg(x)})"}, Example{R"(select row(1, a), row(), (1, 2), row(a.*), (a, b) overlaps (c, d), (a, b) = (select 1, 2))", R"({select (row #1 a) (row) (row #1 #2) (row a.*) (overlaps (row a b) (row c d)) (= (row a b) (query {select #1 #2}))})"}, Example{R"(select case when a = 1 then b else c end, case a when 1 then 2 when 3 then 4 end)", R"({select (case (= a #1) b c) (case a #1 #2 #3 #4)})"}, Example{R"(select (select 1), ((select 2)), exists (select 3), not exists ((select 4)), coalesce((select 5), 6), f((select 7)), f(((select 8) union (select 9))))", R"({select (query {select #1}) (query {select #2}) (exists {select #3}) (not (exists {select #4})) coalesce((query {select #5}) #6) f((query {select #7})) f((query {union {select #8} {select #9}}))})"}, Example{R"(select f(), s.f(a, b), f(distinct a), f(all b), f(variadic c), f(a => 1, b := 2), count(*), string_agg(a, ',' order by b desc))", R"({select f() s.f(a b) f(distinct a) f(b) f(variadic c) f(#1 #2) count(*) string_agg(a #',') order[b desc]})"}, Example{R"(select count(*) filter (where a > 1), percentile_cont(0.5) within group (order by b), sum(a) over w, rank() over (partition by a, b order by c desc), avg(a) over (w rows between unbounded preceding and 1 + 1 following exclude ties), f() over () from t window w as (partition by a), v as (w order by b))", R"({select count(*) filter (> a #1) percentile_cont(#0.5) within[b] sum(a) over w rank() over { partition[a b] order[c desc]} avg(a) over {w frame[(+ #1 #1)]} f() over {} from[t] window[w={ partition[a]} v={w order[b]}]})"}, Example{R"(select extract(year from a), extract('day' from b), overlay(a placing b from 1 for 2), position('a' in b), substring(a from 1 for 2), substring(a, 1), substring(a for 2), substring(a similar b escape c), trim(a), trim(both 'x' from a), trim(leading from a), trim(trailing a, b), treat(a as int), normalize(a, nfc), collation for (a))", R"({select extract(a) extract(#'day' b) overlay(a b #1 #2) position(#'a' b) substring(a #1 #2) substring(a #1) substring(a #2) substring(a b c) trim(a) trim(#'x' a) trim(a) trim(a b) treat(a) normalize(a) collation(a)})"},
                                             Example{
                                                 R"(select left(a, 1), right(b, 2), nullif(a, b), greatest(a, b), current_schema(), current_schema, localtime)",
                                                 R"({select left(a #1) right(b #2) nullif(a b) greatest(a b) current_schema() :current_schema :localtime})"},
                                             Example{
                                                 R"(select xmlelement(name a, xmlattributes(b as c, d), e), xmlforest(a as b), xmlparse(document a), xmlserialize(content a as text), xmlpi(name b, 'c'), xmlroot(a, version '1.0', standalone yes), xmlexists('//a' passing by ref b))",
                                                 R"({select xmlelement(b d e) xmlforest(a) xmlparse(a) xmlserialize(a) xmlpi(#'c') xmlroot(a #'1.0') xmlexists(#'//a' b)})"},
                                             Example{
                                                 R"(select * from t where a = (select max(b) from u where u.x = (select min(c) from v)) and exists (select 1 from w join x on x.i in (select j from y)))",
                                                 R"({select * from[t] where (and (= a (query {select max(b) from[u] where (= u.x (query {select min(c) from[v]}))})) (exists {select #1 from[<inner w x on (in x.i {select j from[y]})>]}))})"},
                                             Example{
                                                 R"(select a from t where (a, b) > (1, 2) and (c) = 1 and ((d)) is not null)",
                                                 R"({select a from[t] where (and (> (row a b) (row #1 #2)) (= c #1) (not-is-null d))})"},
                                             Example{
                                                 R"(select year(a), day from t where t.date = 1 and t.order = 2)",
                                                 R"({select year(a) day from[t] where (and (= t.date #1) (= t.order #2))})"},
                                             Example{
                                                 R"(select a as filter, b as over, c as within from t)",
                                                 R"({select a@filter b@over c@within from[t]})"}));

INSTANTIATE_TEST_SUITE_P(
    Changes, Trees,
    ::testing::Values(
        Example{R"(insert into t values (1, 'a'), ($1, default))",
                R"(insert t {values (#1 #'a') ($1 default)})"},
        Example{
            R"(insert into s.t as x (a, b, c) overriding system value select * from u returning x.a as i, *)",
            R"(insert s.t@x (a b c) overriding {select * from[u]} returning[x.a@i *])"},
        Example{R"(insert into t default values returning id)",
                R"(insert t default-values returning[id])"},
        Example{R"(insert into t (a, b[1], c.d) values (1, 2, 3))",
                R"(insert t (a b c) qualified {values (#1 #2 #3)})"},
        Example{R"(insert into t (a) (select 1) on conflict do nothing)",
                R"(insert t (a) {select #1} conflict nothing)"},
        Example{
            R"(insert into t (a, b) values (1, 2) on conflict (a, lower(b)) where a > 0 do update set b = excluded.b, (c, d) = (1, default), e = default where t.b < 5 returning b)",
            R"(insert t (a b) {values (#1 #2)} conflict on[a lower(b)] where (> a #0) set[(b)=excluded.b (c d)=(row #1 default) (e)=default] where (< t.b #5) returning[b])"},
        Example{R"(insert into t select 1 on conflict on constraint t_pkey do nothing)",
                R"(insert t {select #1} conflict constraint t_pkey nothing)"},
        Example{R"(with n as (select 1) insert into t table n)",
                R"(insert t with[n={select #1}] {table * from[n]})"},
        Example{
            R"(update t set a = 1, b = b + 1, (c, d) = (select 1, 2), e[1] = f, g = default where id = $1 returning *)",
            R"(update t set[(a)=#1 (b)=(+ b #1) (c d)=(query {select #1 #2}) (e)=(other f #1) (g)=default] where (= id $1) returning[*])"},
        Example{
            R"(update only s.t as x set a = u.b from u join v using (i), w where u.id = x.id returning x.a)",
            R"(update only s.t@x set[(a)=u.b] from[<inner u v using (i)> w] where (= u.id x.id) returning[x.a])"},
        Example{R"(update t u set set = 1)", R"(update t@u set[(set)=#1])"},
        Example{R"(update t set a = 1 where current of c)", R"(update t set[(a)=#1] current-of)"},
        Example{R"(with n as (select 1 as id) update t set a = n.id from n where t.id = n.id)",
                R"(update t with[n={select #1@id}] set[(a)=n.id] from[n] where (= t.id n.id))"},
        Example{R"(delete from t)", R"(delete t)"},
        Example{
            R"(delete from t as x using u, v where x.id = u.id and v.i in (select i from w) returning x.*)",
            R"(delete t@x using[u v] where (and (= x.id u.id) (in v.i {select i from[w]})) returning[x.*])"},
        Example{R"(delete from t where current of c)", R"(delete t current-of)"},
        Example{R"(with n as (select 1) delete from t where id in (table n))",
                R"(delete t with[n={select #1}] where (in id {table * from[n]}))"}));

INSTANTIATE_TEST_SUITE_P(
    Session, Trees,
    ::testing::Values(
        Example{R"(begin)", R"(begin)"},
        Example{R"(begin work isolation level repeatable read, read only deferrable)",
                R"(begin modes(isolation level repeatable read, read only deferrable))"},
        Example{R"(start transaction read write)", R"(begin start modes(read write))"},
        Example{R"(commit and chain)", R"(commit chain)"},
        Example{R"(end transaction)", R"(commit)"}, Example{R"(rollback)", R"(rollback)"},
        Example{R"(abort work and no chain)", R"(rollback)"},
        Example{R"(rollback to savepoint "Sp")", R"(rollback-to Sp)"},
        Example{R"(rollback transaction to b)", R"(rollback-to b)"},
        Example{R"(savepoint a)", R"(savepoint a)"},
        Example{R"(release savepoint a)", R"(release a)"}, Example{R"(release b)", R"(release b)"},
        Example{R"(prepare transaction 'gid')", R"(prepare gid)"},
        Example{R"(commit prepared 'gid')", R"(commit-prepared gid)"},
        Example{R"(rollback prepared 'gid')", R"(rollback-prepared gid)"},
        Example{R"(set a = 1)", R"(set a = #1 (1))"},
        Example{R"(set session a.b to 'x', "Y", Z, -1.5, on)",
                R"(set a.b = #'x' :Y :z (- #1.5) :on ('x', "Y", Z, -1.5, on))"},
        Example{R"(set local statement_timeout = '5s')",
                R"(set local statement_timeout = #'5s' ('5s'))"},
        Example{R"(set a to default)", R"(set a (default))"},
        Example{R"(set search_path to a, "B", public)",
                R"(set search_path = :a :B :public (a, "B", public))"},
        Example{R"(set time zone 'UTC')", R"(set timezone = #'UTC' ('UTC'))"},
        Example{R"(set time zone local)", R"(set timezone (local))"},
        Example{
            R"(set time zone interval '-08:00' hour to minute)",
            R"(set timezone = (cast-interval hour to minute #'-08:00') (interval '-08:00' hour to minute))"},
        Example{R"(set timezone = -5)", R"(set timezone = (- #5) (-5))"},
        Example{R"(set transaction isolation level serializable, read only)",
                R"(set-transaction (isolation level serializable, read only))"},
        Example{R"(set transaction snapshot 'abc')", R"(set-transaction (snapshot 'abc'))"},
        Example{R"(set session characteristics as transaction read only)",
                R"(set-characteristics (read only))"},
        Example{R"(set constraints all deferred)", R"(set-constraints (all deferred))"},
        Example{R"(set constraints a, b.c immediate)", R"(set-constraints (a, b.c immediate))"},
        Example{R"(set names 'utf8')", R"(set client_encoding = #'utf8' ('utf8'))"},
        Example{R"(set role none)", R"(set role = :none (none))"},
        Example{R"(set role "Me")", R"(set role = :Me ("Me"))"},
        Example{R"(set session authorization default)", R"(set session_authorization (default))"},
        Example{R"(set local session authorization 'joe')",
                R"(set local session_authorization = #'joe' ('joe'))"},
        Example{R"(set schema 'x')", R"(set search_path = #'x' ('x'))"},
        Example{R"(set xml option document)", R"(set xmloption = :document (document))"},
        Example{R"(set client_min_messages = warning)",
                R"(set client_min_messages = :warning (warning))"},
        Example{R"(reset all)", R"(reset-all)"}, Example{R"(reset a.b)", R"(reset a.b)"},
        Example{R"(reset time zone)", R"(reset timezone)"},
        Example{R"(reset session authorization)", R"(reset session_authorization)"},
        Example{R"(show all)", R"(show all)"},
        Example{R"(show tessera.last_route)", R"(show tessera.last_route)"},
        Example{R"(show transaction isolation level)", R"(show transaction_isolation)"},
        Example{R"(show time zone)", R"(show timezone)"}));

INSTANTIATE_TEST_SUITE_P(
    Definitions, Trees,
    ::testing::Values(
        Example{
            R"(create table t (id bigint primary key, a text collate "C" not null default 'x' || 'y', b numeric(10,2) check (b > 0) unique, c timestamp with time zone default now(), d int constraint f references s.u (x) on delete cascade on update set null deferrable initially deferred))",
            R"(create-table t columns[id:bigint primary a:text default = (|| #'x' #'y') b:numeric(10,2) unique c:timestamp with time zone default = now() d:int -> s.u])"},
        Example{
            R"(create table if not exists s.t (id bigint generated by default as identity (start 1), a int generated always as (b * 2) stored, b serial constraint "Bk" primary key, constraint pk primary key (id, a) include (b), unique (a), constraint fk foreign key (a, b) references u (c, d) match full, check (a > 0), exclude using gist (r with &&)))",
            R"(create-table s.t if-not-exists columns[id:bigint identity a:int default = (* b #2) b:serial primary named "Bk"] constraints[<primary pk (id a)> <unique (a)> <foreign fk (a b) -> u> <check> <exclude>])"},
        Example{R"(create temp table t (like u including all, a int) on commit drop)",
                R"(create-table t temporary columns[a:int] like)"},
        Example{R"(create unlogged table t (a int) partition by range (a))",
                R"(create-table t unlogged columns[a:int] partitioned)"},
        Example{R"(create table t partition of u for values from (1) to (2))",
                R"(create-table t partitioned)"},
        Example{R"(create table t () inherits (u) with (fillfactor = 70) tablespace x)",
                R"(create-table t inherits)"},
        Example{R"(create table t of ty (a primary key))",
                R"(create-table t columns[a: primary] of-type)"},
        Example{R"(create table t as select * from u with no data)",
                R"(create-table t as {select * from[u]})"},
        Example{R"(create table t (a, b) as values (1, 2))",
                R"(create-table t columns[a: b:] as {values (#1 #2)})"},
        Example{R"(create local temporary table t as (select 1))",
                R"(create-table t temporary as {select #1})"},
        Example{
            R"(alter table t add column a int not null default 0, add b text unique, drop column if exists c cascade, drop d)",
            R"(alter-table t do[add-column a:int default = #0 add-column b:text unique drop-column c drop-column d])"},
        Example{
            R"(alter table if exists only s.t add constraint pk primary key (a), add unique (b), drop constraint if exists c, alter column d type bigint using d::bigint, alter e set not null, alter f drop default)",
            R"(alter-table s.t only if-exists do[add-constraint <primary pk (a)> add-constraint <unique (b)> drop-constraint c alter-column-type d other other])"},
        Example{R"(alter table t rename to u)", R"(alter-table t do[rename-table])"},
        Example{R"(alter table t rename column a to b)", R"(alter-table t do[rename-column a])"},
        Example{R"(alter table t rename a to b)", R"(alter-table t do[rename-column a])"},
        Example{R"(alter table t rename constraint c to d)",
                R"(alter-table t do[rename-constraint c])"},
        Example{R"(alter table t set schema s)", R"(alter-table t do[set-schema])"},
        Example{R"(alter table t owner to joe, set (fillfactor = 70), enable row level security)",
                R"(alter-table t do[other other other])"},
        Example{R"(alter table t add foreign key (a) references u not valid)",
                R"(alter-table t do[add-constraint <foreign (a) -> u>])"},
        Example{R"(drop table t)", R"(drop-table t)"},
        Example{R"(drop table if exists s.t, u cascade)", R"(drop-table s.t u if-exists cascade)"},
        Example{R"(create index on t (a))", R"(create-index  on t (a))"},
        Example{
            R"(create unique index concurrently if not exists i on only s.t using btree (a desc nulls last, lower(b) text_pattern_ops, (c + 1), d collate "C") include (e) with (fillfactor = 70) where a > 0)",
            R"(create-index i on only s.t (a   d) unique concurrently if-not-exists)"},
        Example{R"(drop index concurrently if exists i, s.j cascade)",
                R"(drop-index i s.j concurrently if-exists cascade)"},
        Example{R"(truncate t)", R"(truncate tables[t])"},
        Example{R"(truncate table only t, s.u * restart identity cascade)",
                R"(truncate tables[only t s.u] restart cascade)"}));

INSTANTIATE_TEST_SUITE_P(
    ExplainAndCopy, Trees,
    ::testing::Values(
        Example{R"(explain select 1)", R"(explain {select #1})"},
        Example{R"(explain analyze verbose update t set a = 1)",
                R"(explain analyze update t set[(a)=#1])"},
        Example{R"(explain (analyze, format json, costs off) select 1 from t)",
                R"(explain analyze formatted {select #1 from[t]})"},
        Example{R"(explain (analyze off, format 'text') delete from t)", R"(explain delete t)"},
        Example{R"(explain create table t as select 1 from u)",
                R"(explain create-table t as {select #1 from[u]})"},
        Example{R"(explain (select 1))", R"(explain {select #1})"},
        Example{R"(copy t from stdin)", R"(copy t from client)"},
        Example{R"(copy s.t (a, b) to stdout with (format csv, header true, force_quote (a)))",
                R"(copy s.t (a b) to client)"},
        Example{R"(copy t from '/tmp/x' csv delimiter ',' where a > 1)", R"(copy t from server)"},
        Example{R"(copy (select * from t) to stdout)", R"(copy {select * from[t]} to client)"},
        Example{R"(copy (insert into t values (1) returning *) to program 'cat')",
                R"(copy insert t {values (#1)} returning[*] to server)"}));

INSTANTIATE_TEST_SUITE_P(
    Others, Trees,
    ::testing::Values(
        Example{
            R"(create or replace view v as select * from t where "X" = 'Foo bar')",
            R"(other create/view understood (create or replace view v as select from t where X Foo foo bar))"},
        Example{R"(grant select on t to joe)",
                R"(other grant/select understood (grant select on t to joe))"},
        Example{R"(do $$ begin perform f(T_order); end $$)",
                R"(other do/ understood (do begin perform f T_order t_order end))"},
        Example{R"(listen ch)", R"(other listen/ch understood (listen ch))"},
        Example{R"(vacuum (full) t)", R"(other vacuum/ understood (vacuum full t))"},
        Example{R"(prepare p as select * from t where id = $1)",
                R"(other prepare/p understood (prepare p as select from t where id))"},
        Example{R"(select * frm t where)", R"(other select/ unknown (select frm t where))"},
        Example{
            R"(merge into t using u on a = b when matched then do nothing)",
            R"(other merge/into understood (merge into t using u on a b when matched then do nothing))"},
        Example{R"(create materialized view m as select 1)",
                R"(other create/materialized understood (create materialized view m as select))"},
        Example{R"(alter table t attach partition u default)",
                R"(other alter/table unknown (alter table t attach partition u default))"},
        Example{R"(foo 'bar Baz' x)", R"(other foo/ unknown (foo x bar Baz baz))"},
        Example{R"("select" 1)", R"(other / unknown (select))"}));

}  // namespace
}  // namespace tessera::parser
