"""A replica that fails under a read: the primary serves it, unless the client has seen some of it."""

import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rules  # noqa: E402  (found by the line above)
from cut_relay import CutRelay  # noqa: E402
from stand import Stand, await_answers, connect  # noqa: E402

NAME = "SELECT name FROM customers WHERE customer_id = %s"
NAMES = "SELECT customer_id, name FROM customers ORDER BY customer_id"
BIG = "SELECT repeat('x', 1000) FROM customers, generate_series(1, 5000) WHERE customer_id = 2"


class ReplicaStand(Stand):
    """Every replica port is a relay to its primary, so that rows are never behind."""

    def __init__(self):
        super().__init__()
        self.relays = [CutRelay(shard) for shard in self.shards]

    def files(self, **extra):
        layout = rules.Layout("replicas", 2, replicas=True, pool_max=5)
        return {"global.yaml": rules.global_yaml(),
                "database-shop.yaml": rules.database_yaml(layout, self.shards, self.relays)}

    def close(self):
        super().close()
        for relay in self.relays:
            relay.close()


class FailingReplica(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = ReplicaStand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        await_answers(cls.proxy)

    def setUp(self):
        self.relay = self.stand.relays[0]
        self.relay.heal()
        self.cuts = self.relay.cuts
        self.connection = connect(self.proxy)
        self.addCleanup(self.connection.close)

    def access(self):
        rows = self.connection.execute("SHOW tessera.last_route").fetchall()
        return {access for _, access, _ in rows}

    def assert_read_on_primary(self, rows, expected):
        self.assertEqual(rows, expected)
        self.assertEqual(self.access(), {"primary"})
        self.assertGreater(self.relay.cuts, self.cuts)

    def test_a_simple_query(self):
        read = psycopg.ClientCursor(self.connection)
        read.execute(NAME, [2])
        self.assertEqual(self.access(), {"replica"})

        self.relay.cut_at_request()
        read.execute(NAME, [2])

        self.assert_read_on_primary(read.fetchall(), [("c2",)])

    def test_an_unnamed_statement(self):
        self.connection.execute(NAME, [2], prepare=False)

        self.relay.cut_at_request()
        rows = self.connection.execute(NAME, [2], prepare=False).fetchall()

        self.assert_read_on_primary(rows, [("c2",)])

    def test_a_named_statement_that_the_replica_had_prepared(self):
        for _ in range(3):
            self.connection.execute(NAME, [2], prepare=True)

        self.relay.cut_at_request()
        rows = self.connection.execute(NAME, [2], prepare=True).fetchall()

        self.assert_read_on_primary(rows, [("c2",)])

    def test_a_named_statement_at_its_first_use(self):
        self.connection.execute(NAME, [2])

        self.relay.cut_at_request()
        rows = self.connection.execute(NAME + " AND true", [2], prepare=True).fetchall()
        self.assert_read_on_primary(rows, [("c2",)])
        self.relay.heal()

        self.assertEqual(self.connection.execute(NAME + " AND true", [4], prepare=True).fetchall(),
                         [("c4",)])

    def test_a_pipeline_of_reads(self):
        self.connection.execute(NAME, [2])

        self.relay.cut_at_request()
        with self.connection.pipeline():
            cursors = [self.connection.execute(NAME, [number]) for number in (2, 4, 6)]
        rows = [cursor.fetchall() for cursor in cursors]

        self.assert_read_on_primary(rows, [[("c2",)], [("c4",)], [("c6",)]])

    def test_a_scatter(self):
        expected = self.connection.execute(NAMES).fetchall()

        self.relay.cut_at_request()
        rows = self.connection.execute(NAMES).fetchall()

        self.assertEqual(rows, expected)

    def test_a_read_that_the_client_has_seen_some_of_is_08006(self):
        self.relay.cut_after(1_000_000)

        with self.assertRaises(psycopg.OperationalError) as caught:
            self.connection.execute(BIG)

        self.assertEqual(caught.exception.sqlstate, "08006")
        self.relay.heal()
        self.assertEqual(self.connection.execute(NAME, [2]).fetchall(), [("c2",)])

    def test_a_write_is_never_repeated(self):
        self.connection.execute(NAME, [2])

        self.relay.cut_at_request()
        with self.connection.pipeline():
            self.connection.execute("UPDATE customers SET name = name || '!' WHERE customer_id = 8")
        self.relay.heal()

        self.assertEqual(self.connection.execute(NAME, [8]).fetchall(), [("c8!",)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
