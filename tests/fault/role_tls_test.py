#!/usr/bin/python3
"""Clients and servers that both demand TLS: the hba list's lines for it, certificates, and roles
that pass through with SCRAM bound to both channels. The only server holds the whole database."""

import os
import pwd
import re
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certificates import Authority
from servers import PostgresNode, Proxy, WorkDirectory, await_condition, cancel_when_it_runs
from stand import connect

ROLES = ("alice", "bob", "carol")
POOL_MAX = 3
SERVER_HBA = """\
host    all postgres  127.0.0.1/32 trust
hostssl all certified 127.0.0.1/32 trust
hostssl all all       127.0.0.1/32 scram-sha-256
"""
# A row for each role, which its row security lets it see.
SETUP = """\
CREATE TABLE own (owner text PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
INSERT INTO own SELECT unnest(ARRAY['alice', 'bob', 'carol']);
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON own USING (owner = current_user);
GRANT SELECT, UPDATE ON own TO alice, bob, carol;
"""
GLOBAL = "authority:\n  users:\n  - {user: shop, password: shop}\n"
PROXY_HBA = """\
hba:
- {type: hostnossl, user: plain, method: trust}
- {type: hostssl, user: [alice, bob, carol], method: scram-sha-256}
- {type: hostssl, user: certified, method: cert}
- {type: hostssl, user: vouched, method: scram-sha-256, clientcert: verify-ca}
- {type: hostssl, user: owned, method: scram-sha-256, clientcert: verify-full}
- {type: hostssl, user: believed, method: trust, clientcert: verify-full}
- {user: shop, method: scram-sha-256}
"""


