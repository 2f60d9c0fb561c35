"""What the generators of random statements know about the tables of setup.py."""

from dataclasses import dataclass

CUSTOMER_MAX, ORDER_MAX, PRODUCT_MAX = 42, 125, 25


@dataclass(frozen=True)
class Column:
    """`kind` is what it may be compared with; `type` its type in PostgreSQL."""

    name: str
    kind: str
    type: str
    constant: object
    nullable: bool = False
    # Equal values are the same text: not so for numeric without a scale, double precision, interval.
    exact: bool = True


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple
    key: tuple          # the primary key
    shard_key: str = ""  # empty: a broadcast or single table
    single: bool = False


def below(bound):
    return lambda r: str(r.randint(0, bound))


def one_of(*words):
    return lambda r: r.choice(words)


def price(bound):
    return lambda r: f"{r.randint(0, bound)}.{r.randint(0, 99):02d}"


def near_day(r):
    return f"'2024-{r.randint(1, 12):02d}-15'"


CUSTOMER = Column("customer_id", "int", "int8", below(CUSTOMER_MAX))
ORDER = Column("order_id", "int", "int8", below(ORDER_MAX))
PRODUCT = Column("product_id", "int", "int8", below(PRODUCT_MAX))
NAMES = one_of("'Ada Chen'", "'M'", "'Z'", "'Brass Bell No. 3'")
CODES = one_of("'CA'", "'DE'", "'SE'", "'US'", "'XX'")

TABLES = {table.name: table for table in (
    Table("customers", (
        CUSTOMER, Column("name", "text", "text", NAMES), Column("country", "text", "text", CODES),
    ), ("customer_id",), "customer_id"),
    Table("orders", (
        CUSTOMER, ORDER,
        Column("status", "text", "text", one_of("'new'", "'paid'", "'shipped'")),
        Column("total", "number", "numeric", price(3000)),
    ), ("customer_id", "order_id"), "customer_id"),
    Table("order_items", (
        CUSTOMER, ORDER, Column("line", "int", "int4", one_of("1", "2", "3", "4")), PRODUCT,
        Column("quantity", "int", "int4", one_of("1", "2", "3", "5")),
        Column("price", "number", "numeric", price(240)),
    ), ("customer_id", "order_id", "line"), "customer_id"),
    Table("products", (
        PRODUCT, Column("name", "text", "text", NAMES),
        Column("price", "number", "numeric", price(240)),
    ), ("product_id",)),
    Table("countries", (
        Column("code", "text", "text", CODES), Column("name", "text", "text", NAMES),
    ), ("code",)),
    Table("settings", (
        Column("key", "text", "text", one_of("'currency'", "'shop_name'")),
        Column("value", "text", "text", one_of("'EUR'", "'20'"), nullable=True),
    ), ("key",), single=True),
    Table("samples", (
        Column("id", "int", "int8", lambda r: str(r.randint(-10, 71))),
        Column("small", "int", "int2", lambda r: str(r.randint(-3, 3)), nullable=True),
        Column("whole", "int", "int4", lambda r: str(r.randint(-12, 12)), nullable=True),
        Column("big", "int", "int8", lambda r: str(r.randint(-10**12, 10**12))),
        Column("amount", "number", "numeric", one_of("0", "1", "1.0", "-3.5"), True, False),
        Column("price", "number", "numeric", price(999), nullable=True),
        Column("measure", "float", "float8", one_of("0", "1.5", "-2.25"), True, False),
        Column("label", "text", "text", one_of("'apple'", "'Z'", "'äpfel'", "''"), nullable=True),
        Column("code", "text", "varchar", one_of("'c1'", "'c5'"), nullable=True),
        Column("padded", "padded", "bpchar", one_of("'a'", "'abc'"), nullable=True),
        Column("day", "day", "date", near_day, nullable=True),
        Column("flag", "bool", "bool", one_of("true", "false"), nullable=True),
    ), ("id",), "id"),
    Table("empties", (
        Column("id", "int", "int8", below(20)), Column("whole", "int", "int4", below(9), True),
        Column("label", "text", "text", one_of("'a'", "'b'"), True),
    ), ("id",), "id"),
)}
