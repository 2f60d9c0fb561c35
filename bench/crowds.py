"""Ten thousand clients at once: the part that idle and storm have in common."""

import json
import subprocess
import time

from measure import memory_of, tcp_counts, tcp_trouble
from stage import REPO, bin_dir

TARGETS = ("pgbouncer-transaction", "tessera")
QUERY = "SELECT abalance FROM pgbench_accounts WHERE aid = 4711"
SPARE = 500  # descriptors that a proxy needs besides its clients'
WARMED_BY = 50
LOG_LINES = 20


class Crowd:
    """Clients that have come and stay until the block ends."""

    def __init__(self, target, clients, query):
        command = [str(bin_dir() / "bench_crowd"), str(target.port), str(clients)]
        # Its limit of descriptors is the hard one: ours is small, and it raises its own.
        self._program = subprocess.Popen(command + ([query] if query else []), text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPO)
        line = self._program.stdout.readline()
        if not line:
            raise RuntimeError(f"bench_crowd ended with status {self._program.wait()}")
        self.outcome = json.loads(line)

    def leave(self):
        """How many were "lost" while they stayed, and "notes" on the first that failed."""
        out, _ = self._program.communicate(timeout=60)
        return json.loads(out)


def gather(stage, name, clients, query):
    """What happened to a crowd before a fresh proxy, and what each of them cost it in KiB."""
    if stage.descriptors < clients + SPARE:
        raise RuntimeError(f"{clients} clients need {clients + SPARE} descriptors, and the hard "
                           f"limit is {stage.descriptors}: run as root, or raise it")
    target = stage.target(name)
    Crowd(target, WARMED_BY, QUERY).leave()
    time.sleep(1)
    base, counts = memory_of(target.pid), tcp_counts()
    crowd = Crowd(target, clients, query)
    time.sleep(2)  # what is given back late is given back now
    grown, trouble = memory_of(target.pid), tcp_trouble(counts, tcp_counts())
    log = target.last_lines(LOG_LINES)  # before the crowd's leaving fills it
    outcome = dict(crowd.outcome, base_kib=base, grown_kib=grown, tcp=trouble, log=log)
    outcome.update(crowd.leave())
    for kind in ("rss", "pss"):
        outcome[f"{kind}_each"] = (grown[kind] - base[kind]) / clients
    stage.clear()
    return outcome


def explanation(name, outcome):
    """What there is to find out why clients failed by; nothing where none did."""
    failed = outcome["clients"] - outcome["served"]
    if failed + outcome["lost"] == 0:
        return ""
    notes = "".join(f"- {note}\n" for note in outcome["notes"])
    tcp = ", ".join(f"{counter} {count:,}" for counter, count in outcome["tcp"].items())
    log = "".join(f"    {line}\n" for line in outcome["log"])
    return f"""
Of a crowd before {name}, {failed:,} failed and {outcome["lost"]:,} were lost later. The first:

{notes}
The whole machine's counters of TCP, from before the first came until all had stayed a while: \
{tcp or "none grew"}. TCPAbortOnClose counts sockets that a program closed with bytes unread, \
TCPAbortOnData those that got bytes after that; other resets (OutRsts) are the kernel's own. The \
last lines of the proxy's log:

{log}"""
