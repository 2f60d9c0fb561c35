#!/usr/bin/python3
"""Data sources without a user name: servers see each client's own role. Passwords come from
PostgreSQL (authQuery)."""

import hashlib
import re
import sys
import threading
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from servers import await_condition
from stand import CUSTOMERS, Stand, answers, await_answers, connect

POOL_MAX = 5  # of the stand's data sources
ROLES = ("alice", "bob")
HBA = """\
host all postgres 127.0.0.1/32 trust
host all hashed   127.0.0.1/32 md5
host all trusted  127.0.0.1/32 trust
host all all      127.0.0.1/32 scram-sha-256
"""
AUTH_QUERY = "authQuery: {username: postgres, cache: 2s}\n"
TESSERA = ("control: {username: shop, password: shop}\n" + AUTH_QUERY +
           "poolWait: 10s\nthreads: 2\n"
           "hba:\n- {user: trusted, method: trust}\n- {user: hashed, method: md5}\n"
           "- {user: spelled, method: password}\n- {method: scram-sha-256}\n")
GLOBAL = "authority:\n  users:\n  - {user: listed, password: listed}\n"
SETUP = """\
ALTER TABLE customers ADD COLUMN owner text NOT NULL DEFAULT 'alice';
UPDATE customers SET owner = CASE WHEN customer_id <= 8 THEN 'alice' ELSE 'bob' END;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON customers USING (owner = current_user);
GRANT SELECT, INSERT ON customers TO alice, bob;
GRANT SELECT ON products TO alice;
GRANT erin TO alice;
"""


# A schema of its own with a table that has the name of a sharded one; it stands on one shard.
OWN_SCHEMA = """\
CREATE SCHEMA AUTHORIZATION erin;
CREATE TABLE erin.customers AS SELECT -1::bigint AS customer_id, 'erin'::text AS name;
ALTER TABLE erin.customers OWNER TO erin;
GRANT USAGE ON SCHEMA erin TO alice;
GRANT SELECT ON erin.customers TO alice;
"""


