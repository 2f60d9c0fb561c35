#!/usr/bin/python3
"""TLS to the servers: each sslmode against servers that demand it, refuse it, or are somebody
else."""

import io
import os
import pwd
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certificates import Authority
from servers import PostgresNode, Proxy, WorkDirectory, await_condition, cancel_when_it_runs
from stand import connect

HBA = """\
host      all postgres  127.0.0.1/32 trust
hostssl   all shop      127.0.0.1/32 scram-sha-256
hostssl   all certified 127.0.0.1/32 cert
hostssl   all trusted   127.0.0.1/32 trust
hostnossl all plain     127.0.0.1/32 scram-sha-256
"""
ROLES = "".join(f"CREATE ROLE {name} LOGIN PASSWORD 'shop';"
                for name in ("certified", "trusted", "plain"))
GLOBAL = "authority: {users: [{user: shop, password: shop}]}\n"


def setUpModule():
    """One server that demands TLS of most, and its authority."""
    work = Case.work = WorkDirectory()
    unittest.addModuleCleanup(work.remove)
    directory = work.make("certificates")
    Case.authority = Authority(directory)
    Case.stranger = Authority(directory, "stranger")
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    certificate, key = Case.authority.issue("server", "localhost", "DNS:localhost", owner)
    Case.node = PostgresNode(work, "server", hba=HBA, settings={
        "ssl": "on", "ssl_cert_file": certificate, "ssl_key_file": key,
        "ssl_ca_file": Case.authority.certificate})
    unittest.addModuleCleanup(Case.node.stop)
    Case.node.make_database("shop")
    Case.node.psql(ROLES)


class Case(unittest.TestCase):
    work = node = authority = stranger = None
    proxies = 0

    def proxy(self, parameters, username="shop", host="127.0.0.1"):
        """A proxy whose only data source has the URL's `parameters`."""
        Case.proxies += 1
        url = f"postgresql://{host}:{self.node.port}/shop?{parameters}"
        database = (f"databaseName: shop\ndataSources:\n  ds_0: {{url: \"{url}\", "
                    f"username: {username}, password: shop}}\nrules:\n"
                    "- !SINGLE\n  tables: [\"*.*.*\"]\n  defaultDataSource: ds_0\n")
        made = Proxy(self.work, f"proxy-{Case.proxies}",
                     {"global.yaml": GLOBAL, "database-shop.yaml": database})
        self.addCleanup(made.stop, 5)
        return made

    def refusal(self, *words, **options):
        """What a client hears of a data source that cannot be used."""
        with self.assertRaises(psycopg.Error) as caught:
            connect(self.proxy(*words, **options))
        return str(caught.exception)

    def connection(self, *words, **options):
        made = connect(self.proxy(*words, **options))
        self.addCleanup(made.close)
        return made

    def versions(self, username="shop"):
        """(encrypted, version) of the servers' connections of a role."""
        return self.node.psql("SELECT DISTINCT ssl, version FROM pg_stat_ssl JOIN pg_stat_activity "
                              f"USING (pid) WHERE usename = '{username}'")

    def await_versions(self, expected, username="shop"):
        """Those of proxies that have ended may be there for a moment."""
        await_condition(f"only {expected} is used", lambda: self.versions(username) == expected)

    def serves(self, *words, **options):
        self.assertEqual(self.connection(*words, **options).execute("SELECT 1").fetchone(), (1,))

    def root(self, authority=None):
        return f"sslrootcert={(authority or self.authority).certificate}"


