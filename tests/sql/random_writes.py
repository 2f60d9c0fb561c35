"""Random INSERT, UPDATE and DELETE statements."""

from random_conditions import DEPTH_MAX
from random_parts import Statement
from random_queries import Queries

from shop_tables import TABLES

WRITTEN = ("customers", "orders", "order_items", "samples", "products", "settings")
EXTRA = {"customers": ("email", "'x@y'"), "orders": ("created_at", "'2024-01-01 00:00Z'")}
CREATED = {"customers": ("created_at", "'2024-01-01 00:00Z'")}


class Writes(Queries):
    """Statements that change rows; each is rolled back by whoever runs it."""

    def write(self):
        make = self.weighted((4, self.update), (4, self.delete), (4, self.insert),
                             (3, self.insert_select), (1, self.write_in_with))
        text, table = make()
        return Statement(text, False, self.params, table)

    def target(self):
        name = self.pick(WRITTEN)
        return TABLES[name], self.table(name, self.pick([self.alias(), name]))

    def update(self):
        table, target = self.target()
        others, joined = self.others(target)
        names = target.names + (others.names if others else [])
        plain = [n for n in target.names if n.sql not in target.key]
        columns = self.random.sample(plain, min(len(plain), self.pick([1, 1, 2])))
        sets = ", ".join(f"{self.bare(n)} = {self.assigned(n, names)}" for n in columns)
        if self.chance(0.06):
            sets += f", {table.key[0]} = {target.names[0].sql}"
        text = f"UPDATE {target.text} SET {sets}"
        if others:
            text += f" FROM {others.text}"
        return text + self.filter(names, joined, target) + self.returning(target.names), table.name

    def assigned(self, name, names):
        shape = self.random.random()
        if shape < 0.4:
            return self.value(name)
        fitting = [n for n in names if n.kind == name.kind]
        if shape < 0.7 or name.kind not in ("int", "number"):
            return self.pick(fitting).sql if fitting else self.value(name)
        if shape < 0.8:
            return "DEFAULT" if self.chance(0.5) else "NULL"
        if shape < 0.9:
            return self.scalar_subquery(names, DEPTH_MAX, name.kind)[0]
        return f"{name.sql} + 1"

    def others(self, target):
        """A table whose key is equal to columns of the target: it has one row for each of these."""
        if self.chance(0.6):
            return None, []
        bare = {self.bare(n): n.sql for n in target.names}
        fitting = [t for t in TABLES.values() if all(column in bare for column in t.key)]
        if not fitting:
            return None, []
        other = self.table(self.pick(fitting).name)
        joined = [f"{key} = {bare[key.split('.')[-1]]}" for key in other.key]
        return other, joined

    def filter(self, names, joined, target):
        parts = list(joined)
        if self.chance(0.85):
            condition = self.condition(names, 1)
            parts.append(f"({condition})" if " OR " in condition else condition)
        keys = [name for name in target.names if name.shard_key]
        if keys and self.chance(0.4):
            parts.append(self.key_condition(keys))
        self.random.shuffle(parts)
        return " WHERE " + " AND ".join(parts) if parts else ""

    def returning(self, names):
        if self.chance(0.5):
            return ""
        return " RETURNING " + self.pick(["*", self.pick(names).sql,
                                          self.expression(names, DEPTH_MAX)[0]])

    def delete(self):
        table, target = self.target()
        others, joined = self.others(target)
        names = target.names + (others.names if others else [])
        text = f"DELETE FROM {target.text}"
        if others:
            text += f" USING {others.text}"
        return text + self.filter(names, joined, target) + self.returning(target.names), table.name

    def insert(self):
        table, target = self.target()
        columns = list(target.names)
        self.random.shuffle(columns)
        rows = [[self.inserted(column) for column in columns] for _ in range(self.pick([1, 1, 3]))]
        fixed = [pair[table.name] for pair in (EXTRA, CREATED) if table.name in pair]
        listed = ", ".join([self.bare(n) for n in columns] + [name for name, _ in fixed])
        texts = ["(" + ", ".join(row + [value for _, value in fixed]) + ")" for row in rows]
        alias = "" if " " not in target.text.strip() else f" AS {target.names[0].sql.split('.')[0]}"
        text = f"INSERT INTO {table.name}{alias} ({listed}) VALUES {', '.join(texts)}"
        return text + self.conflict(table, target) + self.returning(target.names), table.name

    def inserted(self, name):
        if name.shard_key and self.chance(0.1):
            return self.pick(["NULL", "DEFAULT", f"{self.customer} + 1", "'17'", "18.0", "-19",
                              f"{self.customer}::int8"])
        if name.kind == "int" and self.chance(0.3):
            return str(self.random.randint(50, 90))
        return self.value(name)

    def conflict(self, table, target):
        shape = self.random.random()
        if shape < 0.5:
            return ""
        key = ", ".join(table.key)
        if shape < 0.7:
            return self.pick([" ON CONFLICT DO NOTHING", f" ON CONFLICT ({key}) DO NOTHING"])
        plain = [self.bare(n) for n in target.names if n.sql not in target.key]
        column = self.pick(plain)
        where = self.pick(["", "", f" WHERE {self.simple_predicate(self.pick(target.names))}"])
        value = self.pick([f"excluded.{column}", "NULL"])
        return f" ON CONFLICT ({key}) DO UPDATE SET {column} = {value}{where}"

    def insert_select(self):
        """Into the same table, keys moved so that few conflict, or into empties."""
        if self.chance(0.4):
            source = self.source(1)
            ints = [n for n in source.names if n.kind == "int"]
            key = self.pick(ints).sql if ints else self.value_of_key()
            word = self.pick(["", "DISTINCT "])
            return (f"INSERT INTO empties (id, label) SELECT {word}{key}, 'x' FROM "
                    f"{source.text}{self.where_of(source, 1)} ON CONFLICT DO NOTHING", "empties")
        source = self.table("orders")
        alias = source.names[0].sql.split(".")[0]
        key = self.weighted((4, f"{alias}.customer_id"), (1, str(self.customer)),
                            (1, f"{alias}.customer_id + 1"), (1, f"{alias}.order_id"))
        text = (f"INSERT INTO orders (customer_id, order_id, status, total, created_at) SELECT {key}, "
                f"{alias}.order_id + 1000, 'x', {alias}.total, {alias}.created_at FROM {source.text}"
                f"{self.where_of(source, 1)}")
        return text + self.pick(["", " RETURNING order_id"]), "orders"

    def value_of_key(self):
        return str(self.customer)

    def write_in_with(self):
        text, table = self.pick([self.update, self.delete])()
        if " RETURNING " not in text:
            text += f" RETURNING {TABLES[table].key[0]} AS k"
            return f"WITH w AS ({text}) SELECT count(*), max(k) FROM w", table
        return f"WITH w AS ({text}) SELECT count(*) FROM w", table