def without_username(yaml):
    return re.sub(r"    (username|password): shop\n", "", yaml)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        for shard in cls.stand.shards:
            cls.make_roles(shard)
        database = without_username(cls.stand.files()["database-shop.yaml"])
        cls.proxy = cls.stand.proxy(tessera_yaml=TESSERA, global_yaml=GLOBAL,
                                    **{"database-shop_yaml": database})
        await_condition("the proxy answers from both shards",
                        lambda: answers_as(cls.proxy, "shop", CUSTOMERS), 30)

    @classmethod
    def make_roles(cls, shard):
        (Path(shard._pgdata) / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        loaded = shard.psql("SELECT pg_conf_load_time()")
        # The same verifier on every shard: a client proves itself once.
        first = cls.stand.shards[0]
        for role in (*ROLES, "erin"):
            shard.psql(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
        if shard is first:
            shard.psql(OWN_SCHEMA, "shop")
        else:
            for role in (*ROLES, "erin", "shop"):
                verifier = first.psql(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'")
                shard.psql(f"ALTER ROLE {role} PASSWORD '{verifier}'")
        shard.psql("CREATE ROLE apart LOGIN PASSWORD 'apart'; CREATE ROLE trusted LOGIN; "
                   "CREATE ROLE spelled LOGIN PASSWORD 'spelled'; "
                   "CREATE ROLE past LOGIN PASSWORD 'past' VALID UNTIL '2001-01-01'; "
                   "CREATE ROLE dora LOGIN PASSWORD 'dora'; ALTER ROLE dora SET TimeZone = 'Asia/Tokyo'; "
                   "CREATE ROLE listed LOGIN PASSWORD 'listed'; CREATE ROLE nologin PASSWORD 'x'; "
                   f"CREATE ROLE hashed LOGIN PASSWORD 'md5{hashlib.md5(b'hashedhashed').hexdigest()}'; "
                   "SELECT pg_reload_conf()")
        await_condition("the server has read its list again", lambda: shard.psql(
            f"SELECT pg_conf_load_time() > '{loaded}'") == "t")
        shard.psql(SETUP, "shop")

    def session(self, role, **options):
        session = connect(self.proxy, user=role, password=options.pop("password", role),
                          passfile="/dev/null", **options)
        self.addCleanup(session.close)
        return session

    def refused(self, role, password):
        with self.assertRaises(psycopg.OperationalError) as caught:
            self.session(role, password=password)
        return str(caught.exception)

    def server_roles(self):
        """How many connections each role has on the first shard."""
        rows = self.stand.shards[0].psql(
            "SELECT usename, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND datname = 'shop' AND application_name <> 'tessera catalog' GROUP BY 1")
        return {name: int(count) for name, count in (row.split("|") for row in rows.splitlines())}


def answers_as(proxy, role, expected):
    try:
        with connect(proxy, user=role, password=role) as session:
            return session.execute("SELECT count(*) FROM customers").fetchone()[0] == expected
    except psycopg.Error:
        return False


class OwnRole(Case):
    def test_every_shard_sees_the_clients_role(self):
        for role in ("alice", "bob", "shop", "spelled", "hashed", "trusted"):
            with self.subTest(role):
                session = self.session(role)
                self.assertEqual(session.execute("SELECT current_user, session_user").fetchone(),
                                 (role, role))

    def test_row_security_is_the_clients(self):
        self.assertEqual(self.count("alice"), 8)
        self.assertEqual(self.count("bob"), CUSTOMERS - 8)
        self.assertEqual(self.count("shop"), CUSTOMERS)

    def count(self, role):
        return self.session(role).execute("SELECT count(*) FROM customers").fetchone()[0]

    def test_grants_are_the_clients(self):
        self.assertEqual(self.session("alice").execute("SELECT count(*) FROM products").fetchone(),
                         (10,))
        bob = self.session("bob")
        with self.assertRaises(psycopg.errors.InsufficientPrivilege):
            bob.execute("SELECT count(*) FROM products")
        with self.assertRaises(psycopg.errors.InsufficientPrivilege):
            bob.execute("DELETE FROM customers WHERE customer_id = 1")

    def test_the_search_path_begins_with_the_roles_own_schema(self):
        query = "SELECT count(*), min(customer_id) FROM customers"
        alice, erin = self.session("alice"), self.session("erin")
        for prepare in (False, True, True):
            self.assertEqual(erin.execute(query, prepare=prepare).fetchone(), (1, -1))
            self.assertEqual(alice.execute(query, prepare=prepare).fetchone(), (8, 1))
        alice.execute("SET ROLE erin")
        self.assertEqual(alice.execute(query, prepare=True).fetchone(), (1, -1))
        alice.execute("RESET ROLE")
        self.assertEqual(alice.execute(query, prepare=True).fetchone(), (8, 1))
        alice.execute("SET search_path = erin, public")
        self.assertEqual(alice.execute(query).fetchone(), (1, -1))
        alice.execute("SET search_path = DEFAULT")
        with alice.transaction():
            alice.execute("SET LOCAL ROLE erin")
            self.assertEqual(alice.execute(query).fetchone(), (1, -1))
        self.assertEqual(alice.execute(query).fetchone(), (8, 1))

    def test_parameters_are_those_of_the_role(self):
        self.assertEqual(self.session("dora").info.parameter_status("TimeZone"), "Asia/Tokyo")
        alice = self.session("alice")
        self.assertEqual(alice.info.parameter_status("TimeZone"), "UTC")
        self.assertEqual(alice.info.parameter_status("is_superuser"), "off")

    def test_roles_share_one_budget_and_all_are_served(self):
        failures, done, end = [], {role: 0 for role in ROLES}, time.monotonic() + 4

        def work(role, expected):
            try:
                with connect(self.proxy, user=role, password=role) as session:
                    while time.monotonic() < end:
                        row = session.execute(
                            "SELECT current_user, count(*) FROM customers").fetchone()
                        if row != (role, expected):
                            failures.append((role, row))
                        done[role] += 1
            except psycopg.Error as error:
                failures.append((role, str(error)))

        threads = [threading.Thread(target=work, args=args)
                   for args in [("alice", 8), ("bob", CUSTOMERS - 8)] * 6]
        most = 0
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            most = max(most, self.server_sockets())
            time.sleep(0.02)
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertLessEqual(most, POOL_MAX + 1)  # one reads the catalog
        self.assertGreater(min(done.values()), 20, done)

    def server_sockets(self):
        """How many the proxy has open to the second shard, which authQuery does not ask. (Its server
        may need a moment to end the process of one that was closed.)"""
        remote = f"0100007F:{self.stand.shards[1].port:04X}"
        rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(row.split()[2] == remote and row.split()[3] == "01" for row in rows)

    def test_an_idle_connection_makes_room_for_another_role(self):
        sessions = [self.session("alice") for _ in range(POOL_MAX)]
        for session in sessions:
            session.autocommit = False
            session.execute("SELECT count(*) FROM customers")
        for session in sessions:
            session.rollback()
        began = time.monotonic()
        self.assertEqual(self.count("bob"), CUSTOMERS - 8)
        self.assertLess(time.monotonic() - began, 6)  # poolWait is 10 s

    def test_a_statement_waits_while_other_roles_use_all(self):
        sessions = [self.session("alice") for _ in range(POOL_MAX)]
        for session in sessions:
            session.autocommit = False
            session.execute("SELECT count(*) FROM customers")
        release = threading.Timer(0.5, lambda: [session.rollback() for session in sessions])
        bob = connect_late(self.proxy, release)
        self.addCleanup(bob.close)
        self.assertEqual(bob.execute("SELECT count(*) FROM customers").fetchone()[0], CUSTOMERS - 8)
        release.join()

    def test_a_verifier_of_another_shard_is_no_key(self):
        # Each shard has made its own verifier of the password.
        session = self.session("apart")
        with self.assertRaises(psycopg.errors.InvalidAuthorizationSpecification) as caught:
            session.execute("SELECT count(*) FROM customers")
        self.assertIn('cannot log in to data source "ds_1" as role "apart"', str(caught.exception))

    def test_a_password_opens_every_shard(self):
        self.assertEqual(self.session("spelled").execute("SELECT current_user").fetchone(),
                         ("spelled",))
        session = self.session("listed")
        with self.assertRaises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT count(*) FROM customers")


def connect_late(proxy, release):
    """Starts `release` before logging in, which needs a connection of the role."""
    release.start()
    return connect(proxy, user="bob", password="bob")


class Passwords(Case):
    def test_a_wrong_password_is_28P01(self):
        for role in ("alice", "hashed", "spelled", "past", "nologin", "nobody"):
            with self.subTest(role):
                self.assertIn(f'password authentication failed for user "{role}"',
                              self.refused(role, "wrong"))

    def test_who_may_not_log_in_has_no_password(self):
        for role in ("past", "nologin"):
            self.assertIn("password authentication failed",
                          self.refused(role, {"past": "past", "nologin": "x"}[role]))

    def test_a_name_is_a_value_and_no_sql(self):
        self.assertIn("password authentication failed", self.refused("x' OR true --", "x"))

    def test_a_new_password_is_good_at_once(self):
        shard, other = self.stand.shards
        self.session("bob")
        before = shard.psql("SELECT rolpassword FROM pg_authid WHERE rolname = 'bob'")
        shard.psql("ALTER ROLE bob PASSWORD 'changed'")
        after = shard.psql("SELECT rolpassword FROM pg_authid WHERE rolname = 'bob'")
        other.psql(f"ALTER ROLE bob PASSWORD '{after}'")
        self.addCleanup(lambda: [s.psql(f"ALTER ROLE bob PASSWORD '{before}'")
                                 for s in self.stand.shards])
        await_condition("the new password is known", lambda: self.logs_in("bob", "changed"))
        await_condition("the old one is forgotten", lambda: not self.logs_in("bob", "bob"))

    def logs_in(self, role, password):
        try:
            self.session(role, password=password)
            return True
        except psycopg.OperationalError:
            return False

    def test_the_proxy_says_no_more_than_that_it_cannot_ask(self):
        database = without_username(self.stand.files()["database-shop.yaml"])
        proxy = self.stand.proxy(
            tessera_yaml=TESSERA.replace("username: postgres", "username: nosuchrole"),
            global_yaml=GLOBAL, **{"database-shop_yaml": database})
        with self.assertRaises(psycopg.OperationalError) as caught:
            connect(proxy, user="alice", password="alice")
        self.assertIn("passwords cannot be looked up at the moment", str(caught.exception))
        self.assertNotIn("nosuchrole", str(caught.exception))
        self.assertIn("nosuchrole", proxy.log.read_text())

    def test_a_trusted_client_without_a_secret_is_told_what_is_missing(self):
        shard = self.stand.shards[0]
        shard.psql("CREATE ROLE bare LOGIN PASSWORD 'bare'")
        self.stand.shards[1].psql("CREATE ROLE bare LOGIN PASSWORD 'bare'")
        database = without_username(self.stand.files()["database-shop.yaml"])
        proxy = self.stand.proxy(
            tessera_yaml=TESSERA.replace("hba:\n", "hba:\n- {user: bare, method: trust}\n"),
            global_yaml=GLOBAL, **{"database-shop_yaml": database})
        with self.assertRaises(psycopg.OperationalError) as caught:
            connect(proxy, user="bare", password="any")
        self.assertIn('cannot log in to data source "ds_0" as role "bare"', str(caught.exception))
        self.assertIn("neither the password nor its SCRAM keys are known", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
