"""Random FROM clauses: tables, joins of every kind, derived tables, functions."""

from random_conditions import DEPTH_MAX, Conditions
from random_parts import Name, Source

from shop_tables import CUSTOMER_MAX, below

ROWS_MAX = 4000
NUMBER = below(CUSTOMER_MAX)


class From(Conditions):
    """FROM items. Derived tables are made by the class below this one."""

    def any_table(self):
        return self.table(self.weighted(
            (6, "customers"), (7, "orders"), (5, "order_items"), (4, "samples"), (3, "products"),
            (2, "countries"), (1, "empties"), (1, "settings")))

    def sharded_table(self):
        return self.table(self.pick(["customers", "orders", "orders", "order_items", "samples"]))

    def source(self, depth):
        """What follows FROM."""
        shape = self.random.random()
        if shape < 0.4 or depth >= DEPTH_MAX:
            return self.sharded_table() if self.chance(0.7) else self.any_table()
        made = self.join(depth)
        if shape > 0.75:
            made = self.join_with(made, self.item(depth), depth)
        if shape > 0.92:
            made = self.join_with(self.item(depth), made, depth)
        return made

    def item(self, depth):
        shape = self.random.random()
        if shape < 0.8 or depth >= DEPTH_MAX:
            return self.any_table()
        if shape < 0.9:
            return self.derived(depth + 1)
        if shape < 0.95:
            return self.series()
        return self.values_item()

    def join(self, depth):
        left = self.sharded_table() if self.chance(0.8) else self.item(depth)
        right = self.item(depth)
        if self.chance(0.15):
            return self.with_lateral(left, depth)
        return self.join_with(left, right, depth)

    def join_with(self, left, right, depth):
        """The two in one, in any of the ways that do not make too many rows."""
        both = Source("", left.names + right.names, left.key + right.key,
                      left.tables + right.tables)
        if left.rows * right.rows < ROWS_MAX and self.chance(0.25):
            both.rows = left.rows * right.rows
            word = self.pick([", ", " CROSS JOIN "])
            both.text = f"{left.text}{word}{self.nested(right.text, word)}"
            return both
        both.rows = 2 * max(left.rows, right.rows)
        if self.chance(0.12):
            return self.named_join(left, right, both)
        word = self.pick(["JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN",
                          "FULL JOIN"])
        full = word == "FULL JOIN"
        on = self.on(left, right, depth, full)
        text = f"{left.text} {word} {self.nested(right.text, word)} ON {on}"
        both.text = self.wrapped(text)
        return both

    def nested(self, text, word):
        """A comma list cannot be joined to by its end."""
        return f"({text})" if " JOIN " in text and word != ", " else text

    def wrapped(self, text):
        """A join in parentheses, now and then."""
        return f"({text})" if "," not in text and self.chance(0.2) else text

    def on(self, left, right, depth, full):
        parts = [self.equality(left, right)]
        if full:
            return parts[0]
        if self.chance(0.4):
            parts.append(self.predicate(left.names + right.names, max(depth, 1)))
        keys = [name for name in left.names + right.names if name.shard_key]
        if keys and self.chance(0.25):
            parts.append(self.key_condition(keys))
        self.random.shuffle(parts)
        return " AND ".join(parts)

    def equality(self, left, right):
        """column = column, mostly of the sharding keys."""
        pairs = [(a, b) for a in left.names for b in right.names
                 if a.kind == b.kind and a.kind != "bool"]
        keys = [(a, b) for a, b in pairs if a.shard_key and b.shard_key]
        alike = [(a, b) for a, b in pairs if self.bare(a) == self.bare(b)]
        if keys and self.chance(0.75):
            a, b = self.pick(keys)
            orders = [(x, y) for x, y in alike if self.bare(x) == "order_id"]
            more = ""
            if orders and self.chance(0.5):
                x, y = self.pick(orders)
                more = f" AND {x.sql} = {y.sql}"
            return self.flipped(a, b) + more
        if not pairs:
            return "true"
        return self.flipped(*self.pick(alike or pairs))

    def bare(self, name):
        return name.sql.split(".")[-1]

    def flipped(self, a, b):
        if self.chance(0.08):
            return f"({a.sql}, 1) = ({b.sql}, 1)"
        return f"{a.sql} = {b.sql}" if self.chance(0.6) else f"{b.sql} = {a.sql}"

    def named_join(self, left, right, both):
        """USING, or NATURAL where the columns of the same names are few."""
        shared = [a for a in left.names for b in right.names
                  if self.bare(a) == self.bare(b) and a.kind == b.kind]
        word = self.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        if not shared:
            both.text = f"{left.text} JOIN {self.nested(right.text, word)} ON true"
            return both
        columns = list(dict.fromkeys(self.bare(name) for name in shared))
        merged = [Name(column, *self.described(shared, column)) for column in columns]
        both.names = both.names + merged + merged
        right_text = self.nested(right.text, word)
        if self.chance(0.3):
            both.text = f"{left.text} NATURAL {word} {right_text}"
            return both
        chosen = columns if self.chance(0.5) else columns[:1]
        both.names = both.names[:len(both.names) - 2 * len(merged)]
        both.names += [name for name in merged if name.sql in chosen] * 2
        both.text = f"{left.text} {word} {right_text} USING ({', '.join(chosen)})"
        return both

    def described(self, names, column):
        found = next(name for name in names if self.bare(name) == column)
        return found.kind, found.type, found.constant, found.exact, found.shard_key

    def series(self):
        alias = self.alias()
        low = self.customer - self.pick([0, 1, 2])
        names = [Name(f"{alias}.n", "int", "int4", NUMBER)]
        return Source(f"generate_series({low}, {low + 3}) AS {alias}(n)", names, [f"{alias}.n"],
                      rows=4)

    def values_item(self):
        alias = self.alias()
        numbers = self.random.sample(range(1, 20), 2) + [self.customer + 20]
        rows = ", ".join(f"({number}, {self.pick(['NULL', '1', '2'])})" for number in numbers)
        names = [Name(f"{alias}.a", "int", "int4", NUMBER),
                 Name(f"{alias}.b", "int", "int4", NUMBER)]
        return Source(f"(VALUES {rows}) AS {alias}(a, b)", names, [f"{alias}.a"], rows=3)

    def derived(self, depth):
        raise NotImplementedError

    def with_lateral(self, left, depth):
        raise NotImplementedError
