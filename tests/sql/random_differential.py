#!/usr/bin/python3
"""Random queries over the shop, on one plain PostgreSQL and through Tessera.

    tests/sql/random_differential.py [--queries N] [--seed S] [--layout NAME]... [--all] [--plain]

Each query comes from its own seed (S, S + 1, ...): a failing one is run alone by --seed THAT
--queries 1. A refusal (0A000) is right but counts: with too many of them the test says nothing.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import rules
from case import Block
from compare import differences
from run import Rig, start_nodes
from servers import WorkDirectory
from wire import MODES, Stuck, Wire

REFUSED_SHARE_MAX = 0.35

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


class Generator:
    """One query from one seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def query(self):
        """The statement, and whether it fixes the order of rows."""
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


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="twenty times the queries")
    parser.add_argument("--plain", action="store_true", help="two plain servers, no proxy")
    parser.add_argument("--layout", action="append", choices=[x.name for x in rules.LAYOUTS])
    return parser.parse_args()


def compare_query(wires, seed, layout):
    """None when equal, "refused", or the lines of a failure."""
    sql, ordered = Generator(seed).query()
    block = Block("random", seed, sql, {"ordered": ""} if ordered else {})
    mode = MODES[seed % len(MODES)]
    expected, given = (wire.run(sql, mode) for wire in wires)
    if given.sqlstate == "0A000":
        return "refused"
    found = differences(expected, given, block)
    if found:
        return [f"seed {seed} [{layout.name}/{mode}]", f"    {sql}"] + [f"    {x}" for x in found]
    return None


def run_layout(rig, options, queries):
    """The number of failures."""
    began, refused, failed = time.monotonic(), 0, 0
    rig.use_locale("C.UTF-8")
    rig.reset()
    wires = [Wire(rig.plain.conninfo()), Wire(rig.proxy.conninfo())]
    for seed in range(options.seed, options.seed + queries):
        try:
            found = compare_query(wires, seed, rig.layout)
        except Stuck as stuck:
            found = [f"seed {seed} [{rig.layout.name}]: {stuck}"]
            wires = [Wire(rig.plain.conninfo()), Wire(rig.proxy.conninfo())]
        if found == "refused":
            refused += 1
        elif found:
            failed += 1
            print("\n".join(found), flush=True)
    print(f"layout {rig.layout.name}: {queries} queries, {failed} differ, {refused} refused, "
          f"{time.monotonic() - began:.1f} s", flush=True)
    if refused > queries * REFUSED_SHARE_MAX and queries > 20:
        print("too many refusals to say anything")
        failed += 1
    return failed


def main():
    options = parse_arguments()
    queries = options.queries * (20 if options.all else 1)
    chosen = options.layout or ["two", "split"]
    layouts = [layout for layout in rules.LAYOUTS if layout.name in chosen]
    if options.plain:
        layouts = [rules.Layout("plain", 1)]
    work, nodes, failed = WorkDirectory(), [], 0
    try:
        plain, shards, replicas = start_nodes(work, layouts, None)
        nodes = [plain, *shards, *replicas]
        for layout in layouts:
            rig = Rig(work, plain, shards, replicas, layout, not options.plain)
            try:
                failed += run_layout(rig, options, queries)
            finally:
                rig.stop()
    finally:
        for node in nodes:
            node.stop()
        work.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
