"""Statements with lists of constants, IN (...) and VALUES (...), (...), of random lengths.

There are few forms of them, so that the proxy meets each again and again with lists of other
lengths: it has one plan for all of these.
"""

import random
import struct

from random_parts import Statement

from shop_tables import TABLES

SELECTS = (
    "SELECT * FROM orders WHERE customer_id IN ({customer_id})",
    "SELECT * FROM orders WHERE customer_id IN ({customer_id}) AND order_id IN ({order_id})",
    "SELECT * FROM orders WHERE customer_id NOT IN ({customer_id}) AND status IN ({status})",
    "SELECT orders.total FROM orders WHERE status IN ({status}) AND orders.customer_id = 5",
    "SELECT status, count(*), sum(total) FROM orders WHERE order_id IN ({order_id}) "
    "GROUP BY status HAVING count(*) > 1",
    "SELECT customer_id IN ({customer_id}), count(*) FROM orders "
    "GROUP BY customer_id IN ({customer_id})",
    "SELECT name, country IN ({country}) AS near FROM customers WHERE customer_id IN "
    "({customer_id}) OR customer_id = 3",
    "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.customer_id WHERE "
    "c.customer_id IN ({customer_id}) AND o.status NOT IN ({status})",
    "SELECT v.a, o.status FROM orders o JOIN (VALUES {orders}) AS v(a, b, c, d, e) ON "
    "v.b = o.order_id WHERE o.customer_id IN ({customer_id})",
    "SELECT * FROM orders WHERE customer_id IN ({customer_id}, {given}) AND order_id < {other}",
    "SELECT total + {given} FROM orders WHERE status IN ({status}) AND customer_id = {other}",
    "SELECT * FROM countries WHERE code IN ({country})",
    "SELECT count(*) FILTER (WHERE status IN ({status})) FROM orders WHERE total > 20",
    "SELECT nothing FROM orders WHERE customer_id IN ({customer_id})",
    "SELECT * FROM orders WHERE customer_id IN ({customer_id}) AND nothing = 7",
    "VALUES {orders}",
)
ORDERED = (
    "SELECT customer_id, order_id FROM orders WHERE customer_id IN ({customer_id}) "
    "ORDER BY order_id, customer_id LIMIT 7 OFFSET 2",
    "SELECT customer_id FROM customers WHERE country IN ({country}) ORDER BY name, "
    "customer_id LIMIT 5",
    "SELECT order_id, customer_id FROM orders WHERE status IN ({status}) AND order_id NOT IN "
    "({order_id}) ORDER BY 1 DESC, 2",
)
WRITES = (
    ("orders", "INSERT INTO orders ({orders_columns}) VALUES {orders}"),
    ("orders", "INSERT INTO orders ({orders_columns}) VALUES {orders} "
               "RETURNING orders.order_id, status IN ({status})"),
    ("orders", "INSERT INTO orders ({orders_columns}) VALUES {orders} ON "
               "CONFLICT (customer_id, order_id) DO UPDATE SET total = excluded.total WHERE "
               "orders.status IN ({status})"),
    ("orders", "INSERT INTO orders AS o ({orders_columns}) VALUES {orders}, "
               "(4, 9000, lower('X'), 1, {made}), {orders} ON CONFLICT DO NOTHING"),
    ("orders", "INSERT INTO orders ({orders_columns}) VALUES {orders} "
               "RETURNING nothing"),
    ("orders", "INSERT INTO orders ({orders_columns}) VALUES {orders}, "
               "({given}, {other}, 'given', 1, {made}), {orders} ON CONFLICT DO NOTHING"),
    ("orders", "INSERT INTO orders ({orders_columns}) VALUES ({given}, "
               "{other}, 'given', 1, {made}), {orders}, ({other}, {given}, 'given', 2, {made}) "
               "RETURNING order_id"),
    ("orders", "UPDATE orders SET total = total + {given} WHERE order_id IN ({order_id}) AND "
               "customer_id IN ({other}, {customer_id}, {given})"),
    ("products", "INSERT INTO products (product_id, name, price) VALUES {products} ON CONFLICT "
                 "DO NOTHING"),
    ("empties", "INSERT INTO empties VALUES {empties}"),
    ("settings", "INSERT INTO settings VALUES {settings} ON CONFLICT DO NOTHING"),
    ("orders", "UPDATE orders SET status = 'listed' WHERE customer_id IN ({customer_id}) AND "
               "orders.order_id IN ({order_id})"),
    ("orders", "UPDATE orders SET total = total + 1 WHERE order_id NOT IN ({order_id}) RETURNING "
               "orders.order_id, customer_id IN ({customer_id})"),
    ("order_items", "DELETE FROM order_items WHERE customer_id IN ({customer_id}) AND line IN "
                    "(1, 2)"),
)
VALUES = {column.name: column for table in ("customers", "orders") for column in
          TABLES[table].columns}
INT8 = 20
MADE = "'2024-01-01 00:00Z'"
ODD = ("NULL", "-3", "3000000000", "'17'", "7.5", "E'1'")


class Lists:
    """One statement of `seed`; `mode` decides whether it has parameters."""

    def __init__(self, seed, mode):
        self.random, self.mode = random.Random(seed), mode
        self.faulty, self.params = False, []

    def statement(self):
        kind = self.random.random()
        if kind < 0.4:
            return Statement(self.filled(self.random.choice(SELECTS)), False, self.params)
        if kind < 0.55:
            return Statement(self.filled(self.random.choice(ORDERED)), True, self.params)
        table, form = self.random.choice(WRITES)
        return Statement(self.filled(form), False, self.params, table)

    def filled(self, form):
        # Of two errors either may come first.
        self.faulty = "nothing" not in form
        lists = {name: self.listed(lambda c=column: self.item(c)) for name, column in
                 VALUES.items()}
        lists["orders_columns"] = "customer_id, order_id, status, total, created_at"
        lists["made"] = MADE
        lists["orders"] = self.listed(self.order)
        lists["products"] = self.listed(lambda: f"({self.number(20, 900)}, 'p', '3.50')")
        lists["empties"] = self.listed(lambda: f"({self.number(1, 10**6)}, 4, NULL, 'x')")
        lists["settings"] = self.listed(lambda: f"('k{self.number(1, 50)}', 'v')")
        for name in ("given", "other"):
            if f"{{{name}}}" in form:
                lists[name] = self.parameter(self.number(1, 60))
        return form.format(**lists)

    def parameter(self, value):
        if self.mode == "simple":
            return str(value)
        self.params.append((INT8, str(value).encode(), struct.pack("!q", value)))
        return f"${len(self.params)}"

    def listed(self, item):
        length = self.random.choice((1, 2, 2, 3, 4, 5, 8, 13, 40, 150))
        return ", ".join(item() for _ in range(length))

    def item(self, column):
        if column.kind == "int" and self.random.random() < 0.01:
            return self.random.choice(ODD)
        return column.constant(self.random)

    def order(self):
        """A row; its total is now and then none, which is an error in the middle of the list."""
        customer = self.number(1, 60) if self.random.random() < 0.99 else "-7"
        wrong = self.faulty and self.random.random() < 0.002
        self.faulty = self.faulty and not wrong
        total = "'x'" if wrong else f"'{self.number(1, 99)}'"
        return f"({customer}, {self.number(200, 10**6)}, 'made', {total}, {MADE})"

    def number(self, first, last):
        return self.random.randint(first, last)
