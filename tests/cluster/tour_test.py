"""A whole cluster as scripts/up makes it: the tour, a lost replica, a lost primary, a restart."""

import subprocess
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from cluster import Cluster, REPO, kill_node, wait_until, within  # noqa: E402  (found by the line above)

COUNT_ORDERS = "SELECT count(*) FROM orders"


class Tour(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster(shards=2, replicas=1))

    def connect(self):
        return psycopg.connect(self.cluster.conninfo(), autocommit=True, connect_timeout=10)

    def ask(self, statement):
        with within(30, statement), self.connect() as connection:
            return connection.execute(statement).fetchall()

    def write(self, statement):
        """True when it was done; a cluster without a primary refuses for a while."""
        try:
            with within(30, statement), self.connect() as connection:
                connection.execute(statement)
            return True
        except psycopg.Error:
            return False

    def await_all_well(self):
        wait_until("all components are well", self.cluster.all_well)

    def test_1_the_tour_gives_what_the_readme_shows(self):
        toured = subprocess.run(
            ["/usr/bin/python3", "-B", REPO / "demo/tour.py", "--port", str(self.cluster.port),
             "--check", REPO / "README.md"], text=True, capture_output=True, check=False)

        self.assertEqual(toured.returncode, 0, toured.stdout + toured.stderr)

    def test_1_reads_go_to_replicas_and_writes_to_primaries(self):
        with self.connect() as connection:
            def route(statement):
                connection.execute(statement)
                rows = connection.execute("SHOW tessera.last_route").fetchall()
                return [(shard, access) for shard, access, _ in rows]

            self.assertEqual(route("SELECT name FROM customers WHERE customer_id = 42"),
                             [("shard_0", "replica")])
            self.assertEqual(route(COUNT_ORDERS), [("shard_0", "replica"), ("shard_1", "replica")])
            self.assertEqual(route("SELECT name FROM customers WHERE customer_id = 7 FOR UPDATE"),
                             [("shard_1", "primary")])
            self.assertEqual(route("UPDATE customers SET name = name WHERE customer_id = 7"),
                             [("shard_1", "primary")])
            connection.execute("BEGIN")
            self.assertEqual(route("SELECT name FROM customers WHERE customer_id = 42"),
                             [("shard_0", "primary")])
            connection.execute("COMMIT")

    def test_1_a_session_reads_what_it_wrote(self):
        with self.connect() as connection:
            for number in range(100):
                connection.execute("UPDATE customers SET email = %s WHERE customer_id = 42",
                                   [f"{number}@mail.example"])
                self.assertEqual(connection.execute(
                    "SELECT email FROM customers WHERE customer_id = 42").fetchone()[0],
                    f"{number}@mail.example")
            connection.execute("UPDATE customers SET email = 'sofia.maes.42@mail.example' "
                               "WHERE customer_id = 42")

    def test_2_up_again_keeps_every_process(self):
        before = {name: part["pid"] for name, part in self.cluster.status().items()}

        self.cluster.up()

        after = {name: part["pid"] for name, part in self.cluster.status().items()}
        self.assertEqual(before, after)

    def test_3_reads_go_on_when_a_replica_dies_and_up_brings_it_back(self):
        before = self.ask(COUNT_ORDERS)

        with self.connect() as connection, within(60, "50 reads"):
            kill_node(self.cluster.node("shard_0", "replica"))
            for _ in range(50):
                self.assertEqual(connection.execute(COUNT_ORDERS).fetchall(), before)

        self.cluster.up()
        self.await_all_well()

    def test_4_a_new_primary_takes_writes_after_the_old_one_died(self):
        old = self.cluster.node("shard_1", "primary")
        before = self.ask("SELECT count(*) FROM countries")

        kill_node(old)
        wait_until("writes on all shards", lambda: self.write("UPDATE countries SET name = name"))

        self.assertEqual(self.ask("SELECT count(*) FROM countries"), before)
        self.assertTrue(self.is_primary_another(old))
        self.cluster.up()
        self.await_all_well()

    def test_5_down_keeps_the_rows(self):
        before = self.ask(COUNT_ORDERS)

        self.cluster.down()
        stopped = {part["health"] for part in self.cluster.status().values()}
        self.cluster.up()

        self.assertEqual(stopped, {"stopped"})
        self.assertEqual(self.ask(COUNT_ORDERS), before)

    def test_6_a_shard_starts_though_its_dead_primary_never_came_back(self):
        before = self.ask(COUNT_ORDERS)
        old = self.cluster.node("shard_0", "primary")
        kill_node(old)
        wait_until("a new primary", lambda: self.is_primary_another(old))

        self.cluster.down()
        self.cluster.up()

        self.assertEqual(self.ask(COUNT_ORDERS), before)
        self.await_all_well()

    def is_primary_another(self, old):
        new = self.cluster.node(old["shard"], "primary")
        return new is not None and new["name"] != old["name"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
