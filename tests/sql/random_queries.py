"""Random SELECTs of every form, nested in each other."""

from dataclasses import dataclass

from random_conditions import COMPARISONS, DEPTH_MAX
from random_from import From
from random_items import Items
from random_parts import Name, Source, Statement

DIRECTIONS = ("", "", "", " DESC", " ASC", " NULLS FIRST", " DESC NULLS LAST", " NULLS LAST")


@dataclass
class Query:
    """A SELECT's text, its output columns, and those that tell its rows apart (empty: none do)."""

    text: str
    outputs: list
    key: list
    ordered: bool = False


class Queries(Items, From):
    """SELECT statements and subqueries."""

    def where_of(self, source, depth, outer=()):
        """WHERE; in a pinned statement most sharded tables get the same customer."""
        parts = []
        if self.pinned:
            parts = [f"{alias}.{table.shard_key} = {self.customer}" for alias, table in
                     source.tables if table.shard_key and self.chance(0.85)]
        if self.chance(0.65):
            condition = self.condition(source.names, depth)
            parts.append(f"({condition})" if " OR " in condition else condition)
        if outer:
            parts += self.correlation(source, outer, depth)
        self.random.shuffle(parts)
        return " WHERE " + " AND ".join(parts) if parts else ""

    def correlation(self, source, outer, depth):
        """What ties a subquery's rows to those of the query around it."""
        parts = []
        inner_keys = [name for name in source.names if name.shard_key]
        outer_keys = [name for name in outer if name.shard_key]
        if inner_keys and outer_keys and self.chance(0.6):
            parts.append(self.flipped(self.pick(inner_keys), self.pick(outer_keys)))
        elif self.chance(0.5):
            parts.append(self.equality(Source("", source.names, []), Source("", list(outer), [])))
        if self.chance(0.15):
            parts.append(self.predicate(source.names + list(outer), max(depth, 2)))
        return parts

    def rows_query(self, depth, top=False):
        """SELECT expressions FROM ... WHERE ..."""
        source = self.source(depth)
        outputs = self.outputs(source.names, depth)
        distinct = self.chance(0.12) and all(exact for _, _, exact in outputs)
        items = [f"{text}{self.label(n)}" for n, (text, _, _) in enumerate(outputs, 1)]
        if not distinct and self.chance(0.15):
            outputs, items = self.windowed(source, outputs, items)
        if top and not distinct and self.chance(0.1):
            items.insert(0, self.pick(["*", f"{source.tables[0][0]}.*"] if source.tables else ["*"]))
            outputs = [("0", "any", False)] * 40 + outputs
        text = f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(items)} FROM {source.text}"
        text += self.where_of(source, depth)
        query = Query(text, outputs, [] if distinct else source.key)
        return self.with_order(query, source, items, distinct) if top else query

    def outputs(self, names, depth):
        return [self.expression(names, depth) for _ in range(self.random.randint(1, 3))]

    def label(self, number):
        """Output names, some of which are names of columns too."""
        return self.pick(["", "", f" AS x{number}", f" x{number}", " AS customer_id", " AS total"])

    def with_order(self, query, source, items, distinct):
        """ORDER BY that fixes the order, and a window of rows."""
        if self.chance(0.3):
            return query
        if distinct:
            keys = [str(n) for n in range(1, len(items) + 1)]
            self.random.shuffle(keys)
        else:
            keys = self.sort_keys(query, source, items)
        text = ", ".join(key + self.pick(DIRECTIONS) for key in keys)
        query.text += f" ORDER BY {text}{self.limit()}"
        query.ordered = True
        return query

    def sort_keys(self, query, source, items):
        keys = []
        for _ in range(self.pick([0, 1, 1, 2])):
            shape = self.random.random()
            if shape < 0.25 and "*" not in items[0]:
                keys.append(str(self.random.randint(1, len(items))))
            elif shape < 0.45:
                label = self.pick(items).split(" ")[-1]
                keys.append(label if label.islower() and label.isidentifier() else self.pick(source.names).sql)
            elif shape < 0.6:
                keys.append(self.expression(source.names, DEPTH_MAX)[0])
            else:
                keys.append(self.pick(source.names).sql)
        return [key for key in keys if not key.startswith("$")] + query.key

    def limit(self):
        shape = self.random.randrange(14)
        count, skipped = self.random.randint(0, 20), self.random.randint(0, 10)
        if shape < 6:
            return ""
        if self.extended and shape < 8:
            count = self.limit_parameter(count)
        return [f" LIMIT {count}", f" LIMIT {count}", f" LIMIT {count} OFFSET {skipped}",
                f" OFFSET {skipped}", f" OFFSET {skipped} ROWS FETCH NEXT {count} ROWS ONLY"
                if isinstance(count, int) else "", " LIMIT ALL OFFSET 2", " LIMIT NULL",
                " FETCH FIRST ROW ONLY", f" OFFSET {skipped} LIMIT {count}",
                " FETCH FIRST 3 ROWS WITH TIES", f" LIMIT {skipped} + 1", " LIMIT 3 OFFSET NULL",
                ][self.random.randrange(12)]

    def limit_parameter(self, count):
        self.params.append((20, str(count).encode(), count.to_bytes(8, "big")))
        return f"${len(self.params)}"

    def grouped_query(self, depth, top=False):
        """Aggregates, with or without GROUP BY."""
        source = self.source(depth)
        keys = [] if self.chance(0.25) else self.group_keys(source)
        aggregates = [self.aggregate(source, depth) for _ in range(self.pick([1, 1, 2, 3]))]
        outputs = [(key, kind, True) for key, kind in keys] + aggregates
        items = [f"{text}{self.label(n)}" for n, (text, _, _) in enumerate(outputs, 1)]
        text = f"SELECT {', '.join(items)} FROM {source.text}{self.where_of(source, depth)}"
        if keys:
            text += f" GROUP BY {self.group_by(keys)}"
        if self.chance(0.25):
            text += f" HAVING {self.having(source, keys, depth)}"
        query = Query(text, outputs, [key for key, _ in keys])
        if top and keys and self.chance(0.6):
            places = [str(n) for n in range(1, len(keys) + 1)]
            chosen = self.pick([places, query.key])
            extra = [] if self.chance(0.6) else [self.aggregate(source, DEPTH_MAX)[0]]
            query.text += " ORDER BY " + ", ".join(
                key + self.pick(DIRECTIONS) for key in extra + chosen) + self.limit()
            query.ordered = True
        return query

    def having(self, source, keys, depth):
        text, kind, _ = self.aggregate(source, DEPTH_MAX)
        if kind == "count":
            return f"{text} {self.pick(COMPARISONS)} {self.random.randint(0, 4)}"
        if keys and self.chance(0.5):
            return f"{keys[0][0]} IS NOT NULL AND count(*) > {self.random.randint(0, 2)}"
        return f"{text} IS NOT NULL"

    def distinct_on_query(self):
        source = self.source(1)
        first = self.pick([name for name in source.names if name.exact])
        keys = ", ".join([first.sql + self.pick(DIRECTIONS), *source.key])
        more = self.pick(source.names).sql
        text = (f"SELECT DISTINCT ON ({first.sql}) {first.sql}, {more} FROM {source.text}"
                f"{self.where_of(source, 1)} ORDER BY {keys}{self.limit()}")
        return Query(text, [], [], True)

    # Subqueries.

    def subquery_predicate(self, names, depth):
        shape = self.random.randrange(7)
        word = self.pick(["", "NOT "])
        if shape < 3:
            source = self.source(max(depth, 1))
            tail = self.pick(["", "", "", " LIMIT 1", " OFFSET 1"])
            return (f"{word}EXISTS (SELECT {self.pick(['1', '*', 'NULL'])} FROM {source.text}"
                    f"{self.where_of(source, depth, names)}{tail})")
        keys = [name for name in names if name.shard_key]
        name = self.pick(keys) if keys and self.chance(0.6) else self.pick(names)
        if shape == 6:
            text, _, _ = self.scalar_subquery(names, depth, name.kind)
            return f"{name.sql} {self.pick(COMPARISONS)} {text}"
        subquery = self.column_subquery(name, names, depth)
        if shape == 5:
            operator = self.pick(COMPARISONS)
            return f"{name.sql} {operator} {self.pick(['ANY', 'ALL'])} {subquery}"
        return f"{name.sql} {word}IN {subquery}"

    def column_subquery(self, name, names, depth):
        """(SELECT column of name's kind FROM ...)"""
        source = self.source(max(depth, 1))
        fitting = [n for n in source.names if n.kind == name.kind]
        alike = [n for n in fitting if n.shard_key == name.shard_key]
        column = self.pick(alike or fitting).sql if fitting else "NULL"
        outer = names if self.chance(0.35) else ()
        word = self.pick(["", "", "", "DISTINCT "])
        tail = ""
        if not word and self.chance(0.1):
            tail = f" ORDER BY {', '.join(source.key)} LIMIT {self.random.randint(0, 5)}"
        return (f"(SELECT {word}{column} FROM {source.text}"
                f"{self.where_of(source, depth, outer)}{tail})")

    def scalar_subquery(self, names, depth, kind=None):
        source = self.source(max(depth, 1))
        outer = names if self.chance(0.8) else ()
        fitting = [n for n in source.names if n.exact and (kind is None or n.kind == kind)]
        fitting = [n for n in fitting if n.kind not in ("bool",)]
        where = self.where_of(source, depth, outer)
        if kind in (None, "int", "number") and (not fitting or self.chance(0.4)):
            return f"(SELECT count(*) FROM {source.text}{where})", "int", True
        if not fitting:
            return "(SELECT NULL)", kind or "text", False
        name = self.pick(fitting)
        if self.chance(0.5):
            word = self.pick(["min", "max"])
            return f"(SELECT {word}({name.sql}) FROM {source.text}{where})", name.kind, True
        return (f"(SELECT {name.sql} FROM {source.text}{where} "
                f"ORDER BY {', '.join(source.key)} LIMIT 1)", name.kind, True)

    # What FROM takes.

    def derived(self, depth):
        alias = self.alias()
        query = self.inner_query(depth)
        text, names, key = self.as_table(query, alias)
        return Source(f"({text}) AS {alias}", names, key)

    def inner_query(self, depth):
        shape = self.random.random()
        if shape < 0.5:
            return self.keyed_query(depth)
        if shape < 0.8:
            return self.grouped_inner(depth)
        return self.keyed_query(depth, self.pick(["", f" LIMIT {self.random.randint(1, 9)}"]))

    def keyed_query(self, depth, limit="", outer=()):
        """A query that shows what tells its rows apart."""
        source = self.source(depth)
        shown = self.random.sample(source.names, min(2, len(source.names)))
        keys = [name for name in source.names if name.sql in source.key]
        names = list({name.sql: name for name in shown + keys}.values())
        items = ", ".join(f"{name.sql} AS c{n}" for n, name in enumerate(names, 1))
        text = f"SELECT {items} FROM {source.text}{self.where_of(source, depth, outer)}"
        if limit:
            text += f" ORDER BY {', '.join(source.key)}{limit}"
        return Query(text, names, [n for n, name in enumerate(names, 1) if name.sql in source.key])

    def grouped_inner(self, depth, outer=()):
        source = self.source(depth)
        keys = self.random.sample([n for n in source.names if n.exact], 1)
        items = f"{keys[0].sql} AS c1, count(*) AS c2"
        text = (f"SELECT {items} FROM {source.text}{self.where_of(source, depth, outer)} "
                f"GROUP BY {keys[0].sql}")
        count = Name("count(*)", "int", "int8", lambda r: str(r.randint(0, 4)))
        return Query(text, [*keys, count], [1])

    def as_table(self, query, alias):
        names = [Name(f"{alias}.c{n}", name.kind, name.type, name.constant, name.exact,
                      name.shard_key) for n, name in enumerate(query.outputs, 1)]
        return query.text, names, [f"{alias}.c{n}" for n in query.key]

    def with_lateral(self, left, depth):
        alias = self.alias()
        make = self.pick([self.grouped_inner, self.keyed_query])
        limit = {"limit": self.pick(["", " LIMIT 2"])} if make == self.keyed_query else {}
        query = make(max(depth + 1, 1), outer=left.names, **limit)
        text, names, key = self.as_table(query, alias)
        join = self.pick([", ", " CROSS JOIN ", " JOIN ", " LEFT JOIN "])
        on = " ON true" if join in (" JOIN ", " LEFT JOIN ") else ""
        return Source(f"{left.text}{join}LATERAL ({text}) AS {alias}{on}", left.names + names,
                      left.key + key, left.tables, 2 * left.rows)

    def cte_query(self):
        """WITH one or two queries, and a SELECT that uses them."""
        parts, made = [], []
        recursive = self.chance(0.15)
        for _ in range(self.pick([1, 1, 2])):
            alias = self.pick(["w", "v", "orders", "products"]) + str(len(parts) or "")
            text, names, key = self.as_table(self.inner_query(1), alias)
            word = self.pick(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])
            parts.append(f"{alias} AS {word}({text})")
            made.append(Source(alias, names, key))
        if recursive:
            parts.append("r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4)")
        self.ready = [*made]
        query = self.grouped_query(0, True) if self.chance(0.4) else self.rows_query(0, True)
        query.text = f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} {query.text}"
        return query

    def any_table(self):
        """A table, or a WITH query that has not been used yet."""
        return self.ready.pop() if self.ready else super().any_table()

    def select(self):
        query = self.top_query()
        return Statement(query.text, query.ordered, self.params)

    def top_query(self):
        shape = self.random.random()
        if shape < 0.45:
            return self.rows_query(0, True)
        if shape < 0.75:
            return self.grouped_query(0, True)
        if shape < 0.8:
            return self.distinct_on_query()
        if shape < 0.92:
            return self.set_operation()
        return self.cte_query()

    def set_operation(self):
        kinds = [self.pick(["int", "int", "text"]) for _ in range(self.pick([1, 2]))]
        text = self.arm(kinds)
        for _ in range(self.pick([1, 1, 2])):
            word = self.pick(["UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT",
                              "EXCEPT ALL", "INTERSECT ALL"])
            text = f"{text} {word} {self.arm(kinds)}"
        if self.chance(0.5):
            return Query(text, [], [])
        keys = [str(n) for n in range(1, len(kinds) + 1)]
        text += " ORDER BY " + ", ".join(k + self.pick(DIRECTIONS) for k in keys) + self.limit()
        return Query(text, [], [], True)

    def arm(self, kinds):
        if self.chance(0.1):
            row = ", ".join(str(self.customer) if kind == "int" else "'x'" for kind in kinds)
            return f"VALUES ({row})"
        source = self.source(1)
        items = [self.fitting(source.names, kind) for kind in kinds]
        text = f"SELECT {', '.join(items)} FROM {source.text}{self.where_of(source, 1)}"
        return f"({text})" if self.chance(0.3) else text

    def fitting(self, names, kind):
        found = [name for name in names if name.kind == kind and name.exact]
        return self.pick(found).sql if found else {"int": "1", "text": "'x'"}[kind]
