#!/usr/bin/python3
"""Hints in comments and auditors, by the simple protocol and by prepared statements."""

import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import rules
from stand import CUSTOMERS, Stand, await_answers, connect

COUNT = "SELECT count(*) FROM customers"
AUDIT = """\
  defaultAuditStrategy: {auditorNames: [need_key], allowHintDisable: true}
  auditors: {need_key: {type: DML_SHARDING_CONDITIONS}}
  shardingAlgorithms:
"""


class Hints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy()
        layout = rules.Layout("audited", 2, pool_max=5)
        audited = rules.database_yaml(layout, cls.stand.shards)
        audited = audited.replace("  shardingAlgorithms:\n", AUDIT)
        cls.audited = cls.stand.proxy(**{"database-shop_yaml": audited})
        await_answers(cls.proxy)

    def setUp(self):
        self.connection = connect(self.proxy)
        self.addCleanup(self.connection.close)

    def ask(self, statement, prepare, connection=None):
        return (connection or self.connection).execute(statement, prepare=prepare).fetchone()[0]

    def both_ways(self):
        for prepare in (False, True):
            with self.subTest(prepare=prepare):
                yield prepare

    def test_a_data_source_is_asked_alone(self):
        for prepare in self.both_ways():
            hinted = f"/* TESSERA_HINT: DATA_SOURCE_NAME=ds_1 */ {COUNT}"
            self.assertEqual(self.ask(COUNT, prepare), CUSTOMERS)
            self.assertEqual(self.ask(hinted, prepare), CUSTOMERS // 2)
            self.assertEqual(self.ask(COUNT, prepare), CUSTOMERS)
            odd = f"/* SHARDINGSPHERE_HINT: dataSourceName=ds_0 */ {COUNT} WHERE customer_id = 5"
            self.assertEqual(self.ask(odd, prepare), 0)

    def test_an_unknown_data_source_is_an_error(self):
        for prepare in self.both_ways():
            with self.assertRaises(psycopg.errors.UndefinedObject):
                self.ask(f"/* TESSERA_HINT: DATA_SOURCE_NAME=ds_9 */ {COUNT}", prepare)

    def test_other_comments_and_keys_change_nothing(self):
        for prepare in self.both_ways():
            for comment in ("/* ds_1 */", "/* TESSERA_HINT: */", "/* TESSERA_HINT: X=1 */",
                            "/* TESSERA_HINT: WRITE_ROUTE_ONLY=true, SKIP_SQL_REWRITE=true */"):
                self.assertEqual(self.ask(f"{comment} {COUNT}", prepare), CUSTOMERS)

    def test_each_statement_of_a_message_has_its_own(self):
        cursor = self.connection.execute(
            f"/* TESSERA_HINT: DATA_SOURCE_NAME=ds_1 */ {COUNT}; {COUNT};"
            f"/* TESSERA_HINT: DATA_SOURCE_NAME=ds_0 */ {COUNT} WHERE customer_id = 4")
        counts = [cursor.fetchone()[0]]
        while cursor.nextset():
            counts.append(cursor.fetchone()[0])
        self.assertEqual(counts, [CUSTOMERS // 2, CUSTOMERS, 1])

    def test_auditors_refuse_and_hints_disable_them(self):
        with connect(self.audited) as audited:
            for prepare in self.both_ways():
                with self.assertRaises(psycopg.errors.InsufficientPrivilege):
                    self.ask(COUNT, prepare, audited)
                self.assertEqual(self.ask(f"{COUNT} WHERE customer_id = 4", prepare, audited), 1)
                allowed = f"/* TESSERA_HINT: DISABLE_AUDIT_NAMES=need_key */ {COUNT}"
                self.assertEqual(self.ask(allowed, prepare, audited), CUSTOMERS)
                self.assertEqual(self.ask("SELECT count(*) FROM products", prepare, audited), 10)


if __name__ == "__main__":
    unittest.main()
