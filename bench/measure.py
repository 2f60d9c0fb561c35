"""The instruments: pgbench, /proc, and the arithmetic of paired rounds."""

import os
import re
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from stage import pgbench_environment

MODES = ("simple", "extended", "prepared")
TCP_TROUBLE = re.compile("Abort|Drop|Fail|Listen|ReqQ|Reset|Rst|Syncookie|SynRetrans|Timeouts")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class Cpu:
    """Seconds. `total` is exact; how it splits is sampled at the clock's ticks."""

    total: float
    user: float
    system: float

    def __sub__(self, other):
        return Cpu(self.total - other.total, self.user - other.user, self.system - other.system)


def cpu_of(pid):
    """What the threads of a process, as they are now, have taken since each began."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user, system = (int(fields[n]) / TICKS_PER_SECOND for n in (11, 12))
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    exact = sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9
    return Cpu(exact or user + system, user, system)


def memory_of(pid):
    """KiB: resident now, its share of what processes share counted proportionally, and the peak."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    text += Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    words = {"rss": "VmRSS", "peak": "VmHWM", "pss": "Pss"}
    return {name: int(re.search(rf"^{word}:\s+(\d+) kB", text, re.M)[1])
            for name, word in words.items()}


def forget_peak(pid):
    """The peak of resident memory counts from here on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def tcp_counts():
    """The kernel's counters of TCP, by name. They are those of the whole machine."""
    counts = {}
    for file in ("snmp", "netstat"):
        lines = Path(f"/proc/net/{file}").read_text(encoding="ascii").splitlines()
        for names, values in zip(lines[::2], lines[1::2], strict=True):
            if names.startswith(("Tcp:", "TcpExt:")):
                counts.update(zip(names.split()[1:], map(int, values.split()[1:]), strict=True))
    return counts


def tcp_trouble(before, after):
    """Of the counters that grew, those that tell of connections refused, dropped or reset."""
    return {name: after[name] - before[name] for name in after
            if TCP_TROUBLE.search(name) and after[name] > before[name]}


@dataclass
class Run:
    """One run of pgbench."""

    tps: float
    count: int


def pgbench_command(target, mode, clients, *options):
    return ["pgbench", "-n", "-S", "-c", str(clients), "-j", str(min(clients, 2)), "-M", mode,
            *map(str, options), "-h", "127.0.0.1", "-p", str(target.port), "-U", "shop", "shop"]


def run_pgbench(command, deadline_s, cwd=None):
    """Raises where anything failed: a number from half a run is worse than none."""
    ran = subprocess.run(command, env=pgbench_environment(), text=True, capture_output=True,
                         check=False, timeout=deadline_s, cwd=cwd)
    if ran.returncode != 0 or "aborted" in ran.stderr:
        raise RuntimeError(f"{' '.join(command)}:\n{ran.stdout}{ran.stderr}")
    return read_pgbench(ran.stdout), ran.stderr


def read_pgbench(text):
    return Run(float(re.search(r"tps = ([\d.]+)", text)[1]),
               int(re.search(r"actually processed: (\d+)", text)[1]))


def quantile(values, share):
    """The nearest rank: a value that occurred."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def median(values):
    return statistics.median(values)


def paired(first, second, combine=lambda a, b: a / b):
    """What each round says by itself; the machine's noise is common to both sides of a round."""
    return [combine(a, b) for a, b in zip(first, second, strict=True)]


def difference(a, b):
    return a - b


def spread(values, digits):
    """The median with the smallest and the largest."""
    return (f"{median(values):,.{digits}f} "
            f"({min(values):,.{digits}f} to {max(values):,.{digits}f})")


def turned(items, number):
    """Each round begins with another one, so that none always follows the same neighbour."""
    number %= len(items)
    return items[number:] + items[:number]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


@dataclass
class Verdict:
    """One bar of the table of costs."""

    measure: str
    bar: str
    measured: str
    met: bool | None  # None: not measured
