"""A storm: thousands of clients connect in the same moment, run one query and stay."""

import sys

from crowds import QUERY, TARGETS, explanation, gather
from measure import Verdict, median, spread, table

TITLE = "Storm"
ROUNDS = 3


def measure(stage, options):
    wanted = [name for name in options.targets or TARGETS if name in TARGETS]
    rounds = min(ROUNDS, options.rounds)
    results = {name: [] for name in wanted}
    for number in range(rounds):
        for name in wanted:
            results[name].append(gather(stage, name, options.clients, QUERY))
        print(f"storm: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return results


def failures(rounds):
    counts = {}
    for one in rounds:
        for why, count in one["failures"].items():
            counts[why] = counts.get(why, 0) + count
    return ", ".join(f"{why}: {count}" for why, count in counts.items()) or "none"


def section(results):
    rows = []
    for name, rounds in results.items():
        rows.append([name, f"{min(one['served'] for one in rounds):,} of {rounds[0]['clients']:,}",
                     failures(rounds), str(sum(one["lost"] for one in rounds))]
                    + [spread([one[key] for one in rounds], 0)
                       for key in ("p50_ms", "p99_ms", "max_ms")]
                    + [spread([one["seconds"] for one in rounds], 1)])
    head = ["proxy", "served, worst round", "failures", "lost later", "p50, ms", "p99, ms",
            "longest, ms", "all, s"]
    why = "".join(explanation(name, one) for name, rounds in results.items() for one in rounds)
    return table(head, rows) + f"""
From connect() to the end of the query's reply, all clients at once, SCRAM-SHA-256, before a fresh \
proxy; {len(next(iter(results.values()), []))} rounds. PgBouncer pools by transaction here.
{why}"""


def verdicts(results):
    rounds = results.get("tessera")
    if not rounds:
        return []
    served, clients = min(one["served"] for one in rounds), rounds[0]["clients"]
    lost = sum(one["lost"] for one in rounds)
    p99 = median([one["p99_ms"] for one in rounds])
    return [Verdict(f"{clients:,} clients connect, run one query, stay", "all served, none refused",
                    f"{served:,} served in the worst of {len(rounds)} rounds, {lost} lost later; "
                    f"p99 {p99:,.0f} ms", served == clients and lost == 0)]
