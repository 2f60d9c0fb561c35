"""The configurations under which every SQL file runs: the same tables, laid out differently."""

from dataclasses import dataclass

SHOP_TABLES = ("customers", "orders", "order_items")
KEYED_TABLES = ("samples", "empties", "made_sharded")
BROADCAST_TABLES = ("products", "countries", "made_broadcast")


@dataclass(frozen=True)
class Layout:
    name: str
    shards: int
    split: bool = False       # several actual tables of one logical table in a shard
    replicas: bool = False
    pool_max: int = 10

    @property
    def targets(self):
        return self.shards * (2 if self.split else 1)


LAYOUTS = [
    Layout("one", 1),
    Layout("two", 2),
    Layout("three", 3),
    Layout("split", 2, split=True),
    Layout("replicas", 2, replicas=True),
    Layout("pool-of-one", 2, pool_max=1),
]


@dataclass(frozen=True)
class Endpoint:
    host: str
    port: int


def global_yaml():
    return """\
authority:
  users:
  - {user: shop, password: shop}
  privilege: {type: ALL_PERMITTED}
"""


def data_source(name, endpoint, layout, database):
    return f"""\
  {name}:
    url: jdbc:postgresql://{endpoint.host}:{endpoint.port}/{database}
    username: shop
    password: shop
    maxPoolSize: {layout.pool_max}
    minPoolSize: 1
"""


def data_sources(layout, primaries, replicas, database):
    text = "dataSources:\n"
    for number, primary in enumerate(primaries):
        name = f"ds_{number}_write" if layout.replicas else f"ds_{number}"
        text += data_source(name, primary, layout, database)
        if layout.replicas:
            text += data_source(f"ds_{number}_read", replicas[number], layout, database)
    return text


def readwrite_rule(layout):
    groups = "".join(
        f"    ds_{number}: {{writeDataSourceName: ds_{number}_write, "
        f"readDataSourceNames: [ds_{number}_read]}}\n" for number in range(layout.shards))
    return f"- !READWRITE_SPLITTING\n  dataSourceGroups:\n{groups}"


def shop_table(name, layout):
    """Standard strategies; split: eight nodes, of which keys reach four."""
    last = layout.shards - 1
    if not layout.split:
        return f"""\
    {name}:
      actualDataNodes: ds_${{0..{last}}}.{name}
      databaseStrategy:
        standard: {{shardingColumn: customer_id, shardingAlgorithmName: by_customer}}
"""
    return f"""\
    {name}:
      actualDataNodes: ds_${{0..{last}}}.{name}_${{0..3}}
      databaseStrategy:
        standard: {{shardingColumn: customer_id, shardingAlgorithmName: by_customer}}
      tableStrategy:
        standard: {{shardingColumn: customer_id, shardingAlgorithmName: {name}_by_customer}}
"""


def keyed_table(name, layout):
    return f"""\
    {name}:
      actualDataSources: ds_${{0..{layout.shards - 1}}}
      shardingStrategy:
        standard: {{shardingColumn: id, shardingAlgorithmName: by_id}}
"""


def algorithms(layout):
    text = f"""\
  shardingAlgorithms:
    by_customer:
      type: INLINE
      props:
        algorithm-expression: ds_${{customer_id % {layout.shards}}}
        allow-range-query-with-inline-sharding: true
    by_id:
      type: {"HASH_MOD" if layout.split else "MOD"}
      props: {{sharding-count: {layout.targets}}}
"""
    for name in SHOP_TABLES if layout.split else ():
        text += f"""\
    {name}_by_customer:
      type: INLINE
      props:
        algorithm-expression: {name}_${{customer_id % 4}}
        allow-range-query-with-inline-sharding: true
"""
    return text


def database_yaml(layout, primaries, replicas=(), database="shop"):
    """The whole of database-shop.yaml. Endpoints come one for each shard."""
    text = "databaseName: shop\n" + data_sources(layout, primaries, replicas, database) + "rules:\n"
    if layout.replicas:
        text += readwrite_rule(layout)
    text += "- !SHARDING\n  tables:\n" + "".join(shop_table(t, layout) for t in SHOP_TABLES)
    text += "  autoTables:\n" + "".join(keyed_table(t, layout) for t in KEYED_TABLES)
    text += f"  bindingTables: [\"{', '.join(SHOP_TABLES)}\"]\n" + algorithms(layout)
    text += f"- !BROADCAST\n  tables: [{', '.join(BROADCAST_TABLES)}]\n"
    text += "- !SINGLE\n  tables: [\"*.*.*\"]\n  defaultDataSource: ds_0\n"
    return text
