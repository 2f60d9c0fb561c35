"""Instructions in user space for each transaction, counted by callgrind: exact where the clock is
not. Two runs of different length are subtracted, so that starting and logging in drop out."""

import sys

from callgrind import Reader, shorten
from measure import pgbench_command, run_pgbench, table
from stage import Target, bin_dir, free_port

TITLE = "Instructions in user space"
TARGETS = ("relay", "coroutine", "pgbouncer", "tessera")
FEW, MANY = 300, 1300
SHOWN = 30
# Threads beside the one that serves clients work by the clock, not by the transaction.
COLLECT = {"tessera": ["--toggle-collect=tessera::session::Worker::run()"]}
START_S = 180
TRIES = 3


def command_of(stage, name, port):
    if name != "tessera":
        return stage.command(name, port)
    directory = stage.directory("tessera.conf")
    for file, text in stage.tessera_files([stage.node()], 1).items():
        (directory / file).write_text(text, encoding="utf-8")
    directory.chmod(0o755)
    return [str(bin_dir() / "tessera-proxy"), "--config", str(directory), "--port", str(port)]


def profile(stage, name, mode, transactions):
    """One run of one client, of a proxy that lives for it."""
    for _ in range(TRIES):
        port, out = free_port(), stage.directory("callgrind") / "out"
        prefix = ["/usr/bin/valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                  *COLLECT.get(name, [])]
        target = stage.run(Target(name, port), command_of(stage, name, port), prefix, START_S)
        run_pgbench(pgbench_command(target, mode, 1, "-t", transactions, "--random-seed=1"), 300)
        # On a busy machine a proxy under callgrind may give up reading the schema. It then works,
        # but otherwise than it does.
        if "cannot be reached" not in target.log.read_text(encoding="utf-8", errors="replace"):
            stage.clear()
            return Reader().read(out.read_text(encoding="utf-8", errors="replace"))
        stage.clear()
    raise RuntimeError(f"{name} did not reach its server in time: is the machine busy?")


def measure(stage, options):
    wanted = [name for name in options.targets or TARGETS if name in TARGETS]
    results = {}
    for mode in options.modes:
        for name in wanted:
            few, many = (profile(stage, name, mode, count) for count in (FEW, MANY))
            one = many.per_transaction(few, MANY - FEW)
            results.setdefault(mode, {})[name] = {
                "total": one.total, "layers": dict(one.layers),
                "own": dict(one.own.most_common(SHOWN)),
                "inclusive": dict(one.inclusive.most_common(3 * SHOWN))}
            print(f"instructions: {name}, {mode}", file=sys.stderr, flush=True)
    return results


def totals(results):
    names = list(next(iter(results.values())))
    rows = [[mode, *(f"{by_name[name]['total']:,.0f}" for name in names)]
            for mode, by_name in results.items()]
    return table(["protocol", *names], rows)


def layers(by_mode):
    """Of one target, the modes side by side."""
    names = {name for one in by_mode.values() for name in one["layers"]}
    most = {name: max(one["layers"].get(name, 0) for one in by_mode.values()) for name in names}
    rows = [[name, *(f"{one['layers'].get(name, 0):,.0f}" for one in by_mode.values())]
            for name in sorted(names, key=lambda name: -most[name]) if most[name] >= 1]
    return table(["source", *by_mode], rows)


def functions(one, kind):
    """Recursion makes some inclusive counts larger than the whole: these say nothing."""
    rows = [[f"{count:,.0f}", f"`{shorten(name)}`"] for name, count in one[kind].items()
            if 5 <= count <= one["total"] * 1.001]
    return table(["instructions", "function"], rows[:SHOWN])


def section(results):
    text = totals(results) + f"""
For each transaction of pgbench -S with one client ({MANY - FEW} transactions, by the difference of \
two runs). The kernel's are not in it.
"""
    ours = {mode: by_name["tessera"] for mode, by_name in results.items() if "tessera" in by_name}
    if not ours:
        return text
    text += "\n### Where Tessera's are, by source\n\n" + layers(ours)
    for mode, one in ours.items():
        text += f"\n### Tessera, {mode}: in the function itself\n\n" + functions(one, "own")
        text += f"\n### Tessera, {mode}: with what it calls\n\n" + functions(one, "inclusive")
    return text


def verdicts(_):
    return []
