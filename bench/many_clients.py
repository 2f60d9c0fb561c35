#!/usr/bin/python3
"""Many clients connect, run one query each and stay: who is served, how long it takes, and what
each of them costs in memory. Tessera beside PgBouncer in one run.

    bench/many_clients.py [--clients 10000] [--targets tessera,pgbouncer] [--pool 20]
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests/support"))

from crowd import Crowd, raise_descriptor_limit
from servers import (PostgresNode, Proxy, WorkDirectory, await_condition, free_port, listens,
                     unprivileged)

PAUSE_S = 7.0  # then a proxy has given back what it does not need
GLOBAL_YAML = "authority:\n  users:\n  - {user: shop, password: shop}\n"
PGBOUNCER_INI = """\
[databases]
shop = host=127.0.0.1 port={node_port} dbname=shop
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {directory}/users.txt
pool_mode = transaction
max_client_conn = {clients}
default_pool_size = {pool}
listen_backlog = 4096
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--pool", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--targets", default="tessera,pgbouncer")
    return parser.parse_args()


def start_tessera(work, node, options):
    database = f"""\
databaseName: shop
dataSources:
  ds_0:
    url: jdbc:postgresql://{node.host}:{node.port}/shop
    username: shop
    password: shop
    maxPoolSize: {options.pool}
rules:
- !SINGLE
  tables: ["*.*"]
"""
    files = {"global.yaml": GLOBAL_YAML, "database-shop.yaml": database,
             "tessera.yaml": f"threads: {options.threads}\nmaxClients: {options.clients + 100}\n"}
    proxy = Proxy(work, "tessera", files)
    return proxy.port, proxy.process


def start_pgbouncer(work, node, options):
    directory, port = work.make("pgbouncer"), free_port()
    (directory / "pgbouncer.ini").write_text(
        PGBOUNCER_INI.format(port=port, node_port=node.port, directory=directory,
                             clients=options.clients + 100, pool=options.pool), encoding="ascii")
    (directory / "users.txt").write_text('"shop" "shop"\n', encoding="ascii")
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(unprivileged() + ["/usr/sbin/pgbouncer",
                                                     str(directory / "pgbouncer.ini")],
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
    await_condition("pgbouncer listens", lambda: listens(port))
    return port, process


START = {"tessera": start_tessera, "pgbouncer": start_pgbouncer}


def resident_kb(pid):
    """The process's share of what it has in memory (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError(f"no Pss of process {pid}")


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def milliseconds(values):
    return (f"p50 {statistics.median(values) * 1e3:,.1f} ms, p99 {percentile(values, 99) * 1e3:,.1f}"
            f" ms, max {max(values) * 1e3:,.1f} ms")


def measure(name, port, pid, options):
    crowd = Crowd("127.0.0.1", port)
    crowd.connect(options.pool)
    crowd.ask_all("SELECT 1")
    base = resident_kb(pid)
    began = time.monotonic()
    clients = crowd.connect(options.clients)
    logged_in = time.monotonic() - began
    one_by_one = []
    for begin in range(0, len(clients), 100):
        one_by_one += crowd.ask_all("SELECT 1", clients[begin:begin + 100])
    time.sleep(PAUSE_S)
    idle = resident_kb(pid)
    at_once = crowd.ask_all("SELECT 2", clients)
    time.sleep(PAUSE_S)
    after = resident_kb(pid)
    served = sum(client.rows == ["2"] for client in clients)
    print(f"{name}: {served} of {len(clients)} served, logged in within {logged_in:.1f} s\n"
          f"  queries, 100 at once: {milliseconds(one_by_one)}\n"
          f"  queries, all at once: {milliseconds(at_once)}\n"
          f"  memory: base {base} kB; {(idle - base) / len(clients):.2f} kB for each idle client, "
          f"{(after - base) / len(clients):.2f} kB after all asked at once", flush=True)
    crowd.close()


def main():
    options = parse_arguments()
    if raise_descriptor_limit() < options.clients + 1000:
        sys.exit("many_clients.py: the hard limit of open files (ulimit -Hn) is too low")
    work = WorkDirectory()
    node = None
    try:
        node = PostgresNode(work, "node")
        node.make_database("shop")
        for name in options.targets.split(","):
            port, process = START[name](work, node, options)
            try:
                measure(name, port, process.pid, options)
            finally:
                process.terminate()
                process.wait(20)
    finally:
        if node:
            node.stop()
        work.remove()


if __name__ == "__main__":
    main()
