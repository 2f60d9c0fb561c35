"""Latency that a proxy adds for a lone client: each transaction is timed by pgbench."""

import shutil
import sys

from measure import (Verdict, difference, median, paired, pgbench_command, quantile, run_pgbench,
                     spread, table, turned)

TITLE = "Added latency"
TARGETS = ("direct", "relay", "haproxy", "pgbouncer", "tessera")
SHARES = {"p50": 0.50, "p99": 0.99}


def run_once(stage, target, mode, seconds):
    """µs by quantile."""
    directory = stage.directory("latency")
    prefix = f"--log-prefix={directory}/log"
    run_pgbench(pgbench_command(target, mode, 1, "-T", seconds, "-l", prefix), seconds + 60)
    text = "".join(path.read_text(encoding="ascii") for path in directory.glob("log*"))
    shutil.rmtree(directory)
    times = read_log(text)
    return {name: quantile(times, share) for name, share in SHARES.items()}


def read_log(text):
    """pgbench's log: client, number, µs, script, seconds, µs."""
    return [int(line.split()[2]) for line in text.splitlines()]


def measure(stage, options):
    wanted = [name for name in options.targets or TARGETS if name in TARGETS]
    targets = [stage.target(name) for name in wanted]
    seconds = max(1, options.seconds // 2)
    samples = {mode: {name: [] for name in wanted} for mode in options.modes}
    for mode in options.modes:
        for target in targets:
            run_pgbench(pgbench_command(target, mode, 1, "-T", 1), 60)
    for number in range(options.rounds):
        for mode in options.modes:
            for target in turned(targets, number):
                samples[mode][target.name].append(run_once(stage, target, mode, seconds))
        print(f"latency: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return {"rounds": options.rounds, "seconds": seconds, "samples": samples}


def column(samples, name, key):
    return [sample[key] for sample in samples[name]]


def added(samples, name, key):
    return paired(column(samples, name, key), column(samples, "direct", key), difference)


def section(results):
    rows = []
    for mode, samples in results["samples"].items():
        for name in samples:
            row = [mode, name] + [spread(column(samples, name, key), 0) for key in SHARES]
            for key in SHARES:
                row.append("–" if name == "direct" or "direct" not in samples
                           else spread(added(samples, name, key), 0))
            rows.append(row)
    head = ["protocol", "through", "p50, µs", "p99, µs", "p50 added", "p99 added"]
    return table(head, rows) + f"""
pgbench -S, one client, {results["rounds"]} rounds of {results["seconds"]} s; what is added is the \
difference to direct in the same round.
"""


def verdicts(results):
    rows = []
    for mode, samples in results["samples"].items():
        if not {"direct", "pgbouncer", "tessera"} <= set(samples):
            continue
        for key in SHARES:
            ours, theirs = (added(samples, name, key) for name in ("tessera", "pgbouncer"))
            # The common side drops out: this is the difference of the two proxies in a round.
            apart = median(paired(ours, theirs, difference))
            rows.append(Verdict(
                f"added latency, one client, {mode}, {key}",
                f"≤ PgBouncer's {median(theirs):.0f} µs",
                f"{median(ours):.0f} µs; {apart:+.0f} µs in the same round", apart <= 0))
    return rows
