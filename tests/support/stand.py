"""Two shards with a small shop and a proxy before them, for tests that break things."""

import contextlib
import os
import time

import psycopg

import rules
from servers import PostgresNode, Proxy, WorkDirectory, await_condition

CUSTOMERS = 20
SCHEMA = """\
CREATE TABLE customers (customer_id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE products (product_id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO products SELECT n, 'p' || n FROM generate_series(1, 10) AS n;
"""


class Stand:
    """Shard n holds the customers whose number modulo 2 is n."""

    def __init__(self):
        self._work = WorkDirectory()
        self._proxies = []
        try:
            self.shards = [PostgresNode(self._work, f"shard_{n}") for n in range(2)]
            for number, shard in enumerate(self.shards):
                shard.make_database("shop")
                shard.psql(f"SET ROLE shop; {SCHEMA} INSERT INTO customers SELECT n, 'c' || n "
                           f"FROM generate_series(1, {CUSTOMERS}) AS n WHERE n % 2 = {number}",
                           "shop")
            self.shards[0].psql("SET ROLE shop; CREATE TABLE settings (key text PRIMARY KEY, "
                                "value text); INSERT INTO settings VALUES ('currency', 'EUR')",
                                "shop")
        except BaseException:
            self._work.remove()
            raise

    def files(self, **extra):
        """The proxy's configuration; `extra` files by name, with _ for the dot."""
        layout = rules.Layout("fault", 2, pool_max=5)
        made = {"global.yaml": rules.global_yaml(),
                "database-shop.yaml": rules.database_yaml(layout, self.shards)}
        made.update({name.replace("_yaml", ".yaml"): text for name, text in extra.items()})
        return made

    def proxy(self, arguments=(), **extra):
        made = Proxy(self._work, f"proxy-{len(self._proxies)}", self.files(**extra),
                     arguments=arguments)
        self._proxies.append(made)
        return made

    def directory(self, name):
        return self._work.make(name)

    def server_connections(self):
        """(busy, all) connections that proxies hold on all shards."""
        busy = total = 0
        for shard in self.shards:
            rows = shard.psql("SELECT state FROM pg_stat_activity WHERE usename = 'shop'")
            states = rows.splitlines()
            total += len(states)
            busy += sum(state not in ("idle", "") for state in states)
        return busy, total

    def close(self):
        for proxy in self._proxies:
            proxy.stop(5)
        for shard in self.shards:
            with contextlib.suppress(RuntimeError):
                shard.stop()
        self._work.remove()


def connect(proxy, **options):
    words = {"user": "shop", "password": "shop", "dbname": "shop", "connect_timeout": 10,
             "autocommit": True, **options}
    return psycopg.connect(host=proxy.host, port=proxy.port, **words)


def ask(proxy, statement):
    with connect(proxy) as connection:
        return connection.execute(statement).fetchall()


def count_customers(proxy):
    return ask(proxy, "SELECT count(*) FROM customers")[0][0]


def answers(proxy, expected=CUSTOMERS):
    """Does the proxy give the right answer from both shards now?"""
    try:
        return count_customers(proxy) == expected
    except psycopg.Error:
        return False


def await_answers(proxy, deadline_s=30.0):
    await_condition("the proxy answers from both shards", lambda: answers(proxy), deadline_s)


def open_files(proxy):
    return len(os.listdir(f"/proc/{proxy.process.pid}/fd"))


def seconds(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began