class Modes(Case):
    def test_without_a_word_connections_are_plain(self):
        self.assertIn("no encryption", self.refusal(""))

    def test_each_mode_that_may_encrypt_does(self):
        for mode in ("allow", "prefer", "require"):
            with self.subTest(mode):
                self.serves(f"sslmode={mode}")
                self.await_versions("t|TLSv1.3")

    def test_a_server_that_wants_plain_text_gets_it_where_that_is_allowed(self):
        for mode in ("disable", "allow", "prefer"):
            with self.subTest(mode):
                self.serves(f"sslmode={mode}", username="plain")
                self.await_versions("f|", "plain")
        self.assertIn("no pg_hba.conf entry", self.refusal("sslmode=require", username="plain"))

    def test_the_authority_is_verified(self):
        for mode in ("verify-ca", "require"):
            self.serves(f"sslmode={mode}&{self.root()}")
            said = self.refusal(f"sslmode={mode}&{self.root(self.stranger)}")
            self.assertIn("certificate verify failed", said)

    def test_verify_full_checks_the_host(self):
        self.serves(f"sslmode=verify-full&{self.root()}", host="localhost")
        self.assertIn('server certificate for "localhost" does not match host name "127.0.0.1"',
                      self.refusal(f"sslmode=verify-full&{self.root()}"))

    def test_each_version(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            self.serves("sslmode=require&ssl_min_protocol_version=" + version +
                        "&ssl_max_protocol_version=" + version)
            self.await_versions(f"t|{version}")
            self.doCleanups()


class Proofs(Case):
    def test_a_login_by_certificate(self):
        certificate, key = self.authority.issue("certified", "certified")
        self.serves(f"sslmode=require&sslcert={certificate}&sslkey={key}", username="certified")
        self.assertIn("connection requires a valid client certificate",
                      self.refusal("sslmode=require", username="certified"))

    def test_an_encrypted_key(self):
        certificate, key = self.authority.issue("locked", "certified", password="open")
        files = f"sslmode=require&sslcert={certificate}&sslkey={key}"
        self.serves(f"{files}&sslpassword=open", username="certified")

    def test_a_required_channel_binding(self):
        self.serves("sslmode=require&channel_binding=require")
        self.serves("sslmode=require&channelBinding=disable")
        self.assertIn("channel binding required", self.refusal(
            "sslmode=require&channel_binding=require", username="trusted"))


class Bytes(Case):
    def setUp(self):
        self.connected = self.connection("sslmode=require")

    def test_big_results_and_rows(self):
        rows = self.connected.execute(
            "SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n").fetchall()
        self.assertEqual((len(rows), rows[-1]), (20000, (20000, "x" * 1000)))
        for size in (16_383, 16_384, 16_385, 3_000_000):
            row = self.connected.execute("SELECT %s::text", ("z" * size,)).fetchone()
            self.assertEqual(row, ("z" * size,))

    def test_copy_both_ways(self):
        with self.connected.transaction():
            self.connected.execute("CREATE TEMP TABLE copied (n int, t text)")
            with self.connected.cursor().copy("COPY copied FROM STDIN") as copy:
                for n in range(50_000):
                    copy.write_row((n, "t" * 100))
            out = io.BytesIO()
            with self.connected.cursor().copy("COPY copied TO STDOUT") as copy:
                for block in copy:
                    out.write(block)
        self.assertEqual(out.getvalue().count(b"\n"), 50_000)

    def test_a_cancel_request_reaches_the_server(self):
        canceller = cancel_when_it_runs(self.node, "pg_sleep(20)", self.connected.cancel)
        with self.assertRaises(psycopg.errors.QueryCanceled):
            self.connected.execute("SELECT pg_sleep(20)")
        canceller.join()
        self.assertEqual(self.connected.execute("SELECT 1").fetchone(), (1,))

    def test_a_server_that_ends_the_connection(self):
        self.node.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE usename = 'shop'")
        # A connection that was used a moment ago is not looked at before it is used again.
        await_condition("statements work again", self.works)

    def works(self):
        try:
            return self.connected.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError as error:
            # What the server said, or that it is gone: as much as could still be read.
            self.assertIn(error.sqlstate, ("57P01", "08006"))
            return False


if __name__ == "__main__":
    unittest.main()
