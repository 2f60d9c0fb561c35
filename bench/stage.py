"""What is measured: PostgreSQL servers and the proxies before them, on free ports of the loopback.

Every proxy has one thread unless its name says otherwise, and TCP on both sides. Logins cost all of
them the same: SCRAM-SHA-256 against a stored verifier.
"""

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests/support"))

from servers import (PostgresNode, Proxy, WorkDirectory, await_condition, bin_dir, free_port,
                     listens, unprivileged)

POOL = 20  # connections to a server that a proxy in transaction pooling may have
SETTINGS = {"shared_buffers": "512MB", "max_connections": "100"}
GLOBAL_YAML = "authority:\n  users:\n  - {user: shop, password: shop}\n"
HAPROXY_CFG = """\
global
  nbthread 1
  maxconn 200
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen postgres
  bind 127.0.0.1:{port}
  server node 127.0.0.1:{node_port}
"""
PGBOUNCER_INI = """\
[databases]
shop = host=127.0.0.1 port={node_port} dbname=shop user=shop password=shop
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
listen_backlog = 4096
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {directory}/users.txt
pool_mode = {pooling}
default_pool_size = {pool}
max_client_conn = 12000
ignore_startup_parameters = extra_float_digits
"""


@dataclass
class Target:
    """Something that clients connect to; `pid` is the proxy's, None without a proxy."""

    name: str
    port: int
    pid: int | None = None
    log: Path | None = None

    def last_lines(self, count):
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]


def raise_descriptor_limit(wanted=40_000):
    """As far as we may; the hard limit then. The soft one stays small: a proxy raises its own."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for limit in (wanted, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (1024, max(limit, hard)))
            return max(limit, hard)
        except (ValueError, OSError):
            continue
    return hard


def pgbench_environment():
    return dict(os.environ, PGPASSWORD="shop", LC_ALL="C.UTF-8")


def fill(node, scale, keep=None):
    """pgbench's tables, straight into the server; `keep` is the remainder of the rows to keep."""
    node.make_database("shop")
    subprocess.run(["pgbench", "-i", "-q", "-s", str(scale), "-h", node.host, "-p",
                    str(node.port), "-U", "shop", "shop"], env=pgbench_environment(),
                   check=True, capture_output=True)
    if keep is not None:
        node.psql(f"DELETE FROM pgbench_accounts WHERE aid % 2 <> {keep}", "shop")
    node.psql("VACUUM FULL ANALYZE pgbench_accounts", "shop")


def rules_yaml(nodes, pool):
    sources = "".join(f"""\
  ds_{number}:
    url: jdbc:postgresql://{node.host}:{node.port}/shop
    username: shop
    password: shop
    maxPoolSize: {pool}
""" for number, node in enumerate(nodes))
    return f"""\
databaseName: shop
dataSources:
{sources}rules:
- !SHARDING
  tables:
    pgbench_accounts:
      actualDataNodes: ds_${{0..{len(nodes) - 1}}}.pgbench_accounts
      databaseStrategy: {{standard: {{shardingColumn: aid, shardingAlgorithmName: by_aid}}}}
  shardingAlgorithms:
    by_aid: {{type: INLINE, props: {{algorithm-expression: "ds_${{aid % {len(nodes)}}}"}}}}
- !BROADCAST
  tables: [pgbench_branches, pgbench_tellers, pgbench_history]
"""


class Stage:
    """The servers live as long as the stage, the proxies until clear()."""

    def __init__(self, scale):
        self.work = WorkDirectory()
        self.scale = scale
        self.descriptors = raise_descriptor_limit()
        self._nodes, self._processes, self._proxies = {}, [], []
        self._made = 0

    def node(self, name="whole", keep=None):
        if name not in self._nodes:
            node = PostgresNode(self.work, name, settings=SETTINGS)
            self._nodes[name] = node
            fill(node, self.scale, keep)
        return self._nodes[name]

    def halves(self):
        return [self.node("even", 0), self.node("odd", 1)]

    def directory(self, name):
        self._made += 1
        return self.work.make(f"{name}-{self._made}")

    def run(self, target, command, prefix=(), deadline_s=30.0):
        """Runs a proxy until clear(). `prefix`: the words of a program that it runs under."""
        directory = self.directory(target.name)
        limit = ["prlimit", f"--nofile={self.descriptors}:{self.descriptors}"]
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(limit + unprivileged() + list(prefix) + command,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       cwd=directory)
        self._processes.append(process)

        def ready():
            if process.poll() is not None:
                raise RuntimeError(f"{target.name} ended:\n{(directory / 'log').read_text()}")
            return listens(target.port)

        await_condition(f"{target.name} listens", ready, deadline_s)
        target.pid, target.log = process.pid, directory / "log"
        return target

    def command(self, name, port):
        """What starts a proxy that has the one server behind it, with its configuration made."""
        node, directory = self.node(), self.directory(f"{name}.conf")
        if name in ("relay", "coroutine"):
            program = {"relay": "bench_relay_epoll", "coroutine": "bench_relay_coroutine"}[name]
            return [str(bin_dir() / program), str(port), str(node.port)]
        if name == "haproxy":
            text = HAPROXY_CFG.format(port=port, node_port=node.port)
            (directory / "haproxy.cfg").write_text(text, encoding="ascii")
            return ["/usr/sbin/haproxy", "-db", "-f", str(directory / "haproxy.cfg")]
        if name.startswith("pgbouncer"):
            self._configure_pgbouncer(directory, port, name == "pgbouncer-transaction")
            return ["/usr/sbin/pgbouncer", str(directory / "pgbouncer.ini")]
        raise ValueError(f"there is no target \"{name}\"")

    def _configure_pgbouncer(self, directory, port, by_transaction):
        node = self.node()
        text = PGBOUNCER_INI.format(
            port=port, node_port=node.port, directory=directory,
            pooling="transaction" if by_transaction else "session",
            pool=POOL if by_transaction else 50)
        (directory / "pgbouncer.ini").write_text(text, encoding="ascii")
        verifier = node.psql("SELECT rolpassword FROM pg_authid WHERE rolname = 'shop'")
        (directory / "users.txt").write_text(f'"shop" "{verifier}"\n', encoding="ascii")

    @staticmethod
    def tessera_files(nodes, threads):
        return {"global.yaml": GLOBAL_YAML, "database-shop.yaml": rules_yaml(nodes, POOL),
                "tessera.yaml": f"threads: {threads}\nmaxClients: 12000\n"}

    def tessera(self, name):
        nodes = self.halves() if name == "tessera-2shards" else [self.node()]
        files = self.tessera_files(nodes, 2 if name == "tessera-2threads" else 1)
        self._made += 1
        proxy = Proxy(self.work, f"{name}-{self._made}", files)
        self._proxies.append(proxy)
        return Target(name, proxy.port, proxy.process.pid, proxy.log)

    def target(self, name):
        if name == "direct":
            return Target(name, self.node().port)
        if name.startswith("tessera"):
            return self.tessera(name)
        port = free_port()
        return self.run(Target(name, port), self.command(name, port))

    def clear(self):
        """Stops the proxies; the servers stay."""
        for proxy in self._proxies:
            proxy.stop()
        for process in self._processes:
            end(process)
        self._proxies, self._processes = [], []

    def stop(self):
        try:
            self.clear()
        finally:
            for node in self._nodes.values():
                node.stop()
            self.work.remove()


def end(process, deadline_s=20.0):
    """SIGTERM, and SIGKILL past the deadline."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
