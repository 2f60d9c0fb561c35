#!/usr/bin/python3
"""Clients that encrypt: psql and psycopg over TLS, certificates replaced under way, and what is
no TLS."""

import contextlib
import io
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certificates import Authority
from frames import CANCEL, GSS, SSL, message, read_all, sqlstate_of, startup
from servers import await_condition, cancel_when_it_runs
from stand import CUSTOMERS, Stand, answers, await_answers, connect, open_files


# One user need not prove who it is: for sockets of our own.
GLOBAL = """\
authority:
  users:
  - {user: shop, password: shop}
  - {user: trusted, password: unused}
  privilege: {type: ALL_PERMITTED}
"""
BEGINNING = """\
loginTimeout: 2s
hba:
- {user: trusted, method: trust}
- {method: scram-sha-256}
"""


def tls_yaml(certificate, key, **keys):
    lines = [f"  certificate: {certificate}", f"  key: {key}"]
    lines += [f"  {name}: {value}" for name, value in keys.items()]
    return f"{BEGINNING}tls:\n" + "\n".join(lines) + "\n"


def setUpModule():
    """One stand and one proxy for all."""
    Case.stand = Stand()
    unittest.addModuleCleanup(Case.stand.close)
    files = Case.stand.directory("certificates")
    Case.authority = Authority(files)
    pair = Case.authority.issue("server", "localhost", "DNS:localhost,IP:127.0.0.1")
    Case.certificate, Case.key = (files / f"running.{end}" for end in ("crt", "key"))
    for made, used in zip(pair, (Case.certificate, Case.key)):
        shutil.copy2(made, used)
    Case.proxy = Case.stand.proxy(global_yaml=GLOBAL, tessera_yaml=tls_yaml(
        Case.certificate, Case.key, clientCa=Case.authority.certificate))
    await_answers(Case.proxy)


class Case(unittest.TestCase):
    stand = proxy = authority = certificate = key = None

    def tearDown(self):
        self.assertIsNone(self.proxy.process.poll(), self.proxy.log_tail())
        self.assertTrue(answers(self.proxy), "it serves others no more")

    def connect(self, **options):
        words = {"sslmode": "verify-full", "sslrootcert": str(self.authority.certificate),
                 **options}
        made = connect(self.proxy, **words)
        self.addCleanup(made.close)
        return made

    def failure(self, **options):
        with self.assertRaises(psycopg.OperationalError) as caught:
            self.connect(**options)
        return str(caught.exception)

    def socket(self):
        made = socket.create_connection((self.proxy.host, self.proxy.port), 10)
        made.settimeout(10)
        self.addCleanup(made.close)
        return made

    @staticmethod
    def context(protocols=()):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def encrypted(self):
        """A socket on which TLS was begun by an SSLRequest."""
        wire = self.socket()
        wire.sendall(startup(SSL))
        self.assertEqual(wire.recv(1), b"S")
        return self.wrap(wire)

    def wrap(self, wire, **options):
        wrapped = self.context(**options).wrap_socket(wire)
        self.addCleanup(wrapped.close)
        return wrapped

    def until_ready(self, wire, size=65536):
        got = bytearray()
        while not got.endswith(b"Z\0\0\0\5I"):
            part = wire.recv(size)
            self.assertTrue(part, f"it was closed after {got[-200:]}")
            got += part
        return bytes(got)

    def log_in(self, wire):
        wire.sendall(startup(user="trusted", database="shop"))
        self.until_ready(wire)

    def psql(self, sql, **options):
        words = {"host": self.proxy.host, "port": self.proxy.port, "user": "shop",
                 "password": "shop", "dbname": "shop", "sslmode": "verify-full",
                 "sslrootcert": self.authority.certificate, **options}
        conninfo = " ".join(f"{name}={value}" for name, value in words.items())
        return subprocess.run(["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", conninfo],
                              input=sql, text=True, capture_output=True, check=False, timeout=60)


