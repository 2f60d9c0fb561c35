#!/usr/bin/python3
"""pgbench's select-only workload direct, through HAProxy, PgBouncer and Tessera, side by side.

    bench/pgbench.py [--rounds 5] [--seconds 5] [--scale 10] [--targets a,b] [--modes a,b]
                     [--no-report]

Every proxy has one thread. The machine's noise is larger than the differences, so each round runs
every target once, in another order, and what counts is the median of the rounds' ratios to direct
and the CPU time that the proxy itself takes for one transaction.
"""

import argparse
import datetime
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests/support"))

from servers import (PostgresNode, Proxy, WorkDirectory, await_condition, bin_dir, free_port,
                     listens, unprivileged)

MODES = ("simple", "extended", "prepared")
TARGETS = ("direct", "haproxy", "pgbouncer", "tessera-1", "tessera-2")
CLIENTS = 8
SETTINGS = {"shared_buffers": "256MB", "max_connections": "100"}
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of one run")
    parser.add_argument("--scale", type=int, default=10, help="pgbench's, 100,000 rows each")
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--targets", default=",".join(TARGETS))
    parser.add_argument("--no-report", action="store_true", help="print only")
    return parser.parse_args()


@dataclass
class Target:
    """Something that pgbench connects to; `pid` is the proxy's, None without a proxy."""

    name: str
    port: int
    pid: int | None = None


@dataclass
class Series:
    """What the rounds of one target in one mode measured."""

    tps: list = field(default_factory=list)
    cpu_us: list = field(default_factory=list)


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


def rules_yaml(nodes):
    sources = "".join(f"""\
  ds_{number}:
    url: jdbc:postgresql://{node.host}:{node.port}/shop
    username: shop
    password: shop
    maxPoolSize: 20
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
shop = host=127.0.0.1 port={node_port} dbname=shop
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {directory}/users.txt
pool_mode = session
default_pool_size = 50
ignore_startup_parameters = extra_float_digits
"""


class Stage:
    """All servers of a run."""

    def __init__(self, work):
        self._work = work
        self._nodes, self._processes, self._proxies = [], [], []

    def node(self, name, scale, keep=None):
        node = PostgresNode(self._work, name, settings=SETTINGS)
        self._nodes.append(node)
        fill(node, scale, keep)
        return node

    def run(self, name, port, command, directory):
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(unprivileged() + command, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, cwd="/")
        self._processes.append(process)
        await_condition(f"{name} listens", lambda: listens(port))
        return Target(name, port, process.pid)

    def haproxy(self, node):
        directory, port = self._work.make("haproxy"), free_port()
        text = HAPROXY_CFG.format(port=port, node_port=node.port)
        (directory / "haproxy.cfg").write_text(text, encoding="ascii")
        return self.run("haproxy", port,
                        ["/usr/sbin/haproxy", "-db", "-f", str(directory / "haproxy.cfg")],
                        directory)

    def pgbouncer(self, node):
        directory, port = self._work.make("pgbouncer"), free_port()
        text = PGBOUNCER_INI.format(port=port, node_port=node.port, directory=directory)
        (directory / "pgbouncer.ini").write_text(text, encoding="ascii")
        (directory / "users.txt").write_text('"shop" "shop"\n', encoding="ascii")
        return self.run("pgbouncer", port,
                        ["/usr/sbin/pgbouncer", str(directory / "pgbouncer.ini")], directory)

    def tessera(self, name, nodes):
        files = {"global.yaml": GLOBAL_YAML, "database-shop.yaml": rules_yaml(nodes),
                 "tessera.yaml": "threads: 1\n"}
        proxy = Proxy(self._work, name, files)
        self._proxies.append(proxy)
        return Target(name, proxy.port, proxy.process.pid)

    def stop(self):
        for proxy in self._proxies:
            proxy.stop()
        for process in self._processes:
            process.terminate()
            process.wait(10)
        for node in self._nodes:
            node.stop()


def make_targets(stage, wanted, scale):
    whole = stage.node("whole", scale)
    makers = {
        "direct": lambda: Target("direct", whole.port),
        "haproxy": lambda: stage.haproxy(whole),
        "pgbouncer": lambda: stage.pgbouncer(whole),
        "tessera-1": lambda: stage.tessera("tessera-1", [whole]),
        "tessera-2": lambda: stage.tessera(
            "tessera-2", [stage.node("even", scale, 0), stage.node("odd", scale, 1)]),
    }
    return [makers[name]() for name in wanted]


def cpu_seconds(pid):
    """User and system time of a process since it started."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def run_once(target, mode, seconds, scale):
    """Transactions a second, and µs of the proxy's CPU for each (None without a proxy)."""
    before = cpu_seconds(target.pid) if target.pid else 0.0
    ran = subprocess.run(
        ["pgbench", "-n", "-S", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-M", mode,
         "-s", str(scale), "-h", "127.0.0.1", "-p", str(target.port), "-U", "shop", "shop"],
        env=pgbench_environment(), text=True, capture_output=True, check=False,
        timeout=seconds + 60)
    failed = ran.returncode != 0 or "aborted" in ran.stderr
    if failed:
        raise RuntimeError(f"pgbench through {target.name}, {mode}:\n{ran.stdout}{ran.stderr}")
    tps = float(re.search(r"tps = ([\d.]+)", ran.stdout)[1])
    count = int(re.search(r"actually processed: (\d+)", ran.stdout)[1])
    cpu = (cpu_seconds(target.pid) - before) * 1e6 / count if target.pid else None
    return tps, cpu


def measure(targets, modes, options):
    """Series by (mode, target)."""
    series = {(mode, target.name): Series() for mode in modes for target in targets}
    for target in targets:  # caches, catalogs and prepared plans of all become warm
        run_once(target, modes[0], 1, options.scale)
    for number in range(options.rounds):
        for mode in modes:
            turned = targets[number % len(targets):] + targets[:number % len(targets)]
            for target in turned:
                tps, cpu = run_once(target, mode, options.seconds, options.scale)
                series[mode, target.name].tps.append(tps)
                series[mode, target.name].cpu_us.append(cpu)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return series


def spread(values, digits):
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def table_row(mode, name, one, direct):
    ratio = "1"
    if direct and one is not direct:
        ratio = spread([a / b for a, b in zip(one.tps, direct.tps, strict=True)], 2)
    elif not direct:
        ratio = "–"
    cpu = "–" if one.cpu_us[0] is None else spread(one.cpu_us, 1)
    return f"| {mode} | {name} | {spread(one.tps, 0)} | {ratio} | {cpu} |"


def tables(series, modes, targets):
    lines = ["| protocol | through | tps | ratio to direct | proxy's CPU, µs per transaction |",
             "| --- | --- | --- | --- | --- |"]
    for mode in modes:
        for target in targets:
            lines.append(table_row(mode, target.name, series[mode, target.name],
                                   series.get((mode, "direct"))))
    return "\n".join(lines)


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=False).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "not there"


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def commit():
    words = ["git", "-C", str(REPO), "describe", "--always", "--dirty", "--abbrev=8"]
    return first_line(words)


