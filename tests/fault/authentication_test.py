#!/usr/bin/python3
"""Each method by which clients log in, over each form in which their passwords are stored."""

import base64
import hashlib
import hmac
import itertools
import socket
import struct
import sys
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from frames import message, read_frame, sqlstate_of, startup
from stand import Stand, answers, await_answers, connect

PASSWORD_REQUEST, MD5_REQUEST, SASL_REQUEST = 3, 5, 10
METHODS = {"password": "password", "md5": "md5", "scram": "scram-sha-256"}
FORMS = ("plain", "hashed", "verified")
USERS = [f"{form}_{method}" for form, method in itertools.product(FORMS, METHODS)]


def digest(key, text):
    return hmac.new(key, text, "sha256").digest()


def scram_verifier(password, salt=b"sixteen bytes of", iterations=4096):
    """As PostgreSQL stores it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored_key = hashlib.sha256(digest(salted, b"Client Key")).digest()
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in
                                  (salt, stored_key, digest(salted, b"Server Key")))
    return f"SCRAM-SHA-256${iterations}:{salt64}${stored64}:{server64}"


def stored(user, password="secret"):
    if user.startswith("hashed"):
        return "md5" + hashlib.md5((password + user).encode()).hexdigest()
    return scram_verifier(password) if user.startswith("verified") else password


def tessera_yaml():
    rules = "hba:\n- {user: rejected, method: reject}\n- {type: hostssl, user: encrypted, method: trust}\n"
    rules += "- {user: [trusted, nobody_trusted], address: 127.0.0.0/8, method: trust}\n"
    rules += "- {user: stranger, address: 10.0.0.0/8, method: trust}\n"
    for name, method in METHODS.items():
        users = ", ".join([user for user in USERS if user.endswith(name)] + [f"nobody_{name}"])
        rules += f"- {{user: [{users}], database: [shop, nowhere], method: {method}}}\n"
    return rules + "- {user: shop, method: scram-sha-256}\n- {database: sameuser, method: scram-sha-256}\n"


def global_yaml():
    users = "".join(f"  - {{user: {user}, password: \"{stored(user)}\"}}\n"
                    for user in USERS + ["trusted", "rejected", "encrypted", "stranger"])
    return ("authority:\n  users:\n  - {user: shop, password: shop}\n  - {user: limited, password: secret}\n"
            + users + "  privilege: {type: ALL_PERMITTED}\n")


class Methods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.proxy = cls.stand.proxy(tessera_yaml=tessera_yaml(), global_yaml=global_yaml())
        await_answers(cls.proxy)

    def tearDown(self):
        self.assertIsNone(self.proxy.process.poll(), self.proxy.log_tail())
        self.assertTrue(answers(self.proxy), "it serves others no more")

    def refused(self, user, password="secret", **options):
        with self.assertRaises(psycopg.OperationalError) as caught:
            connect(self.proxy, user=user, password=password, passfile="/dev/null", **options)
        return str(caught.exception)

    def first_reply(self, user, answer=b""):
        """The first frame that comes back to a startup packet, or then to `answer`."""
        with socket.create_connection((self.proxy.host, self.proxy.port), 10) as wire:
            wire.settimeout(30)
            wire.sendall(startup(user=user, database="shop"))
            first = read_frame(wire)
            if not answer:
                return first
            wire.sendall(answer)
            return read_frame(wire)

    def request(self, user):
        """The code of the authentication request that `user` gets."""
        reply = self.first_reply(user)
        self.assertEqual(reply[:1], b"R", reply)
        return struct.unpack("!i", reply[5:9])[0]

    def salt_of(self, user):
        first = b"n,,n=,r=nonce"
        choice = b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first
        server_first = self.first_reply(user, message(b"p", choice))[9:].decode()
        return dict(part.split("=", 1) for part in server_first.split(","))["s"]

    def test_the_right_password_lets_in(self):
        for user in USERS:
            if user == "hashed_scram":
                continue
            with self.subTest(user), connect(self.proxy, user=user, password="secret") as session:
                self.assertEqual(session.execute("SELECT 1").fetchone(), (1,))

    def test_a_wrong_password_is_28P01(self):
        for user in USERS:
            with self.subTest(user):
                self.assertIn(f'password authentication failed for user "{user}"',
                              self.refused(user, "Secret"))

    def test_what_is_stored_is_not_the_password(self):
        for user in USERS:
            if not user.startswith("plain"):
                with self.subTest(user):
                    self.assertIn("password authentication failed", self.refused(user, stored(user)))

    def test_a_hash_is_no_verifier(self):
        self.assertIn("password authentication failed", self.refused("hashed_scram"))

    def test_the_method_and_the_form_decide_what_is_asked(self):
        for user in USERS:
            form, method = user.split("_")
            wanted = {"password": PASSWORD_REQUEST, "scram": SASL_REQUEST,
                      "md5": SASL_REQUEST if form == "verified" else MD5_REQUEST}[method]
            self.assertEqual(self.request(user), wanted, user)

    def test_who_does_not_exist_is_asked_and_refused_as_others_are(self):
        for method, wanted in (("password", PASSWORD_REQUEST), ("md5", MD5_REQUEST),
                               ("scram", SASL_REQUEST)):
            user = f"nobody_{method}"
            self.assertEqual(self.request(user), wanted, user)
            self.assertIn(f'password authentication failed for user "{user}"', self.refused(user))

    def test_the_salt_of_who_does_not_exist_stays_the_same(self):
        salts = {self.salt_of("nobody_scram") for _ in range(5)}
        self.assertEqual(len(salts), 1)
        self.assertEqual(len(base64.b64decode(salts.pop())), 16)
        self.assertEqual(base64.b64decode(self.salt_of("verified_scram")), b"sixteen bytes of")

    def test_the_database_is_not_looked_at_before_the_password(self):
        self.assertIn("password authentication failed",
                      self.refused("plain_scram", "wrong", dbname="nowhere"))
        self.assertIn('database "nowhere" does not exist',
                      self.refused("plain_scram", dbname="nowhere"))

    def test_trust_asks_nothing_but_wants_the_role(self):
        with connect(self.proxy, user="trusted", password="any") as session:
            self.assertEqual(session.execute("SELECT 1").fetchone(), (1,))
        self.assertIn('role "nobody_trusted" does not exist', self.refused("nobody_trusted"))

    def test_reject_is_28000_in_postgresqls_words(self):
        self.assertIn('pg_hba.conf rejects connection for host "127.0.0.1", user "rejected", '
                      'database "shop", no encryption', self.refused("rejected"))
        self.assertEqual(sqlstate_of(self.first_reply("rejected")), "28000")

    def test_without_a_rule_nobody_comes_in(self):
        for user in ("limited", "encrypted", "stranger", "nobody"):
            self.assertIn(f'no pg_hba.conf entry for host "127.0.0.1", user "{user}", '
                          'database "shop", no encryption', self.refused(user, sslmode="disable"))
            self.assertEqual(sqlstate_of(self.first_reply(user)), "28000")

    def test_an_empty_password_is_refused_as_postgresql_does(self):
        for user in ("plain_password", "plain_md5"):
            reply = self.first_reply(user, message(b"p", b"\0"))
            self.assertEqual(sqlstate_of(reply), "28P01")
            self.assertIn(b"empty password returned by client", reply)

    def test_answers_that_are_none_are_08P01(self):
        for user in ("plain_password", "plain_md5", "plain_scram"):
            for body in (b"", b"secret", b"sec\0ret\0"):
                self.assertEqual(sqlstate_of(self.first_reply(user, message(b"p", body))), "08P01",
                                 (user, body))
            reply = self.first_reply(user, message(b"Q", b"SELECT 1\0"))
            self.assertIn(b"response, got message type 81", reply)

    def test_an_md5_answer_serves_once(self):
        wire = socket.create_connection((self.proxy.host, self.proxy.port), 10)
        self.addCleanup(wire.close)
        wire.sendall(startup(user="plain_md5", database="shop"))
        salt = read_frame(wire)[9:13]
        inner = hashlib.md5(b"secretplain_md5").hexdigest().encode()
        answer = message(b"p", b"md5" + hashlib.md5(inner + salt).hexdigest().encode() + b"\0")
        wire.sendall(answer)
        self.assertEqual(wire.recv(1), b"R")
        self.assertEqual(sqlstate_of(self.first_reply("plain_md5", answer)), "28P01")


if __name__ == "__main__":
    unittest.main()
