#!/usr/bin/python3
"""Measures Tessera beside bare relays, HAProxy and PgBouncer, and keeps a report.

    bench/run.py [--parts cpu,syscalls,latency,bulk,idle,storm,instructions] [--rounds 9]
                 [--seconds 4] [--modes a,b] [--targets a,b] [--clients 10000] [--scale 10]
                 [--quick] [--no-report]

The machine's noise is larger than the differences, so in each round every target has its turn, in
another order, and what counts is the median of what the rounds say, each by itself.
"""

import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import part_bulk
import part_cpu
import part_idle
import part_instructions
import part_latency
import part_storm
import part_syscalls
from measure import MODES, table
from stage import REPO, Stage, bin_dir

PARTS = {"cpu": part_cpu, "syscalls": part_syscalls, "latency": part_latency, "bulk": part_bulk,
         "idle": part_idle, "storm": part_storm, "instructions": part_instructions}
PROGRAMS = ("tessera-proxy", "bench_relay_epoll", "bench_relay_coroutine", "bench_crowd")
SCRATCH = Path(os.environ.get("TMPDIR", "/tmp")) / "tessera-bench.json"


def words(text):
    return [word for word in text.split(",") if word]


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=words, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=4, help="of one run")
    parser.add_argument("--modes", type=words, default=list(MODES))
    parser.add_argument("--targets", type=words, help="those of them that a part has")
    parser.add_argument("--clients", type=int, default=10_000, help="of idle and storm")
    parser.add_argument("--scale", type=int, default=10, help="pgbench's, 100,000 rows each")
    parser.add_argument("--quick", action="store_true", help="does it run? One round of a second")
    parser.add_argument("--no-report", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    for name, known in (("parts", PARTS), ("modes", MODES)):
        unknown = set(getattr(options, name)) - set(known)
        if unknown or not getattr(options, name):
            parser.error(f"--{name}: {', '.join(sorted(unknown))}: expected {', '.join(known)}")
    if options.quick:
        options.rounds, options.seconds, options.scale = 1, 1, 1
        options.clients = min(options.clients, 1000)
    if min(options.rounds, options.seconds, options.clients, options.scale) < 1:
        parser.error("numbers begin at 1")
    return options


def measure(options):
    """{part: results}, and {part: why there are none}. A part that fails does not stop the next."""
    results, failures = {}, {}
    stage = Stage(options.scale)
    try:
        stage.node()
        for name in options.parts:
            began = time.monotonic()
            try:
                results[name] = PARTS[name].measure(stage, options)
            except Exception as error:  # pylint: disable=broad-except
                traceback.print_exc()
                failures[name] = f"{type(error).__name__}: {error}".splitlines()[0]
            finally:
                stage.clear()
            # An hour of measuring outlives a mistake in the report.
            SCRATCH.write_text(json.dumps(results), encoding="utf-8")
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    finally:
        stage.stop()
    return results, failures


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
    return first_line(["git", "-C", str(REPO), "-c", f"safe.directory={REPO}", "describe",
                       "--always", "--dirty", "--abbrev=8"])


def cost_table(results):
    rows = []
    for name, part in PARTS.items():
        if name not in results:
            rows.append([part.TITLE, "–", "not measured in this run", "–"])
            continue
        for verdict in part.verdicts(results[name]):
            met = {True: "yes", False: "**no**", None: "–"}[verdict.met]
            rows.append([verdict.measure, verdict.bar, verdict.measured, met])
    return table(["measure", "bar", "measured", "met"], rows)


def machine(load):
    return f"""\
- {cpu_model()}, {os.cpu_count()} processors, shared by clients, PostgreSQL and the proxy; Linux \
{platform.release()}; load average before the run {load:.2f}
- {first_line(["/usr/lib/postgresql/15/bin/postgres", "--version"])}
- {first_line(["/usr/sbin/haproxy", "-v"])}; mode tcp, one thread
- {first_line(["/usr/sbin/pgbouncer", "--version"])}; session pooling unless said otherwise
- `tessera`: one thread, one server, a table that is sharded by rule, so every statement is scanned \
and routed; `tessera-2threads`: the same with two threads; `tessera-2shards`: two servers that hold \
half of the accounts each
- `relay`: bench/relay_epoll.cpp; `coroutine`: bench/relay_coroutine.cpp, the same as coroutines that wait by Asio
"""


def report_text(results, failures, options, load):
    parts = "".join(f"\n## {PARTS[name].TITLE}\n\n{PARTS[name].section(one)}"
                    for name, one in results.items())
    broken = "".join(f"\n## {PARTS[name].TITLE}\n\nFailed: {why}\n"
                     for name, why in failures.items())
    arguments = " ".join(sys.argv[1:])
    return f"""\
# What Tessera costs, {datetime.date.today().isoformat()}, {commit()}

{cost_table(results)}
The last column is computed from the numbers of this run, medians against the bar as they stand. \
TCP on the loopback on both sides, scale {options.scale}.

{machine(load)}
To repeat: `scripts/bench{" " + arguments if arguments else ""}`.
{parts}{broken}"""


def end_by_signal(number, _):
    sys.exit(128 + number)


def main():
    options = parse_arguments()
    absent = [name for name in PROGRAMS if not (bin_dir() / name).exists()]
    if absent:
        sys.exit(f"run.py: there is no {bin_dir()}/{absent[0]}; scripts/build makes it")
    signal.signal(signal.SIGTERM, end_by_signal)  # so that what was started is stopped
    load = os.getloadavg()[0]
    results, failures = measure(options)
    text = report_text(results, failures, options, load)
    print(text)
    if not options.no_report:
        path = REPO / f"bench/reports/{datetime.date.today().isoformat()}-{commit()}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"kept as {path.relative_to(REPO)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
