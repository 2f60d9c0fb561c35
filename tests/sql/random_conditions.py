"""Random conditions and scalar expressions over the columns that can be named."""

from random_parts import Maker

COMPARISONS = ("=", "=", "=", "<", ">", "<>", ">=", "<=")
DEPTH_MAX = 2


class Conditions(Maker):
    """Conditions. Subqueries in them are made by the class below this one."""

    def condition(self, names, depth):
        """Some conditions with AND and OR, often one on a sharding column."""
        parts = [self.predicate(names, depth) for _ in range(self.pick([0, 1, 1, 2]))]
        keys = [name for name in names if name.shard_key]
        if keys and self.chance(0.5):
            parts.append(self.key_condition(keys))
        if not parts:
            return self.key_condition(keys) if keys else self.predicate(names, depth)
        self.random.shuffle(parts)
        return self.pick([" AND ", " AND ", " AND ", " OR "]).join(parts)

    def where(self, names, depth, share=0.75):
        return f" WHERE {self.condition(names, depth)}" if self.chance(share) else ""

    def key_condition(self, keys):
        """What routing looks at, and what only resembles it."""
        key = self.pick(keys)
        value = self.value
        shape = self.random.randrange(18)
        if shape < 6:
            return f"{key.sql} = {value(key)}"
        if shape < 8:
            return f"{value(key)} = {key.sql}"
        if shape == 8:
            return f"{key.sql} IN ({value(key)}, {value(key)})"
        if shape == 9:
            return f"{key.sql} = ANY (ARRAY[{value(key)}, {value(key)}])"
        if shape == 10:
            return f"{key.sql} BETWEEN {self.customer} AND {self.customer + self.pick([0, 1, 3])}"
        if shape == 11 and len(keys) > 1:
            return f"{key.sql} = {self.pick(keys).sql}"
        return self.odd_key_condition(key)

    def odd_key_condition(self, key):
        value, column = self.value, key.sql
        return self.pick([
            lambda: f"({column} = {value(key)} OR {column} = {value(key)})",
            lambda: f"NOT ({column} <> {value(key)})",
            lambda: f"NOT {column} = {value(key)}",
            lambda: f"({column} = {value(key)}) IS NOT FALSE",
            lambda: f"({column} = {value(key)}) IS TRUE",
            lambda: f"coalesce({column}, {value(key)}) = {value(key)}",
            lambda: f"{column} + 0 = {value(key)}",
            lambda: f"{column} = ANY ('{{{self.customer},7}}')",
            lambda: f"{column} = ALL (ARRAY[{value(key)}])",
            lambda: f"{column} NOT IN ({value(key)}, {value(key)})",
            lambda: f"{column} IS NOT DISTINCT FROM {value(key)}",
            lambda: f"({column}, 1) = ({value(key)}, 1)",
            lambda: f"({column}, 1) IN (({value(key)}, 1), ({value(key)}, 2))",
            lambda: f"{column} >= {value(key)} AND {column} <= {value(key)}",
            lambda: f"{column} BETWEEN SYMMETRIC {value(key)} AND {value(key)}",
            lambda: f"CASE WHEN {column} = {value(key)} THEN true ELSE false END",
        ])()

    def predicate(self, names, depth):
        shape = self.random.randrange(16)
        if depth < DEPTH_MAX and shape < 4:
            return self.subquery_predicate(names, depth + 1)
        if shape == 4:
            return f"({self.condition(names, depth + 1)})"
        if shape == 5:
            return f"NOT ({self.predicate(names, depth + 1)})"
        if shape == 6:
            return self.row_predicate(names)
        if shape == 7:
            return self.column_pair(names)
        return self.simple_predicate(self.pick(names))

    def simple_predicate(self, name):
        shape = self.random.randrange(9)
        values = [self.value(name) for _ in range(3)]
        if shape == 0:
            return f"{name.sql} {self.pick(['', 'NOT '])}IN ({', '.join(values)})"
        if shape == 1:
            return f"{name.sql} {self.pick(['', 'NOT '])}BETWEEN {values[0]} AND {values[1]}"
        if shape == 2:
            return f"{name.sql} IS {self.pick(['', 'NOT '])}NULL"
        if shape == 3:
            word = self.pick(["", "NOT "])
            return f"{name.sql} IS {word}DISTINCT FROM {values[0]}"
        if shape == 4 and name.kind == "text":
            return f"{name.sql} {self.pick(['LIKE', 'ILIKE'])} '{self.pick(['%a%', 'A%', '_'])}'"
        return f"{name.sql} {self.pick(COMPARISONS)} {values[0]}"

    def row_predicate(self, names):
        one, two = self.pick(names), self.pick(names)
        row = f"({one.sql}, {two.sql})"
        if self.chance(0.3):
            return f"{row} IN (({self.value(one)}, {self.value(two)}))"
        return f"{row} {self.pick(['=', '=', '<', '<>'])} ({self.value(one)}, {self.value(two)})"

    def column_pair(self, names):
        one = self.pick(names)
        other = self.pick([name for name in names if name.kind == one.kind])
        return f"{one.sql} {self.pick(COMPARISONS)} {other.sql}"

    def subquery_predicate(self, names, depth):
        raise NotImplementedError

    def expression(self, names, depth):
        """A scalar: (text, kind, exact)."""
        name = self.pick(names)
        shape = self.random.randrange(14)
        if shape == 0 and depth < DEPTH_MAX:
            return self.scalar_subquery(names, depth + 1)
        if shape == 1:
            return f"coalesce({name.sql}, {self.value(name)})", name.kind, name.exact
        if shape == 2:
            return self.case(names)
        if shape == 3 and name.kind == "int":
            return f"{name.sql} % 5 {self.pick(['+', '-', '*'])} 2", "int", True
        if shape == 4 and name.kind == "text":
            return f"{self.pick(['upper', 'lower', 'length'])}({name.sql})", "some", True
        if shape == 5 and name.kind == "day":
            return f"extract(month FROM {name.sql})", "number", True
        if shape == 6:
            return f"{name.sql} {self.pick(COMPARISONS)} {self.value(name)}", "bool", True
        if shape == 7 and name.exact:
            return f"{name.sql}::text", "text", True
        return name.sql, name.kind, name.exact

    def case(self, names):
        name = self.pick(names)
        test = self.simple_predicate(self.pick(names))
        return f"CASE WHEN {test} THEN {name.sql} END", name.kind, name.exact

    def scalar_subquery(self, names, depth):
        raise NotImplementedError
