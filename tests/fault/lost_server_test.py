"""Servers that are lost in the middle of a login: the client is told."""

import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import rules  # noqa: E402  (found by the line above)
from cut_relay import CutRelay  # noqa: E402
from stand import Stand, await_answers, connect  # noqa: E402

ON_THE_SECOND = "SELECT current_setting('work_mem') FROM customers WHERE customer_id = 1"


class RelayedStand(Stand):
    """Both shards behind relays that can cut."""

    def __init__(self):
        super().__init__()
        self.relays = [CutRelay(shard) for shard in self.shards]

    def files(self, **extra):
        return {"global.yaml": rules.global_yaml(),
                "database-shop.yaml": rules.database_yaml(rules.Layout("two", 2), self.relays)}

    def close(self):
        super().close()
        for relay in self.relays:
            relay.close()


class LostInLogin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = RelayedStand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        await_answers(cls.proxy)

    def setUp(self):
        for relay in self.stand.relays:
            relay.heal()
        with connect(self.proxy) as connection:  # both shards have an idle connection
            connection.execute("SELECT count(*) FROM customers")

    def log_in(self, work_mem):
        """With settings that no session had before: a server has to be asked."""
        with connect(self.proxy, options=f"-c work_mem={work_mem}") as connection:
            return connection.execute(ON_THE_SECOND).fetchone()[0]

    def test_one_that_is_lost_is_done_without(self):
        self.stand.relays[0].cut_at_request()

        self.assertEqual(self.log_in("7MB"), "7MB")

        self.assertGreater(self.stand.relays[0].cuts, 0)

    def test_a_client_is_told_why_it_cannot_log_in(self):
        for relay in self.stand.relays:
            relay.cut_at_request()

        with self.assertRaises(psycopg.OperationalError) as failed:
            self.log_in("9MB")

        self.assertIn("FATAL", str(failed.exception))
        self.assertIn("data source", str(failed.exception))


if __name__ == "__main__":
    unittest.main()
