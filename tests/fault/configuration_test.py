#!/usr/bin/python3
"""A bad configuration: the proxy does not start, and says which file, line and key is wrong."""

import resource
import socket
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import WorkDirectory, bin_dir, free_port

GOOD_RULE = """\
- !BROADCAST
  tables: [countries]
"""


def database(rules=GOOD_RULE, source="    username: shop\n", head="databaseName: shop\n"):
    return (f"{head}dataSources:\n  ds_0:\n    url: jdbc:postgresql://127.0.0.1:5432/shop\n"
            f"{source}    password: shop\nrules:\n{rules}")


def sharding(nodes="ds_0.t", algorithm="by_id", expression="ds_${id % 1}", extra=""):
    return f"""\
- !SHARDING
  tables:
    t:
      actualDataNodes: {nodes}
      databaseStrategy:
        standard: {{shardingColumn: id, shardingAlgorithmName: {algorithm}}}
{extra}  shardingAlgorithms:
    by_id:
      type: INLINE
      props:
        algorithm-expression: {expression}
"""


GLOBAL = "authority:\n  users:\n  - {user: shop, password: shop}\n"


class BadConfiguration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.number = 0
        cls.work = WorkDirectory()
        cls.addClassCleanup(cls.work.remove)

    def refusal(self, files, port=None):
        """What the proxy says as it refuses to start."""
        type(self).number += 1
        directory = self.work.make(f"bad-{self.number}")
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8")
        ran = subprocess.run([bin_dir() / "tessera-proxy", "--config", directory, "--port",
                              str(port or free_port())], capture_output=True, text=True,
                             timeout=20, check=False)
        self.assertNotEqual(ran.returncode, 0, "it started")
        self.assertGreater(ran.returncode, 0, f"it crashed: {ran.stderr}")
        return ran.stderr

    def expect(self, words, database_text=None, **files):
        files = {name.replace("_yaml", ".yaml"): text for name, text in files.items()}
        files.setdefault("global.yaml", GLOBAL)
        files.setdefault("database-shop.yaml", database_text or database())
        said = self.refusal(files)
        for word in words:
            self.assertIn(word, said)

    def test_an_unknown_key_in_global_yaml(self):
        self.expect(["global.yaml:4", "authorty"], global_yaml=GLOBAL + "authorty: {}\n")

    def test_an_unknown_key_of_a_data_source(self):
        self.expect(["database-shop.yaml:6", "usrname"],
                    database(source="    username: shop\n    usrname: shop\n"))

    def test_an_unknown_key_of_a_rule(self):
        self.expect(["database-shop.yaml:9", "tabels"], database("- !BROADCAST\n  tabels: [a]\n"))

    def test_an_unknown_rule(self):
        self.expect(["database-shop.yaml:8", "SHARDNG"], database("- !SHARDNG\n  tables: {}\n"))

    def test_encryption_which_would_change_rows(self):
        self.expect(["database-shop.yaml:8", "ENCRYPT"], database(
            "- !ENCRYPT\n  tables: {}\n  encryptors: {}\n"))

    def test_masking_which_would_change_rows(self):
        self.expect(["database-shop.yaml:8", "MASK"], database(
            "- !MASK\n  tables: {}\n  maskAlgorithms: {}\n"))

    def test_shadow_databases(self):
        self.expect(["database-shop.yaml:8", "SHADOW"], database("- !SHADOW\n  tables: {}\n"))

    def test_transactions_of_type_base(self):
        self.expect(["global.yaml:4", "BASE"],
                    global_yaml=GLOBAL + "transaction: {defaultType: BASE}\n")

    def test_an_algorithm_that_is_not_there(self):
        self.expect(["database-shop.yaml:13", "by_nothing"],
                    database(sharding(algorithm="by_nothing")))

    def test_a_data_source_that_is_not_there(self):
        self.expect(["database-shop.yaml:11", "ds_7"], database(sharding(nodes="ds_7.t")))

    def test_an_expression_that_is_none(self):
        self.expect(["database-shop.yaml:18", "algorithm-expression"],
                    database(sharding(expression="'ds_${id %'")))

    def test_an_unknown_algorithm_type(self):
        self.expect(["database-shop.yaml:16", "MAGIC"],
                    database(sharding().replace("INLINE", "MAGIC")))

    def test_yaml_that_is_none(self):
        self.expect(["database-shop.yaml:2"], "databaseName: [shop\ndataSources: {\n")

    def test_no_database_name(self):
        self.expect(["database-shop.yaml", "databaseName"], database(head=""))

    def test_a_url_of_another_database_system(self):
        self.expect(["database-shop.yaml:4", "url"],
                    database().replace("jdbc:postgresql", "jdbc:mysql"))

    def test_no_users(self):
        self.expect(["global.yaml", "users"], global_yaml="authority:\n  users: []\n")

    def test_an_unknown_key_in_tessera_yaml(self):
        self.expect(["tessera.yaml:1", "thraeds"], tessera_yaml="thraeds: 1\n")

    def test_a_number_that_is_none(self):
        self.expect(["tessera.yaml:1", "threads"], tessera_yaml="threads: many\n")

    def test_a_pooling_that_does_not_exist(self):
        self.expect(["tessera.yaml:1", "pooling", "transaction or session"],
                    tessera_yaml="pooling: statement\n")

    def test_limits_of_a_database_that_does_not_exist(self):
        self.expect(["tessera.yaml", 'database "shpo" does not exist'],
                    tessera_yaml="databases:\n  shpo: {maxClients: 3}\n")

    def test_an_unknown_limit_of_a_user(self):
        self.expect(["tessera.yaml:2", "maxClinets"],
                    tessera_yaml="users:\n  app: {maxClinets: 3}\n")

    def test_more_clients_than_files_may_be_open(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard > 900_000:
            self.skipTest("no limit that could be too low")
        self.expect([f"maxClients {hard}", f"{hard} at most", "ulimit -Hn"],
                    tessera_yaml=f"maxClients: {hard}\n")

    def test_a_table_that_two_rules_claim(self):
        self.expect(["database-shop.yaml", "t"],
                    database(sharding() + "- !BROADCAST\n  tables: [t]\n"))

    def test_no_file_at_all(self):
        self.assertIn("global.yaml", self.refusal({}))

    def test_a_port_that_is_taken(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            said = self.refusal({"global.yaml": GLOBAL, "database-shop.yaml": database()}, port)
        self.assertIn(str(port), said)


if __name__ == "__main__":
    unittest.main()
