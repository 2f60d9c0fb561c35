#!/usr/bin/python3
"""Makes the demo shop's tables and loads its rows by multi-row INSERTs.

    demo/load.py [--host H] [--port P] [--user U] [--password W] [--dbname D]

It works through Tessera and on a plain PostgreSQL alike, and may be run again at any time: a shop
that is complete is left alone, one that was interrupted is completed, and one with other rows is
refused. The last row written, settings' "demo_rows", says that all others are there.
"""

import argparse
import sys
import time
from pathlib import Path

import psycopg

import shop_rows

ROWS_PER_INSERT = 500
MARK = "demo_rows"
KEYS = {"orders": "customer_id, order_id", "order_items": "customer_id, order_id, line",
         "customers": "customer_id", "products": "product_id", "countries": "code",
         "settings": "key"}


class Refusal(Exception):
    """The database holds something that this loader must not touch."""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6432)
    parser.add_argument("--user", default="shop")
    parser.add_argument("--password", default="shop")
    parser.add_argument("--dbname", default="shop")
    parser.add_argument("--quiet", action="store_true", help="no progress line")
    return parser.parse_args()


def make_tables(connection):
    schema = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
    lines = [line for line in schema.splitlines() if not line.startswith("--")]
    connection.add_notice_handler(lambda notice: None)  # "already exists, skipping"
    for statement in "\n".join(lines).split(";"):
        if statement.strip():
            connection.execute(statement)


def count_rows(connection, table):
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def read_mark(connection):
    row = connection.execute("SELECT value FROM settings WHERE key = %s", [MARK]).fetchone()
    return row[0] if row else None


def insert_batch(connection, table, rows, may_exist):
    columns = shop_rows.COLUMNS[table]
    row_text = "(" + ", ".join(["%s"] * len(columns)) + ")"
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES " + ", ".join(
        [row_text] * len(rows))
    if may_exist:
        statement += f" ON CONFLICT ({KEYS[table]}) DO NOTHING"
    connection.execute(statement, [value for row in rows for value in row])


class Progress:
    """One line that is rewritten while rows go in."""

    def __init__(self, rows_total, quiet):
        self._total = rows_total
        self._done = 0
        self._quiet = quiet or not sys.stderr.isatty()
        self._start = time.monotonic()

    def add(self, rows, table):
        self._done += rows
        if self._quiet:
            return
        share = 100 * self._done // self._total
        print(f"\r{self._done:>7,} of {self._total:,} rows ({share} %)  {table:<12}",
              end="", flush=True, file=sys.stderr)

    def finish(self):
        if not self._quiet:
            print(file=sys.stderr)
        return time.monotonic() - self._start


def load_table(connection, table, rows, progress):
    there = count_rows(connection, table)
    if there > len(rows):
        raise Refusal(f'table "{table}" has {there:,} rows, the demo has {len(rows):,}')
    for start in range(0, len(rows), ROWS_PER_INSERT):
        batch = rows[start:start + ROWS_PER_INSERT]
        if there < len(rows):
            insert_batch(connection, table, batch, may_exist=there > 0)
        progress.add(len(batch), table)
    if there < len(rows) and count_rows(connection, table) != len(rows):
        raise Refusal(f'table "{table}" has rows that are not the demo\'s')


def load(connection, quiet):
    shop = shop_rows.make_shop()
    mark = shop_rows.fingerprint(shop)
    make_tables(connection)
    found = read_mark(connection)
    if found == mark:
        return "the demo shop is loaded already"
    if found is not None:
        raise Refusal(f'these are the rows of another version of the demo ("{found}")')
    rows_total = sum(len(rows) for rows in shop.values())
    progress = Progress(rows_total, quiet)
    for table, rows in shop.items():
        load_table(connection, table, rows, progress)
    connection.execute("INSERT INTO settings (key, value) VALUES (%s, %s)", [MARK, mark])
    return f"{rows_total:,} rows loaded in {progress.finish():.1f} s"


def main():
    options = parse_arguments()
    try:
        with psycopg.connect(host=options.host, port=options.port, user=options.user,
                             password=options.password, dbname=options.dbname,
                             autocommit=True, connect_timeout=10) as connection:
            print(load(connection, options.quiet))
    except Refusal as refusal:
        print(f"load.py: {refusal}; drop the demo's tables and run this again", file=sys.stderr)
        return 1
    except psycopg.Error as error:
        print(f"\nload.py: {error}\nRun this again to go on where it stopped.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
