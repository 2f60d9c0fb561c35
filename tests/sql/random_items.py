"""Random select items: aggregates, group keys, window functions."""

from random_parts import Maker


class Items(Maker):
    """What stands in a select list besides plain expressions."""

    def aggregate(self, source, depth):
        """(text, kind, exact)"""
        names = source.names
        shape = self.random.randrange(18)
        filtered = f" FILTER (WHERE {self.condition(names, 2)})" if self.chance(0.15) else ""
        if shape < 4:
            return f"count(*){filtered}", "count", True
        if shape < 6:
            word = self.pick(["", "", "DISTINCT "])
            return f"count({word}{self.pick(names).sql}){filtered}", "count", True
        if shape < 9:
            return self.extreme(names, filtered)
        if shape < 14:
            return self.sum(names, filtered)
        return self.ordered_aggregate(source, filtered)

    def extreme(self, names, filtered):
        exact = [n for n in names if n.exact and n.kind != "bool"]
        name = self.pick(exact)
        text = f"{self.pick(['min', 'max'])}({name.sql}){filtered}"
        if self.chance(0.1):
            text = f"coalesce({text}, {self.value(name)})"
        return text, name.kind, True

    def sum(self, names, filtered):
        numbers = [n for n in names if n.kind in ("int", "number")]
        if not numbers:
            return f"count(*){filtered}", "count", True
        name = self.pick(numbers)
        word = self.pick(["", "", "", "DISTINCT "]) if name.exact else ""
        text = f"{self.pick(['sum', 'sum', 'avg'])}({word}{name.sql}){filtered}"
        shape = self.random.random()
        if shape < 0.1:
            text = f"round({text}, 2)"
        elif shape < 0.2:
            text = f"{text} + count(*)"
        elif shape < 0.25:
            text = f"CASE WHEN count(*) > 1 THEN {text} END"
        return text, "number", True

    def ordered_aggregate(self, source, filtered):
        name = self.pick([n for n in source.names if n.exact])
        order = ", ".join(source.key)
        text = self.pick([
            f"string_agg({name.sql}::text, ',' ORDER BY {order})",
            f"array_agg({name.sql} ORDER BY {order})",
            f"bool_and({name.sql} IS NOT NULL)", f"every({name.sql} IS NULL)",
            f"bool_or({name.sql}::text > 'M')",
            f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {name.sql})",
            f"string_agg(DISTINCT {name.sql}::text, ',')",
        ])
        return f"{text}{filtered}", "some", True

    def group_keys(self, source):
        """[(text, kind)] whose equal values are the same text."""
        exact = [n for n in source.names if n.exact]
        keys = [n for n in exact if n.shard_key]
        chosen = []
        if keys and self.chance(0.35):
            chosen.append(self.pick(keys))
        chosen += self.random.sample(exact, self.random.randint(0 if chosen else 1, 2))
        out = {}
        for name in chosen:
            text = name.sql
            if name.kind == "int" and self.chance(0.15):
                text = f"{text} % 3"
            if name.kind == "text" and self.chance(0.15):
                text = f"upper({text})"
            out[text] = name.kind
        return list(out.items())

    def group_by(self, keys):
        """By expressions, or places; sometimes grouping sets, which change what NULL means."""
        texts = [key for key, _ in keys]
        shape = self.random.random()
        if shape < 0.25:
            return ", ".join(str(n) for n in range(1, len(keys) + 1))
        if shape < 0.32 and len(keys) == 1:
            return f"ROLLUP ({texts[0]})"
        if shape < 0.36:
            return f"GROUPING SETS (({', '.join(texts)}))"
        if shape < 0.4 and len(keys) > 1:
            return f"({', '.join(texts)})"
        return ", ".join(texts)

    def windowed(self, source, outputs, items):
        """The same select list with one window function more."""
        names = [n for n in source.names if n.exact]
        keys = [n for n in names if n.shard_key]
        partition = []
        if keys and self.chance(0.6):
            partition.append(self.pick(keys).sql)
        if self.chance(0.4):
            partition.append(self.pick(names).sql)
        order = ", ".join(source.key)
        name = self.pick(names)
        call = self.pick(["row_number()", "rank()", "count(*)", f"lag({name.sql})",
                          f"max({name.sql}::text)", f"first_value({name.sql})", "ntile(3)"])
        over = f"PARTITION BY {', '.join(partition)} " if partition else ""
        item = f"{call} OVER ({over}ORDER BY {order})"
        return [*outputs, (item, "some", True)], [*items, item]
