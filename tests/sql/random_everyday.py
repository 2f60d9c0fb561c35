"""Random queries as users write them every day: one table or one join, groups, order, a limit."""

import random

from random_parts import Statement

# Columns by table: (name, type, makes a constant).
COLUMNS = {
    "customers": [("customer_id", "int", lambda r: r.randint(0, 42)),
                  ("name", "text", lambda r: r.choice(["'Ada Chen'", "'M'", "'Z'"])),
                  ("country", "text", lambda r: r.choice(["'CA'", "'DE'", "'SE'", "'XX'"]))],
    "orders": [("customer_id", "int", lambda r: r.randint(0, 42)),
               ("order_id", "int", lambda r: r.randint(0, 125)),
               ("status", "text", lambda r: r.choice(["'new'", "'paid'", "'shipped'"])),
               ("total", "number", lambda r: f"{r.randint(0, 3000)}.{r.randint(0, 99):02d}")],
    "order_items": [("customer_id", "int", lambda r: r.randint(0, 42)),
                    ("order_id", "int", lambda r: r.randint(0, 125)),
                    ("line", "int", lambda r: r.randint(1, 4)),
                    ("product_id", "int", lambda r: r.randint(1, 25)),
                    ("quantity", "int", lambda r: r.randint(1, 5)),
                    ("price", "number", lambda r: f"{r.randint(2, 240)}.5")],
    "products": [("product_id", "int", lambda r: r.randint(1, 25)),
                 ("price", "number", lambda r: r.randint(2, 240))],
    "countries": [("code", "text", lambda r: r.choice(["'CA'", "'DE'", "'SE'"]))],
    "samples": [("id", "int", lambda r: r.randint(-10, 71)),
                ("small", "int", lambda r: r.randint(-3, 3)),
                ("whole", "int", lambda r: r.randint(-12, 12)),
                ("big", "int", lambda r: r.randint(-10**12, 10**12)),
                ("price", "number", lambda r: f"{r.randint(0, 999)}.{r.randint(0, 99):02d}"),
                ("label", "text", lambda r: r.choice(["'apple'", "'Z'", "'äpfel'", "''"])),
                ("padded", "text", lambda r: r.choice(["'a'", "'abc'"])),
                ("day", "date", lambda r: f"'2024-{r.randint(1, 12):02d}-15'"),
                ("flag", "bool", lambda r: r.choice(["true", "false"]))],
}
FROM = [
    ("customers c", [("c", "customers")]),
    ("orders o", [("o", "orders")]),
    ("order_items i", [("i", "order_items")]),
    ("samples s", [("s", "samples")]),
    ("products p", [("p", "products")]),
    ("customers c JOIN orders o ON o.customer_id = c.customer_id",
     [("c", "customers"), ("o", "orders")]),
    ("customers c LEFT JOIN orders o ON o.customer_id = c.customer_id",
     [("c", "customers"), ("o", "orders")]),
    ("orders o JOIN order_items i ON i.customer_id = o.customer_id AND i.order_id = o.order_id",
     [("o", "orders"), ("i", "order_items")]),
    ("customers c JOIN countries t ON t.code = c.country",
     [("c", "customers"), ("t", "countries")]),
    ("order_items i JOIN products p USING (product_id)",
     [("i", "order_items"), ("p", "products")]),
]


class Everyday:
    """One query from one seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def statement(self):
        return Statement(*self._query())

    def _query(self):
        """The text, and whether it fixes the order of rows."""
        relation, aliases = self._random.choice(FROM)
        # USING leaves one product_id, which needs no alias: the others are enough.
        self._columns = [(f"{alias}.{name}", kind, constant) for alias, table in aliases
                         for name, kind, constant in COLUMNS[table]]
        self._where = self._condition()
        shape = self._random.random()
        if shape < 0.4:
            return self._rows(relation)
        if shape < 0.6:
            return f"SELECT {self._aggregates()} FROM {relation}{self._where}", False
        return self._groups(relation)

    def _pick(self, kinds=None):
        return self._random.choice([c for c in self._columns if kinds is None or c[1] in kinds])

    def _condition(self):
        count = self._random.choice([0, 1, 1, 2, 3])
        if count == 0:
            return ""
        glue = self._random.choice([" AND ", " AND ", " OR "])
        return " WHERE " + glue.join(self._predicate() for _ in range(count))

    def _predicate(self):
        name, _, constant = self._pick()
        shape = self._random.randrange(6)
        if shape == 0:
            values = ", ".join(str(constant(self._random)) for _ in range(3))
            return f"{name} IN ({values})"
        if shape == 1:
            return f"{name} BETWEEN {constant(self._random)} AND {constant(self._random)}"
        if shape == 2:
            return f"{name} IS {self._random.choice(['', 'NOT '])}NULL"
        operator = self._random.choice(["=", "=", "<", ">", "<>", ">=", "<="])
        return f"{name} {operator} {constant(self._random)}"

    def _rows(self, relation):
        # Every output column is a sort key, so that equal rows are the only ties.
        columns = self._random.sample(
            self._columns, min(len(self._columns), self._random.randint(1, 3)))
        names = ", ".join(column[0] for column in columns)
        if self._random.random() < 0.3:
            return f"SELECT {names} FROM {relation}{self._where}", False
        keys = ", ".join(column[0] + self._direction() for column in
                         self._random.sample(columns, len(columns)))
        return f"SELECT {names} FROM {relation}{self._where} ORDER BY {keys}{self._limit()}", True

    def _direction(self):
        return self._random.choice(["", "", " DESC", " ASC", " NULLS FIRST", " DESC NULLS LAST"])

    def _limit(self):
        text = self._random.choice(["", f" LIMIT {self._random.randint(0, 30)}"])
        if self._random.random() < 0.3:
            text += f" OFFSET {self._random.randint(0, 20)}"
        return text

    def _aggregates(self):
        return ", ".join(self._aggregate() for _ in range(self._random.randint(1, 3)))

    def _aggregate(self):
        shape = self._random.randrange(5)
        if shape == 0:
            return "count(*)"
        if shape == 1:
            return f"count({self._pick()[0]})"
        if shape == 2:
            name = self._pick({"int", "number", "text", "date"})[0]
            return f"{self._random.choice(['min', 'max'])}({name})"
        numeric = [c for c in self._columns if c[1] in ("int", "number")]
        if not numeric:
            return "count(*)"
        return f"{self._random.choice(['sum', 'avg'])}({self._random.choice(numeric)[0]})"

    def _groups(self, relation):
        key = self._pick()[0]
        text = f"SELECT {key}, {self._aggregates()} FROM {relation}{self._where} GROUP BY {key}"
        if self._random.random() < 0.3:
            text += f" HAVING count(*) > {self._random.randint(0, 4)}"
        if self._random.random() < 0.5:
            return text, False
        return f"{text} ORDER BY {key}{self._direction()}{self._limit()}", True
