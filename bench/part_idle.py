"""Memory that an idle client takes: thousands that have logged in and do nothing."""

from crowds import QUERY, TARGETS, explanation, gather
from measure import Verdict, table

TITLE = "Idle clients"
BAR_KIB = 6.0
KINDS = {"logged in": "", "logged in, one query": QUERY}


def measure(stage, options):
    wanted = [name for name in options.targets or TARGETS if name in TARGETS]
    return {kind: {name: gather(stage, name, options.clients, query) for name in wanted}
            for kind, query in KINDS.items()}


def section(results):
    rows = [[kind, name, f"{one['served']:,} of {one['clients']:,}", f"{one['rss_each']:.2f}",
             f"{one['pss_each']:.2f}", f"{one['base_kib']['rss']:,}", f"{one['grown_kib']['rss']:,}"]
            for kind, by_name in results.items() for name, one in by_name.items()]
    why = "".join(explanation(name, one)
                  for by_name in results.values() for name, one in by_name.items())
    return table(["clients", "proxy", "there", "RSS each, KiB", "PSS each, KiB", "base RSS, KiB",
                  "RSS with all, KiB"], rows) + f"""
Each over the base: the same proxy after 50 clients had come, asked and left. The kernel's memory \
for the sockets is not in it. PgBouncer pools by transaction here.
{why}"""


def verdicts(results):
    rows = []
    for kind, by_name in results.items():
        ours = by_name.get("tessera")
        theirs = by_name.get("pgbouncer-transaction")
        if ours is None:
            continue
        beside = f" (PgBouncer {theirs['rss_each']:.2f})" if theirs else ""
        met = ours["rss_each"] <= BAR_KIB and ours["served"] == ours["clients"]
        rows.append(Verdict(f"memory per idle client, {ours['clients']:,} of them, {kind}",
                            f"≤ {BAR_KIB:g} KiB", f"{ours['rss_each']:.2f} KiB{beside}", met))
    return rows
