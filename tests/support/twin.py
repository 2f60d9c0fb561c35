"""One PostgreSQL server, and proxies before it whose answers must be the server's own.

Databases of the server: `plain` is the judge, which tests reach directly; `one` is the single data
source of the proxy's database `one`; `shop_0` and `shop_1` are the shards of its database `shop`.
All hold the same tables: customers (in `shop` sharded by its number), settings (of the default
shard), products (everywhere)."""

import os

from servers import PostgresNode, Proxy, WorkDirectory

CUSTOMERS = 20
TABLES = """\
CREATE TABLE customers (customer_id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE products (product_id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE settings (key text PRIMARY KEY, value text);
CREATE FUNCTION complain(integer) RETURNS integer LANGUAGE plpgsql AS
  $$ BEGIN RAISE NOTICE 'complaint %', $1; RETURN $1; END $$;
"""
SHARDING = """\
rules:
- !SHARDING
  tables:
    customers:
      actualDataNodes: ds_${0..1}.customers
      databaseStrategy: {standard: {shardingColumn: customer_id, shardingAlgorithmName: by_customer}}
  shardingAlgorithms:
    by_customer:
      type: INLINE
      props: {algorithm-expression: "ds_${customer_id % 2}", allow-range-query-with-inline-sharding: true}
- !BROADCAST
  tables: [products]
- !SINGLE
  tables: ["*.*.*"]
  defaultDataSource: ds_0
"""
GLOBAL = "authority:\n  users:\n  - {user: shop, password: shop}\n"


def fill(rows):
    return (f"TRUNCATE customers, products, settings; INSERT INTO customers SELECT n, 'c' || n "
            f"FROM generate_series(1, {CUSTOMERS}) AS n WHERE {rows};\n"
            "INSERT INTO products SELECT n, 'p' || n FROM generate_series(1, 10) AS n;\n"
            "INSERT INTO settings VALUES ('currency', 'EUR');\n")


class Twin:
    """`settings` are the server's; tessera_yaml is the proxy's own file."""

    DATABASES = {"plain": "true", "one": "true", "shop_0": "n % 2 = 0", "shop_1": "n % 2 = 1"}

    def __init__(self, tessera_yaml="", settings=None, pool_max=8):
        self._work = WorkDirectory()
        self._pool_max = pool_max
        try:
            self.server = PostgresNode(self._work, "server", settings=settings)
            for dbname, rows in self.DATABASES.items():
                self.server.make_database(dbname)
                self.server.psql(f"SET ROLE shop; {TABLES}{fill(rows)}", dbname)
            files = {"global.yaml": GLOBAL, "database-one.yaml": self._sources("one", ["one"]),
                     "database-shop.yaml": self._sources("shop", ["shop_0", "shop_1"]) + SHARDING}
            if tessera_yaml:
                files["tessera.yaml"] = tessera_yaml
            self.proxy = Proxy(self._work, "proxy", files)
        except BaseException:
            self.close()
            raise

    def _sources(self, name, databases):
        sources = "".join(
            f"  ds_{number}: {{url: 'jdbc:postgresql://{self.server.host}:{self.server.port}/"
            f"{database}', username: shop, password: shop, maxPoolSize: {self._pool_max}}}\n"
            for number, database in enumerate(databases))
        return f"databaseName: {name}\ndataSources:\n{sources}"

    def refill(self):
        for dbname, rows in self.DATABASES.items():
            self.server.psql(f"SET ROLE shop; {fill(rows)}", dbname)

    def direct(self):
        return self.server.conninfo("plain")

    def through(self, dbname="one"):
        return self.proxy.conninfo(dbname)

    def directory(self, name):
        return self._work.make(name)

    def backends(self, state="state <> 'idle'", databases=("one", "shop_0", "shop_1")):
        """How many of the proxy's server connections are in that state."""
        names = ", ".join(f"'{name}'" for name in databases)
        return int(self.server.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            f"AND datname IN ({names}) AND {state}"))

    def resident_kib(self):
        with open(f"/proc/{self.proxy.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def sockets(self):
        return len(os.listdir(f"/proc/{self.proxy.process.pid}/fd"))

    def close(self):
        if hasattr(self, "proxy"):
            self.proxy.stop(5)
        if hasattr(self, "server"):
            self.server.stop()
        self._work.remove()
