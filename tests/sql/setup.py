"""The rows that every SQL file starts from: a shop of some hundred rows and tables of all types."""

import sys

from servers import REPO

sys.path.insert(0, str(REPO / "demo"))
import shop_rows  # noqa: E402  (the demo's generator, with other sizes)

CUSTOMERS, ORDERS, PRODUCTS = 40, 120, 25
TABLES = ("customers", "orders", "order_items", "products", "countries", "settings", "samples",
          "empties", "made_sharded", "made_broadcast", "made_single", "made_renamed")

SAMPLES = """\
CREATE TABLE samples (
  id bigint PRIMARY KEY, flag boolean, small smallint, whole integer, big bigint,
  amount numeric, price numeric(10,2), ratio real, measure double precision, label text,
  code varchar(10), padded char(5), day date, moment timestamp, instant timestamptz,
  span interval, key uuid, doc jsonb, list integer[])
"""
EMPTIES = "CREATE TABLE empties (id bigint PRIMARY KEY, whole integer, amount numeric, label text)"


def small_shop():
    """The demo's rows of its first few customers, orders and products."""
    saved = shop_rows.CUSTOMERS, shop_rows.ORDERS, shop_rows.PRODUCTS
    shop_rows.CUSTOMERS, shop_rows.ORDERS, shop_rows.PRODUCTS = CUSTOMERS, ORDERS, PRODUCTS
    try:
        return shop_rows.make_shop()
    finally:
        shop_rows.CUSTOMERS, shop_rows.ORDERS, shop_rows.PRODUCTS = saved


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def insert(table, columns, rows):
    values = ",\n".join("(" + ", ".join(literal(v) for v in row) + ")" for row in rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}"


LABELS = ["apple", "Apple", "zebra", "Zebra", "äpfel", "Ärger", "éclair", "eclair", "", " lead",
          "a-b", "ab", "a b", "10", "9", "ß", "ss", "日本", "O'Hara", None]
MEASURES = ["0", "-0", "1.5", "-2.25", "NaN", "Infinity", "-Infinity", "1e300", "1e-300", None]
AMOUNTS = ["0", "1", "1.0", "1.00", "-3.5", "NaN", "1e20", "0.000001", "123456789012345678901234.5",
           None]
SPANS = ["1 day", "24 hours", "1 mon", "40 days", "-2 days", "00:00:01.5", None]


def sample_row(number):
    """Values that repeat with different periods, so that ties, NULLs and all pairs occur."""
    known = number % 7 != 0
    return (
        number, [True, False, None][number % 3], number % 5 - 2 if known else None,
        (number * 7919) % 23 - 11 if number % 5 else None,
        (number * 1_000_003) * (1_000_000_007 if number % 4 else 1),
        AMOUNTS[number % 10], f"{number * 37 % 1000}.{number % 100:02d}" if known else None,
        [0.5, 1.25, None, -7.75][number % 4], MEASURES[number % 10], LABELS[number % 20],
        f"c{number % 6}" if known else None, ["a", "ab", "abc", None][number % 4],
        f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}" if number % 6 else None,
        f"2024-01-{number % 28 + 1:02d} {number % 24:02d}:30:00.{number:03d}",
        f"2024-03-{number % 28 + 1:02d} {number * 5 % 24:02d}:00:00+0{number % 4}",
        SPANS[number % 7], f"00000000-0000-4000-8000-{(number * 7907) % 65536:012x}",
        f'{{"n": {number % 4}}}', f"{{{number},{number % 3}}}" if known else None,
    )


SAMPLE_COLUMNS = ("id flag small whole big amount price ratio measure label code padded day moment "
                  "instant span key doc list").split()


def setup_statements():
    """Everything from an empty database, or from what a test left in it."""
    schema = (REPO / "demo/schema.sql").read_text(encoding="utf-8")
    body = "\n".join(line for line in schema.splitlines() if not line.startswith("--"))
    statements = [f"DROP TABLE IF EXISTS {table}" for table in TABLES]
    statements += [part.strip() for part in body.split(";") if part.strip()]
    statements += [SAMPLES, EMPTIES]
    for table, rows in small_shop().items():
        statements.append(insert(table, shop_rows.COLUMNS[table], rows))
    statements.append(insert("samples", SAMPLE_COLUMNS, [sample_row(n) for n in range(-9, 71)]))
    return statements
