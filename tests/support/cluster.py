"""A whole cluster of its own for one test: etcd, Patroni, PostgreSQL, HAProxy, agents, proxy.

It is what scripts/up starts, on free ports in a temporary directory, and it is gone at the end of
the `with` block whatever happened in it. The programs are those of TESSERA_BIN_DIR.
"""

import atexit
import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
BASE_PORTS = range(17_000, 32_000, 250)  # a cluster of up to ten shards fits between two of them


def wait_until(what, condition, deadline_s=120.0):
    """Returns the first true value of condition()."""
    until = time.monotonic() + deadline_s
    while not (value := condition()):
        if time.monotonic() > until:
            raise TimeoutError(f"waited {deadline_s} s: {what}")
        time.sleep(0.1)
    return value


@contextlib.contextmanager
def within(seconds, what):
    """Ends what hangs in the block with TimeoutError."""
    def ring(*_):
        raise TimeoutError(f"{what}: nothing for {seconds} s")
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def all_free(ports):
    for port in ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


class PortBlock:
    """Ports that no other test's cluster takes while this one lives, even before it listens."""

    def __init__(self, size):
        for base in random.sample(BASE_PORTS, len(BASE_PORTS)):
            self._lock = open(f"/tmp/tessera-test-ports-{base}", "w", encoding="ascii")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._lock.close()
                continue
            if all_free(range(base, base + size)):
                self.base = base
                return
            self._lock.close()
        raise RuntimeError("no free block of ports")

    def release(self):
        self._lock.close()


class Cluster:
    """`with Cluster(shards=2) as cluster:`; a cluster that did not come up raises with its words."""

    def __init__(self, shards=2, replicas=1, demo=True):
        self._ports = PortBlock(10 + 20 * shards)
        self._directory = Path(tempfile.mkdtemp(prefix="tessera-cluster-", dir="/var/tmp"))
        self._directory.chmod(0o755)
        self.run_dir = self._directory / "run"
        self.host, self.port = "127.0.0.1", self._ports.base + 2
        self._options = ["--shards", str(shards), "--replicas", str(replicas)]
        self._options += [] if demo else ["--no-demo"]
        bin_dir = os.environ.get("TESSERA_BIN_DIR", REPO / "build/release/bin")
        self._environment = dict(
            os.environ, TESSERA_RUN_DIR=str(self.run_dir), TESSERA_PORT=str(self.port),
            TESSERA_BASE_PORT=str(self._ports.base), TESSERA_BIN_DIR=str(bin_dir))

    def __enter__(self):
        atexit.register(self.remove)
        # No exception: a test framework would catch it and go on with the next test.
        signal.signal(signal.SIGTERM, lambda *_: (self.remove(), os._exit(143)))
        try:
            self.up()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        """Stops everything and removes its directory; a second time does nothing."""
        if not self._directory.exists():
            return
        self.run("down", "--wipe", check=False)
        shutil.rmtree(self._directory, ignore_errors=True)
        self._ports.release()

    def run(self, script, *arguments, check=True):
        """Runs one of scripts/ on this cluster; its output."""
        ran = subprocess.run([REPO / "scripts" / script, *arguments], env=self._environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False)
        if check and ran.returncode != 0:
            raise RuntimeError(f"scripts/{script} {' '.join(arguments)}: {ran.stdout}")
        return ran.stdout

    def up(self):
        return self.run("up", *self._options)

    def down(self):
        return self.run("down")

    def status(self):
        """Every component by its name, as scripts/status --json tells."""
        parts = json.loads(self.run("status", "--json", check=False))
        return {part["name"]: part for part in parts}

    def node(self, shard, role):
        """The first node of `shard` that has `role` now; None if there is none."""
        for part in self.status().values():
            if part["kind"] == "node" and part["shard"] == shard and part["role"] == role:
                return part
        return None

    def all_well(self):
        return all(part["health"] == "ok" for part in self.status().values())

    def conninfo(self, user="shop", password="shop", dbname="shop"):
        return (f"host={self.host} port={self.port} user={user} password={password} "
                f"dbname={dbname}")

    def superuser_conninfo(self, part, dbname="shop"):
        """Straight to a node's PostgreSQL, past everything of ours."""
        host, port = part["endpoint"].split(":")
        return (f"host={host} port={port} user=postgres dbname={dbname} "
                f"passfile={self.run_dir}/pgpass")


def kill_node(part):
    """Patroni and PostgreSQL of a node at once, as when its machine dies."""
    for pid in (part["patroni_pid"], part["pid"]):
        os.kill(pid, signal.SIGKILL)