def setUpModule():
    work = Case.work = WorkDirectory()
    unittest.addModuleCleanup(work.remove)
    directory = work.make("certificates")
    Case.authority = Authority(directory)
    Case.stranger = Authority(directory, "stranger")
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    server = Case.authority.issue("server", "localhost", "DNS:localhost", owner)
    Case.node = PostgresNode(work, "server", hba=SERVER_HBA, settings={
        "ssl": "on", "ssl_cert_file": server[0], "ssl_key_file": server[1]})
    unittest.addModuleCleanup(Case.node.stop)
    Case.node.make_database("shop")
    for role in (*ROLES, "certified", "vouched", "owned", "believed", "plain"):
        Case.node.psql(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
    Case.node.psql(SETUP, "shop")
    Case.certificates = {name: Case.authority.issue(name, name) for name in
                         ("certified", "owned", "believed", "somebody")}
    Case.certificates["strange"] = Case.stranger.issue("strange", "certified")
    Case.pair = Case.authority.issue("proxy", "localhost", "DNS:localhost")
    Case.proxy = Case.make_proxy(Case.pair)
    unittest.addModuleCleanup(Case.proxy.stop, 5)


class Case(unittest.TestCase):
    work = node = authority = stranger = proxy = pair = certificates = None

    @classmethod
    def make_proxy(cls, pair, name="proxy", parameters="", users=""):
        url = (f"postgresql://127.0.0.1:{cls.node.port}/shop?sslmode=verify-ca&"
               f"sslrootcert={cls.authority.certificate}{parameters}")
        database = ("databaseName: shop\ndataSources:\n  ds_0: "
                    f"{{url: \"{url}\", maxPoolSize: {POOL_MAX}}}\nrules:\n"
                    "- !SINGLE\n  tables: [\"*.*.*\"]\n  defaultDataSource: ds_0\n")
        tessera = ("control: {username: shop, password: shop}\nauthQuery: {username: postgres}\n"
                   "threads: 4\npoolWait: 20s\n"
                   f"tls: {{certificate: {pair[0]}, key: {pair[1]}, "
                   f"clientCa: {cls.authority.certificate}}}\n" + PROXY_HBA)
        return Proxy(cls.work, name, {"global.yaml": GLOBAL + users, "database-shop.yaml": database,
                                         "tessera.yaml": tessera})

    def tearDown(self):
        self.assertIsNone(self.proxy.process.poll(), self.proxy.log_tail())

    def session(self, role, certificate=None, **options):
        words = {"sslmode": "verify-ca", "sslrootcert": str(self.authority.certificate),
                 "passfile": "/dev/null", "password": role, **options}
        if certificate:
            words["sslcert"], words["sslkey"] = map(str, self.certificates[certificate])
        made = connect(self.proxy, user=role, **words)
        self.addCleanup(made.close)
        return made

    def refused(self, role, *words, **options):
        with self.assertRaises(psycopg.OperationalError) as caught:
            self.session(role, *words, **options)
        return str(caught.exception)

    def is_let_in(self, role, *words, **options):
        row = self.session(role, *words, **options).execute("SELECT session_user").fetchone()
        self.assertEqual(row, (role,))


class Lines(Case):
    def test_a_line_is_for_one_transport_only(self):
        self.is_let_in("alice")
        self.assertIn('no pg_hba.conf entry for host "127.0.0.1", user "alice", database "shop", '
                      "no encryption", self.refused("alice", sslmode="disable"))
        self.assertIn('no pg_hba.conf entry for host "127.0.0.1", user "plain", database "shop", '
                      "SSL encryption", self.refused("plain"))
        # It is let in; that the server asks for a password nobody has said is another matter.
        self.assertIn('as role "plain"', self.refused("plain", sslmode="disable"))

    def test_cert_lets_in_whose_name_the_certificate_has(self):
        self.is_let_in("certified", "certified", password="")
        self.assertIn('certificate authentication failed for user "certified"',
                      self.refused("certified", "somebody"))
        self.assertIn("connection requires a valid client certificate", self.refused("certified"))

    def test_a_certificate_of_a_stranger_is_refused_in_the_handshake(self):
        self.assertRegex(self.refused("certified", "strange"), "unknown ca|decrypt error")

    def test_verify_ca_wants_any_certificate_beside_the_password(self):
        self.is_let_in("vouched", "somebody")
        self.assertIn("connection requires a valid client certificate", self.refused("vouched"))
        self.assertIn('password authentication failed for user "vouched"',
                      self.refused("vouched", "somebody", password="wrong"))

    def test_verify_full_wants_the_users_own_beside_the_password(self):
        self.is_let_in("owned", "owned")
        self.assertIn('password authentication failed for user "owned"',
                      self.refused("owned", "somebody"))
        self.assertIn('password authentication failed for user "owned"',
                      self.refused("owned", "owned", password="wrong"))
        self.assertIn("connection requires a valid client certificate", self.refused("owned"))
        self.assertIn('"trust" authentication failed for user "believed"',
                      self.refused("believed", "somebody"))


class Roles(Case):
    def test_scram_is_bound_to_both_channels(self):
        verifier = self.node.psql("SELECT rolpassword FROM pg_authid WHERE rolname = 'alice'")
        bound = self.make_proxy(self.pair, "bound", "&channel_binding=require", "".join(
            f"  - {{user: {user}, password: \"{password}\"}}\n"
            for user, password in (("alice", verifier), ("certified", verifier))))
        self.addCleanup(bound.stop, 5)
        words = {"sslmode": "require", "channel_binding": "require", "user": "alice"}
        with connect(bound, password="alice", **words) as session:
            self.assertEqual(session.execute("SELECT current_user").fetchone(), ("alice",))
        with self.assertRaises(psycopg.OperationalError):
            connect(bound, password="wrong", **words)
        # Its server trusts this role, so nothing is bound.
        with self.assertRaises(psycopg.OperationalError) as caught:
            connect(bound, user="certified", sslmode="require",
                    sslcert=str(self.certificates["certified"][0]),
                    sslkey=str(self.certificates["certified"][1]))
        self.assertIn("channel binding", str(caught.exception))

    def test_a_pinned_session_has_the_process_that_it_was_told_of(self):
        for role in ROLES:
            session = self.session(role)
            session.execute("LISTEN somebody")
            pid = session.execute("SELECT pg_backend_pid()").fetchone()[0]
            self.assertEqual(pid, session.info.backend_pid)
            self.assertEqual(self.node.psql(f"SELECT usename FROM pg_stat_activity WHERE pid={pid}"),
                             role)
            session.close()

    def test_a_cancel_request_reaches_the_roles_statement(self):
        session = self.session("bob")
        canceller = cancel_when_it_runs(self.node, "pg_sleep(20)", session.cancel)
        with self.assertRaises(psycopg.errors.QueryCanceled):
            session.execute("SELECT pg_sleep(20)")
        canceller.join()
        self.assertEqual(session.execute("SELECT current_user").fetchone(), ("bob",))

    def test_resetting_an_authority_gives_the_role_back(self):
        self.node.psql("GRANT bob TO carol")
        session = self.session("carol")
        session.execute("SET ROLE bob")
        self.assertEqual(session.execute("SELECT current_user, session_user").fetchone(),
                         ("bob", "carol"))
        for _ in range(8):
            other = self.session("carol")
            self.assertEqual(other.execute("SELECT current_user").fetchone(), ("carol",))
            other.close()
        session.execute("RESET SESSION AUTHORIZATION")
        session.execute("RESET ROLE")
        self.assertEqual(session.execute("SELECT current_user").fetchone(), ("carol",))

    def test_no_connection_crosses_roles_whatever_thread_it_goes_to(self):
        """Four threads, three roles, three connections: each is wanted by everybody all the
        time."""
        failures, done, end = [], {role: 0 for role in ROLES}, time.monotonic() + 6

        def work(role, turn):
            try:
                while time.monotonic() < end:
                    with self.session(role) as session:
                        for _ in range(20):
                            self.one_round(session, role, turn, failures)
                            done[role] += 1
            except psycopg.Error as error:
                failures.append((role, str(error)))

        threads = [threading.Thread(target=work, args=(role, turn))
                   for turn in range(8) for role in ROLES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(min(done.values()), 100, done)
        await_condition("all transactions have been given back",
                        lambda: "active" not in self.node.psql(
                            "SELECT state FROM pg_stat_activity WHERE datname = 'shop'"))

    @staticmethod
    def one_round(session, role, turn, failures):
        with session.transaction():
            row = session.execute("SELECT current_user, session_user, owner FROM own").fetchone()
            if turn % 4 == 3:
                session.execute("SET LOCAL work_mem = '1MB'")
        prepared = session.execute("SELECT current_user, session_user, owner FROM own "
                                   "WHERE n >= %s", (0,), prepare=turn % 2 == 0).fetchall()
        if row != (role,) * 3 or prepared != [(role,) * 3]:
            failures.append((role, row, prepared))


class Reload(Case):
    def test_hangup_reads_the_hba_list_and_the_users_again(self):
        proxy = self.make_proxy(self.pair, "reloaded")
        self.addCleanup(proxy.stop, 5)
        staying = connect(proxy, sslmode="disable")
        self.addCleanup(staying.close)
        self.assertIn("no pg_hba.conf entry", self.refusal(proxy, "eve"))

        users, rules = (proxy.directory / name for name in ("global.yaml", "tessera.yaml"))
        users.write_text(GLOBAL.replace("password: shop", "password: changed")
                         + "  - {user: eve, password: eve}\n")
        rules.write_text(rules.read_text() + "- {user: eve, method: scram-sha-256}\n")
        self.hang_up(proxy, "users, the hba list and certificates were read again")

        # Each thread takes the new ones by itself.
        await_condition("the list is in force", lambda: all(
            "no pg_hba.conf entry" not in self.refusal(proxy, "eve") for _ in range(8)))
        await_condition("the users are known", lambda: all(
            "password authentication failed" in self.refusal(proxy, "shop") for _ in range(8)))
        self.assertEqual(staying.execute("SELECT 1").fetchone(), (1,))

        rules.write_text(rules.read_text() + "- {user: eve, method: none}\n")
        self.hang_up(proxy, "certificates stay as they were: ")
        self.assertNotIn("no pg_hba.conf entry", self.refusal(proxy, "eve"))

    @staticmethod
    def hang_up(proxy, expected):
        proxy.process.send_signal(signal.SIGHUP)
        await_condition(f"the log says {expected}", lambda: expected in proxy.log.read_text())

    def refusal(self, proxy, user):
        with self.assertRaises(psycopg.OperationalError) as caught:
            connect(proxy, user=user, password=user, passfile="/dev/null", sslmode="disable")
        return str(caught.exception)

    def test_certificates_need_an_authority(self):
        files = {"global.yaml": GLOBAL, "database-shop.yaml": "databaseName: shop\ndataSources: "
                 "{ds_0: {url: \"postgresql://127.0.0.1:1/shop\", username: shop}}\nrules: []\n",
                 "tessera.yaml": f"tls: {{certificate: {self.pair[0]}, key: {self.pair[1]}}}\n"
                                 "hba:\n- {type: hostssl, method: cert}\n"}
        with self.assertRaises(RuntimeError) as caught:
            Proxy(self.work, "faulty", files)
        self.assertIn("hba: cert and clientcert need clientCa", str(caught.exception))


class Secrets(Case):
    def test_nothing_secret_is_in_the_log(self):
        self.refused("alice", password="verysecretguess")
        self.session("alice")
        log = self.proxy.log.read_text()
        self.assertNotIn("verysecretguess", log)
        self.assertIsNone(re.search(r"SCRAM-SHA-256\$|md5[0-9a-f]{32}", log))


if __name__ == "__main__":
    unittest.main()
