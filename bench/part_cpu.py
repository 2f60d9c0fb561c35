"""CPU and throughput: pgbench -S with eight clients, each round every target once."""

import sys

from measure import (MODES, Verdict, cpu_of, difference, median, paired, pgbench_command,
                     run_pgbench, spread, table, turned)

TITLE = "CPU and throughput"
TARGETS = ("direct", "relay", "coroutine", "haproxy", "pgbouncer", "tessera", "tessera-2threads",
           "tessera-2shards")
CLIENTS = 8
RELAY_BAR, USER_BAR_US = 1.15, 1.0


def run_once(target, mode, seconds):
    """tps, and of the proxy µs for each transaction."""
    before = cpu_of(target.pid) if target.pid else None
    run, _ = run_pgbench(pgbench_command(target, mode, CLIENTS, "-T", seconds), seconds + 60)
    sample = {"tps": run.tps}
    if before:
        used = cpu_of(target.pid) - before
        ticks = (used.user + used.system) or 1
        sample["cpu"] = used.total * 1e6 / run.count
        sample["user"] = sample["cpu"] * used.user / ticks
        sample["system"] = sample["cpu"] * used.system / ticks
    return sample


def measure(stage, options):
    """Of each mode and target a list of samples, one for each round."""
    wanted = [name for name in options.targets or TARGETS if name in TARGETS]
    targets = [stage.target(name) for name in wanted]
    samples = {mode: {name: [] for name in wanted} for mode in options.modes}
    for mode in options.modes:
        for target in targets:  # caches, catalogs and prepared plans of all become warm
            run_once(target, mode, 1)
    for number in range(options.rounds):
        for mode in options.modes:
            for target in turned(targets, number):
                samples[mode][target.name].append(run_once(target, mode, options.seconds))
        print(f"cpu: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return {"rounds": options.rounds, "seconds": options.seconds, "samples": samples}


def column(samples, name, key):
    return [sample[key] for sample in samples[name]]


def rows_of(mode, samples):
    for name in samples:
        tps, cpu = column(samples, name, "tps"), "–"
        split = "–"
        if "cpu" in samples[name][0]:
            cpu = spread(column(samples, name, "cpu"), 1)
            split = (f"{median(column(samples, name, 'user')):.1f} + "
                     f"{median(column(samples, name, 'system')):.1f}")
        ratio = "–"
        if "direct" in samples:
            ratio = spread(paired(tps, column(samples, "direct", "tps")), 2)
        yield [mode, name, spread(tps, 0), ratio, cpu, split]


def ratio_rows(mode, samples):
    """Tessera's CPU over each other proxy's, round by round."""
    for ours in (name for name in samples if name.startswith("tessera")):
        row = [mode, ours]
        for other in ("relay", "coroutine", "haproxy", "pgbouncer"):
            row.append("–" if other not in samples else spread(
                paired(column(samples, ours, "cpu"), column(samples, other, "cpu")), 2))
        yield row


def section(results):
    by_mode = results["samples"]
    text = table(["protocol", "through", "tps", "ratio to direct", "proxy's CPU, µs/transaction",
                  "user + system"],
                 [row for mode in by_mode for row in rows_of(mode, by_mode[mode])])
    text += "\nTessera's CPU divided by that of\n\n"
    text += table(["protocol", "", "epoll relay", "coroutine relay", "HAProxy", "PgBouncer"],
                  [row for mode in by_mode for row in ratio_rows(mode, by_mode[mode])])
    return text + f"""
pgbench -S, {CLIENTS} clients. {results["rounds"]} rounds of {results["seconds"]} s, interleaved: \
medians with the smallest and the largest round. A ratio compares two runs of one round; the median \
is that of the ratios. CPU is exact (schedstat), its split into user and system is sampled at the \
clock's ticks.
"""


def verdicts(results):
    rows = []
    for mode, samples in results["samples"].items():
        if not {"tessera", "pgbouncer", "relay", "coroutine", "direct"} <= set(samples):
            continue
        cpu = {name: column(samples, name, "cpu") for name in samples if name != "direct"}
        rows += [
            verdict_of_ratio(f"CPU per transaction, {mode}, over PgBouncer's", 1.0,
                             paired(cpu["tessera"], cpu["pgbouncer"])),
            verdict_of_ratio(f"CPU per transaction, {mode}, over the epoll relay's", RELAY_BAR,
                             paired(cpu["tessera"], cpu["relay"])),
            verdict_of_user(mode, samples), verdict_of_throughput(mode, samples)]
    return rows


def verdict_of_ratio(what, bar, ratios):
    return Verdict(what, f"≤ {bar:g} ×", f"{spread(ratios, 3)} ×", median(ratios) <= bar)


def verdict_of_user(mode, samples):
    added = paired(column(samples, "tessera", "user"), column(samples, "coroutine", "user"),
                   difference)
    # The ticks of one round are few: their sum over the rounds is the better estimate.
    mean = sum(added) / len(added)
    return Verdict(f"user space above the coroutine relay, {mode}", f"≤ {USER_BAR_US:g} µs",
                   f"{mean:.2f} µs (rounds {min(added):.2f} to {max(added):.2f})",
                   mean <= USER_BAR_US)


def verdict_of_throughput(mode, samples):
    tps = {name: column(samples, name, "tps") for name in ("tessera", "pgbouncer", "direct")}
    ours, theirs = (median(paired(tps[name], tps["direct"])) for name in ("tessera", "pgbouncer"))
    ratios = paired(tps["tessera"], tps["pgbouncer"])
    return Verdict(f"throughput ratio to direct, {mode}", f"≥ PgBouncer's {theirs:.3f}",
                   f"{ours:.3f}; over PgBouncer's {spread(ratios, 2)}", ours >= theirs)
