"""System calls per transaction, counted by the kernel while nobody is slowed down (perf stat): under
load, where one epoll_wait serves several clients, and with one client."""

import re
import subprocess

from measure import pgbench_command, read_pgbench, run_pgbench, table
from stage import pgbench_environment

TITLE = "System calls per transaction"
TARGETS = ("relay", "coroutine", "haproxy", "pgbouncer", "tessera", "tessera-2threads",
           "tessera-2shards")
CLIENTS = (8, 1)
CALLS = ("recvfrom", "recvmsg", "read", "readv", "sendto", "sendmsg", "write", "writev",
         "io_uring_enter", "epoll_wait", "epoll_pwait", "epoll_ctl", "timerfd_settime", "futex",
         "clock_gettime")


def counted(target, mode, clients, seconds):
    """Calls for each transaction by name, and "all"."""
    events = ["raw_syscalls:sys_enter"] + [f"syscalls:sys_enter_{call}" for call in CALLS]
    command = ["perf", "stat", "-x", ",", "-e", ",".join(events), "-p", str(target.pid), "--",
               *pgbench_command(target, mode, clients, "-T", seconds)]
    ran = subprocess.run(command, env=pgbench_environment(), text=True, capture_output=True,
                         check=False, timeout=seconds + 60)
    counts = read_perf(ran.stderr)
    if ran.returncode != 0 or not counts.get("all"):
        raise RuntimeError(f"perf could not count: {ran.stderr.strip()[-300:]}")
    return per_transaction(counts, read_pgbench(ran.stdout).count)


def read_perf(text):
    """{call: count} of `perf stat -x ,`; raw_syscalls are "all"."""
    counts = {}
    for count, name in re.findall(r"^(\d+),[^,]*,\w+:sys_enter_?(\w*),", text, re.M):
        name = {"": "all", "epoll_pwait": "epoll_wait"}.get(name, name)
        counts[name] = counts.get(name, 0) + int(count)
    return counts


def per_transaction(counts, transactions):
    """What is named for nothing is "other"."""
    named = sum(count for name, count in counts.items() if name != "all")
    counts = dict(counts, other=counts["all"] - named)
    return {name: count / transactions for name, count in counts.items()}


def measure(stage, options):
    wanted = [name for name in options.targets or TARGETS if name in TARGETS]
    results = {}
    for name in wanted:
        target = stage.target(name)
        for mode in options.modes:
            run_pgbench(pgbench_command(target, mode, max(CLIENTS), "-t", 100), 60)
            results.setdefault(mode, {})[name] = [
                counted(target, mode, clients, options.seconds) for clients in CLIENTS]
    return results


def describe(counts):
    names = sorted((name for name in counts if name != "all"), key=lambda name: -counts[name])
    return (f"{counts['all']:.2f}",
            ", ".join(f"{name} {counts[name]:.2f}" for name in names if counts[name] >= 0.01))


def section(results):
    rows = [[mode, name, *(word for counts in one for word in describe(counts))]
            for mode, by_name in results.items() for name, one in by_name.items()]
    head = [word for clients in CLIENTS
            for word in (f"{clients} client{'s' * (clients > 1)}", "of which")]
    return table(["protocol", "proxy", *head], rows)


def verdicts(_):
    return []