def report_text(table, options):
    today = datetime.date.today().isoformat()
    return f"""\
# pgbench -S, {today}, {commit()}

{table}

Medians with the smallest and the largest of {options.rounds} rounds of {options.seconds} s, \
interleaved; {CLIENTS} clients over TCP on the loopback, scale {options.scale}, every proxy with \
one thread. A ratio compares two runs of one round.

- {cpu_model()}, {os.cpu_count()} processors, shared by pgbench, PostgreSQL and the proxy
- {first_line(["/usr/lib/postgresql/15/bin/postgres", "--version"])}
- {first_line(["/usr/sbin/haproxy", "-v"])}; mode tcp
- {first_line(["/usr/sbin/pgbouncer", "--version"])}; session pooling
- Tessera over one server and over two that hold half of the accounts each

Written by `scripts/bench`.
"""


def main():
    options = parse_arguments()
    modes, wanted = options.modes.split(","), options.targets.split(",")
    if not (bin_dir() / "tessera-proxy").exists() and any("tessera" in name for name in wanted):
        sys.exit(f"pgbench.py: there is no {bin_dir()}/tessera-proxy; scripts/build makes it")
    work = WorkDirectory()
    stage = Stage(work)
    began = time.monotonic()
    try:
        targets = make_targets(stage, wanted, options.scale)
        print(f"servers ready after {time.monotonic() - began:.0f} s", file=sys.stderr)
        table = tables(measure(targets, modes, options), modes, targets)
    finally:
        stage.stop()
        work.remove()
    print(table)
    if not options.no_report:
        path = REPO / f"bench/reports/{datetime.date.today().isoformat()}-{commit()}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(report_text(table, options), encoding="utf-8")
        print(f"\nkept as {path.relative_to(REPO)}")


if __name__ == "__main__":
    main()