class Encrypted(Case):
    def test_psql_verifies_the_certificate_and_the_host(self):
        said = self.psql("\\conninfo\nSELECT count(*) FROM customers;\n")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("SSL connection (protocol: TLSv1.3", said.stdout)
        self.assertIn(f"{CUSTOMERS}\n", said.stdout)

    def test_sslmode_require_needs_no_root_certificate(self):
        self.assertEqual(self.psql("SELECT 1", sslmode="require", sslrootcert="/dev/null/none")
                         .stdout, "1\n")

    def test_each_version_of_the_protocol(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            said = self.psql("\\conninfo", ssl_min_protocol_version=version,
                             ssl_max_protocol_version=version)
            self.assertIn(f"protocol: {version}", said.stdout)

    def test_clients_that_do_not_encrypt_are_served_too(self):
        self.assertEqual(self.psql("SELECT 1", sslmode="disable").stdout, "1\n")

    def test_a_client_sees_that_it_does_not_know_the_authority(self):
        said = self.failure(sslrootcert=str(self.stranger().certificate))
        self.assertIn("certificate verify failed", said)

    def stranger(self):
        return Authority(self.stand.directory(f"stranger-{id(self)}"), "stranger")

    def test_a_wrong_password_is_28P01(self):
        self.assertIn("password authentication failed", self.failure(password="wrong"))

    def test_a_cancel_request_over_a_session_that_is_encrypted(self):
        connection = self.connect()
        canceller = cancel_when_it_runs(self.stand.shards[0], "pg_sleep(20)", connection.cancel)
        with self.assertRaises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(20)")
        canceller.join()

    def test_a_cancel_request_within_tls(self):
        wire = self.encrypted()
        wire.sendall(startup(user="trusted", database="shop"))
        key = self.until_ready(wire).split(b"K\0\0\0\x0c")[1][:8]
        wire.sendall(message(b"Q", b"SELECT pg_sleep(21)\0"))
        await_condition("it runs", lambda: self.stand.shards[0].running("pg_sleep(21)"))
        asking = self.encrypted()
        asking.sendall(struct.pack("!ii", 16, CANCEL) + key)
        self.assertEqual(read_all(asking), b"")
        self.assertEqual(sqlstate_of(self.until_ready(wire)), "57014")

    def test_a_client_with_a_certificate_of_the_authority(self):
        certificate, key = self.authority.issue("client", "shop")
        connection = self.connect(sslcert=str(certificate), sslkey=str(key))
        self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_a_client_with_a_strangers_certificate_is_refused(self):
        certificate, key = self.stranger().issue("client", "shop")
        said = self.failure(sslcert=str(certificate), sslkey=str(key))
        self.assertRegex(said, "unknown ca|connection .*closed")


class ChannelBinding(Case):
    def test_a_client_may_require_it(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            connection = self.connect(channel_binding="require", ssl_max_protocol_version=version)
            self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_a_client_may_do_without_it(self):
        self.assertEqual(self.connect(channel_binding="disable").execute("SELECT 1").fetchone(),
                         (1,))

    def test_a_wrong_password_is_28P01_with_it_too(self):
        self.assertIn("password authentication failed",
                      self.failure(password="wrong", channel_binding="require"))

    def test_it_is_not_offered_in_plain_text(self):
        self.assertIn("channel binding required, but SSL not in use",
                      self.failure(channel_binding="require", sslmode="disable"))


class Bytes(Case):
    def test_a_big_result(self):
        rows = self.connect().execute(
            "SELECT n, repeat('x', 1000) FROM generate_series(1, 30000) AS n").fetchall()
        self.assertEqual((len(rows), rows[-1]), (30000, (30000, "x" * 1000)))

    def test_rows_of_megabytes(self):
        connection = self.connect()
        for size in (16_383, 16_384, 16_385, 3_000_000):
            row = connection.execute(f"SELECT repeat('y', {size})").fetchone()
            self.assertEqual(row, ("y" * size,))

    def test_big_parameters(self):
        connection = self.connect()
        for size in (16_383, 16_384, 16_385, 3_000_000):
            row = connection.execute("SELECT length(%s::text)", ("z" * size,)).fetchone()
            self.assertEqual(row, (size,))

    def test_a_slow_reader_gets_all(self):
        """The proxy's socket is full again and again, in the middle of records."""
        wire = self.encrypted()
        self.log_in(wire)
        sql = b"SELECT repeat('x', 1000) FROM generate_series(1, 20000)\0"
        wire.sendall(message(b"Q", sql))
        time.sleep(0.3)
        got = self.until_ready(wire, 3001)
        self.assertEqual(got.count(b"D" + struct.pack("!i", 1010)), 20000)

    def test_copy_both_ways(self):
        connection = self.connect()
        with connection.transaction():
            connection.execute("CREATE TEMP TABLE copied (n int, t text)")
            with connection.cursor().copy("COPY copied FROM STDIN") as copy:
                for n in range(50_000):
                    copy.write_row((n, "t" * 100))
            out = io.BytesIO()
            with connection.cursor().copy("COPY copied TO STDOUT") as copy:
                for block in copy:
                    out.write(block)
        self.assertEqual(out.getvalue().count(b"\n"), 50_000)

    def test_a_pipeline(self):
        connection = self.connect()
        with connection.pipeline():
            cursors = [connection.execute("SELECT %s::int", (n,)) for n in range(500)]
        self.assertEqual([cursor.fetchone()[0] for cursor in cursors], list(range(500)))


class Beginnings(Case):
    """What comes before the startup packet."""

    def test_tls_from_the_first_byte(self):
        wire = self.wrap(self.socket(), protocols=["postgresql"])
        self.assertEqual(wire.selected_alpn_protocol(), "postgresql")
        self.log_in(wire)

    def test_tls_from_the_first_byte_names_the_protocol(self):
        wire = self.wrap(self.socket())
        wire.sendall(startup(user="trusted", database="shop"))
        self.assertEqual(read_all(wire), b"")

    def test_another_protocol_is_refused(self):
        with self.assertRaisesRegex(ssl.SSLError, "no application protocol"):
            self.wrap(self.socket(), protocols=["h2"])

    def test_a_protocol_behind_an_ssl_request_is_agreed_on(self):
        wire = self.socket()
        wire.sendall(startup(SSL))
        self.assertEqual(wire.recv(1), b"S")
        self.assertEqual(self.wrap(wire, protocols=["postgresql"]).selected_alpn_protocol(),
                         "postgresql")

    def test_gss_is_refused_and_tls_may_follow(self):
        wire = self.socket()
        wire.sendall(startup(GSS))
        self.assertEqual(wire.recv(1), b"N")
        wire.sendall(startup(SSL))
        self.assertEqual(wire.recv(1), b"S")
        self.log_in(self.wrap(wire))

    def test_plain_text_behind_the_request_is_an_attack(self):
        wire = self.socket()
        wire.sendall(startup(SSL) + startup(user="trusted", database="shop"))
        reply = read_all(wire)
        self.assertEqual(sqlstate_of(reply), "08P01")
        self.assertIn(b"received unencrypted data after SSL request", reply)

    def test_plain_text_behind_a_gss_request_is_an_attack(self):
        wire = self.socket()
        wire.sendall(startup(GSS) + startup(user="trusted", database="shop"))
        self.assertIn(b"received unencrypted data after GSSAPI encryption request", read_all(wire))

    def test_tls_within_tls_is_refused(self):
        for code, name in ((SSL, b"1234.5679"), (GSS, b"1234.5680")):
            wire = self.encrypted()
            wire.sendall(startup(code))
            reply = read_all(wire)
            self.assertEqual(sqlstate_of(reply), "0A000")
            self.assertIn(b"unsupported frontend protocol " + name, reply)

    def test_a_request_is_answered_once(self):
        wire = self.socket()
        wire.sendall(startup(GSS))
        self.assertEqual(wire.recv(1), b"N")
        wire.sendall(startup(GSS))
        self.assertEqual(sqlstate_of(read_all(wire)), "0A000")

    def test_no_tls_after_the_answer(self):
        for nonsense in (b"Q\0\0\0\5\0", b"\x16\x03\x01\x00\x05hello", b"\x16" * 500,
                         startup(user="trusted", database="shop")):
            wire = self.socket()
            wire.sendall(startup(SSL))
            self.assertEqual(wire.recv(1), b"S")
            wire.sendall(nonsense)
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_WR)
            self.assertNotIn(b"R\0\0\0", read_all(wire))

    def test_half_a_handshake_ends_with_the_login_timeout(self):
        began, wires = time.monotonic(), []
        for nothing in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"):
            wires.append(self.socket())
            if nothing[:1] != b"\x16":
                wires[-1].sendall(startup(SSL))
                self.assertEqual(wires[-1].recv(1), b"S")
            wires[-1].sendall(nothing)
        for wire in wires:
            read_all(wire)
        self.assertLess(time.monotonic() - began, 9)

    def test_clients_that_leave_at_each_byte_of_the_handshake(self):
        outgoing = ssl.MemoryBIO()
        handshake = self.context().wrap_bio(ssl.MemoryBIO(), outgoing)
        with contextlib.suppress(ssl.SSLWantReadError):
            handshake.do_handshake()
        hello = outgoing.read()
        for size in range(1, len(hello), 37):
            wire = self.socket()
            wire.sendall(startup(SSL))
            self.assertEqual(wire.recv(1), b"S")
            wire.sendall(hello[:size])
            wire.close()
        await_condition("they are forgotten", lambda: open_files(self.proxy) < 100)

    def test_garbage_in_the_middle_of_a_session(self):
        wire = self.encrypted()
        self.log_in(wire)
        plain = socket.socket(fileno=os.dup(wire.fileno()))
        self.addCleanup(plain.close)
        plain.settimeout(10)
        plain.sendall(b"\x17\x03\x03\x00\x20" + b"g" * 32)
        read_all(plain)


class Reload(Case):
    def serial(self):
        wire = self.socket()
        wire.sendall(startup(SSL))
        self.assertEqual(wire.recv(1), b"S")
        return self.wrap(wire).getpeercert(binary_form=True)

    def hang_up(self, expected):
        before = len(self.answers_to_hangups())
        self.proxy.process.send_signal(signal.SIGHUP)
        await_condition("the proxy says what came of it",
                        lambda: len(self.answers_to_hangups()) > before)
        self.assertIn(expected, self.answers_to_hangups()[-1])

    def answers_to_hangups(self):
        """Whole lines of the log."""
        return [line for line in self.proxy.log.read_text().split("\n")[:-1]
                if "received SIGHUP" in line]

    def test_a_new_certificate_is_shown_and_nobody_is_dropped(self):
        staying = self.connect()
        before = self.serial()
        for made, used in zip(self.authority.issue("renewed", "localhost", "IP:127.0.0.1"),
                              (self.certificate, self.key)):
            shutil.copy2(made, used)
        self.assertEqual(self.serial(), before, "it is read only when that is asked for")

        self.hang_up("certificates were read again")

        await_condition("the new one is shown", lambda: self.serial() != before)
        self.assertEqual(staying.execute("SELECT 1").fetchone(), (1,))
        self.assertEqual(self.connect().execute("SELECT 1").fetchone(), (1,))

    def test_bad_files_leave_the_running_ones(self):
        before = self.serial()
        kept = {path: path.read_bytes() for path in (self.certificate, self.key)}
        other = self.authority.issue("other", "localhost")[1].read_bytes()
        faults = [(self.certificate, b"no certificate", "could not load certificate file"),
                  (self.key, other, "key values mismatch"),
                  (self.key, b"", "could not load private key file")]
        for path, text, expected in faults:
            path.write_bytes(text)
            self.hang_up(expected)
            self.assertEqual(self.serial(), before)
            path.write_bytes(kept[path])
        self.key.chmod(0o644)
        self.hang_up("has group or world access")
        self.key.chmod(0o600)
        self.assertEqual(self.serial(), before)


class OwnCertificate(unittest.TestCase):
    def test_shardingspheres_property_alone_encrypts(self):
        proxy = Case.stand.proxy(global_yaml=GLOBAL + "props:\n  proxy-frontend-ssl-enabled: true\n")
        await_answers(proxy)
        with connect(proxy, sslmode="require") as connection:
            self.assertTrue(connection.pgconn.ssl_in_use)
            self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))
        self.assertIn("a certificate of our own making", proxy.log.read_text())


if __name__ == "__main__":
    unittest.main()
