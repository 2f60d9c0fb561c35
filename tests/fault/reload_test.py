#!/usr/bin/python3
"""Rules that change while the proxy runs: whole or not at all, and never inside of a transaction."""

import os
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import PostgresNode, Proxy, WorkDirectory

GLOBAL = ("authority:\n  users:\n  - {user: shop, password: shop, admin: true}\n"
          "  - {user: plain, password: plain}\n")
RULES = """\
rules:
- !SHARDING
  tables:
    item:
      actualDataNodes: ds_${{0..1}}.item
      databaseStrategy: {{standard: {{shardingColumn: id, shardingAlgorithmName: by_id}}}}
{more}  shardingAlgorithms:
    by_id: {algorithm}
"""
MOD = "{type: MOD, props: {sharding-count: 2}}"
SAME = "{type: INLINE, props: {algorithm-expression: 'ds_${id % 2}'}}"  # as MOD, in other words
OTHER = "{type: INLINE, props: {algorithm-expression: 'ds_${(id + 1) % 2}'}}"
WRONG = "{type: INLINE, props: {algorithm-expression: 'ds_${id %% 2'}}"
SIDE = ("    side:\n      actualDataNodes: ds_${0..1}.side\n"
        "      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}\n")


class Reloads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = WorkDirectory()
        cls.addClassCleanup(cls.work.remove)
        cls.node = PostgresNode(cls.work, "server")
        cls.addClassCleanup(cls.node.stop)
        for shard in ("shard_0", "shard_1"):
            cls.node.make_database(shard)
            cls.node.psql("SET ROLE shop; CREATE TABLE item (id bigint PRIMARY KEY, n int);"
                          "CREATE TABLE side (id bigint, n int)", shard)

    def database(self, algorithm, more="", pool=20):
        lines = "".join(
            f"  ds_{n}: {{url: 'jdbc:postgresql://{self.node.host}:{self.node.port}/shard_{n}', "
            f"username: shop, password: shop, maxPoolSize: {pool}}}\n" for n in range(2))
        rules = RULES.format(algorithm=algorithm, more=more)
        return f"databaseName: shop\ndataSources:\n{lines}{rules}"

    def start(self, name):
        proxy = Proxy(self.work, name, {"global.yaml": GLOBAL, "database-shop.yaml": self.database(MOD)})
        self.addCleanup(proxy.stop, 5)
        self.rules = proxy.directory / "database-shop.yaml"
        session = psycopg.connect(proxy.conninfo("shop"), autocommit=True)
        self.addCleanup(session.close)
        self.assertEqual(self.place(session), "ds_1")
        return proxy, session

    def replace(self, text):
        """As editors do that keep the old file until the new one is whole."""
        new = self.rules.with_suffix(".new")
        new.write_text(text)
        new.rename(self.rules)

    def place(self, session, what="SELECT * FROM item WHERE id = 1"):
        return session.execute(f"PREVIEW {what}").fetchone()[0]

    def until_place(self, session, place):
        deadline = time.monotonic() + 20
        while self.place(session) != place:
            self.assertLess(time.monotonic(), deadline, f"not routed to {place}")
            time.sleep(0.05)

    def until_logged(self, proxy, text, times=1):
        deadline = time.monotonic() + 20
        while proxy.log.read_text().count(text) < times:
            self.assertLess(time.monotonic(), deadline, f"not in the log: {text}\n{proxy.log_tail()}")
            time.sleep(0.05)

    def test_by_statement(self):
        proxy, session = self.start("statement")
        self.until_logged(proxy, "listening")
        for extended in (False, True):
            with self.subTest(extended=extended):
                self.rules.write_text(self.database(OTHER))
                done = session.execute("RELOAD RULES", () if extended else None)
                self.assertEqual(done.statusmessage, "RELOAD")
                self.assertEqual(self.place(session), "ds_0")
                self.rules.write_text(self.database(MOD))
                session.execute("reload /* ! */ Rules;")
                self.assertEqual(self.place(session), "ds_1")
        with psycopg.connect(proxy.conninfo("shop").replace("shop password=shop", "plain password=plain"),
                             autocommit=True) as plain:
            with self.assertRaises(psycopg.errors.InsufficientPrivilege):
                plain.execute("RELOAD RULES")
            self.assertEqual(self.place(plain), "ds_1")

    def test_by_signal_and_by_change_of_files(self):
        proxy, session = self.start("signal")
        time.sleep(0.5)
        self.replace(self.database(OTHER))
        self.until_place(session, "ds_0")
        self.until_logged(proxy, "files have changed: rules, users, the hba list and certificates were")
        self.rules.write_text(self.database(MOD))
        self.until_place(session, "ds_1")
        proxy.process.send_signal(signal.SIGHUP)
        self.until_logged(proxy, "received SIGHUP: rules, users, the hba list and certificates were read")
        (proxy.directory / "global.yaml").write_text(GLOBAL.replace("{user: plain, password: plain}",
                                                                    "{user: fresh, password: fresh}"))
        deadline = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(proxy.conninfo("shop").replace("shop password=shop",
                                                               "fresh password=fresh")).close()
                break
            except psycopg.OperationalError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)

    def test_config_map(self):
        """Kubernetes: the files are links into ..data, a link that is put in the place of another."""
        proxy, session = self.start("map")
        time.sleep(0.5)
        directory = proxy.directory
        files = {"global.yaml": GLOBAL}
        for number, algorithm in enumerate((MOD, OTHER, MOD)):
            own = directory / f"..{number}"
            own.mkdir()
            for name, text in (files | {"database-shop.yaml": self.database(algorithm)}).items():
                (own / name).write_text(text)
            (directory / "..data_tmp").symlink_to(own.name)
            (directory / "..data_tmp").rename(directory / "..data")
            if number == 0:
                for name in ("global.yaml", "database-shop.yaml"):
                    (directory / "link").symlink_to(f"..data/{name}")
                    (directory / "link").rename(directory / name)
            self.until_place(session, "ds_0" if algorithm == OTHER else "ds_1")

    def test_bad_files_change_nothing(self):
        proxy, session = self.start("bad")
        time.sleep(0.5)
        whole = self.database(OTHER)
        for number, (text, words) in enumerate((
                (self.database(WRONG), ["database-shop.yaml:12:", "algorithm-expression"]),
                (whole[:whole.index("databaseStrategy") + 30], ["database-shop.yaml:"]),
                (whole.replace("actualDataNodes", "actualDataNode"), ["database-shop.yaml:9:"]),
                (self.database(OTHER, pool=21), ["database-shop.yaml:3:", 'data source "ds_0" is changed '
                                                 "by a restart only"]),
                (whole.replace("ds_1: {url", "ds_2: {url").replace("0..1", "0..2..2"),
                 ["database-shop.yaml:"]))):
            with self.subTest(number=number):
                self.rules.write_text(text)
                with self.assertRaises(psycopg.errors.ConfigFileError) as caught:
                    session.execute("RELOAD RULES")
                for word in words:
                    self.assertIn(word, str(caught.exception))
                self.assertEqual(self.place(session), "ds_1")
        self.until_logged(proxy, "stay as they were: ", 6)
        self.assertEqual(session.execute("SELECT count(*) FROM item").fetchone(), (0,))
        (proxy.directory / "database-new.yaml").write_text(
            self.database(MOD).replace("databaseName: shop", "databaseName: new"))
        self.rules.write_text(whole)
        with self.assertRaisesRegex(psycopg.errors.ConfigFileError, 'database "new" is new'):
            session.execute("RELOAD RULES")
        (proxy.directory / "database-new.yaml").unlink()
        # The last of the changes brings it, without being asked.
        self.until_place(session, "ds_0")

    def test_open_transaction_goes_on_with_its_rules(self):
        proxy, session = self.start("open")
        with psycopg.connect(proxy.conninfo("shop"), autocommit=True) as other:
            other.execute("BEGIN")
            self.assertEqual(self.place(other), "ds_1")
            other.execute("INSERT INTO item VALUES (%s, 1)", (1,), prepare=True)
            self.rules.write_text(self.database(OTHER, SIDE))
            session.execute("RELOAD RULES")
            self.assertEqual(self.place(session), "ds_0")
            self.assertEqual(self.place(other), "ds_1")
            update = "UPDATE item SET n = n + 1 WHERE id = %s"
            self.assertEqual(other.execute(update, (1,), prepare=True).rowcount, 1)
            self.assertEqual(other.execute("SELECT n FROM item WHERE id = 1").fetchall(), [(2,)])
            other.execute("SAVEPOINT s")
            self.assertEqual(other.execute(update, (1,), prepare=True).rowcount, 1)
            other.execute("ROLLBACK TO s")
            other.execute("COMMIT")
            self.assertEqual(self.place(other), "ds_0")
            self.assertEqual(other.execute(update, (1,), prepare=True).rowcount, 0)
            self.assertEqual(self.place(other, "SELECT * FROM side WHERE id = 1"), "ds_0")
            self.rules.write_text(self.database(MOD))
            session.execute("RELOAD RULES")
            self.assertEqual(other.execute(update, (1,), prepare=True).rowcount, 1)
            other.execute("DELETE FROM item")

    def test_shard_that_is_away_holds_rules_back(self):
        node = PostgresNode(self.work, "other")
        for shard in ("shard_0", "shard_1"):
            node.make_database(shard)
            node.psql("SET ROLE shop; CREATE TABLE item (id bigint, n int)", shard)
        usual, self.node = self.node, node
        self.addCleanup(setattr, self, "node", usual)
        proxy, session = self.start("away")
        self.rules.write_text(self.database(OTHER))
        node.stop()
        with self.assertRaises(psycopg.OperationalError):
            session.execute("RELOAD RULES")
        self.assertEqual(self.place(session), "ds_1")
        self.until_logged(proxy, "the rules follow when every shard can be reached")
        node.start()
        self.addCleanup(node.stop)
        self.until_place(session, "ds_0")

    def test_twenty_reloads_under_load(self):
        proxy, session = self.start("load")
        stop, errors, done = threading.Event(), [], [0] * 6

        def work(number):
            with psycopg.connect(proxy.conninfo("shop"), autocommit=True) as own:
                while not stop.is_set():
                    key = 1000 * done[number] + number
                    try:
                        with own.transaction():
                            own.execute("INSERT INTO item VALUES (%s, 0)", (key,), prepare=number % 2 == 0)
                            count = own.execute("UPDATE item SET n = 1 WHERE id = %s", (key,)).rowcount
                        row = own.execute(f"SELECT n FROM item WHERE id = {key}").fetchall()
                        if count != 1 or row != [(1,)]:
                            errors.append((key, count, row))
                        done[number] += 1
                    except psycopg.Error as error:
                        errors.append(str(error))
                        return

        workers = [threading.Thread(target=work, args=(number,)) for number in range(len(done))]
        for worker in workers:
            worker.start()
        for number in range(20):
            self.rules.write_text(self.database(SAME if number % 2 == 0 else MOD,
                                                SIDE if number % 3 == 0 else ""))
            session.execute("RELOAD RULES")
        stop.set()
        for worker in workers:
            worker.join()
        self.assertEqual(errors, [])
        self.assertGreater(sum(done), 100)
        self.assertEqual(session.execute("SELECT count(*), sum(n) FROM item").fetchone(),
                         (sum(done), sum(done)))
        session.execute("DELETE FROM item")


if __name__ == "__main__":
    unittest.main()
