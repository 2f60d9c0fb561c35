#!/usr/bin/python3
"""Random statements over the shop, on one plain PostgreSQL and through Tessera.

    tests/sql/random_differential.py [--queries N] [--seed S] [--layout NAME]... [--all] [--plain]
                                     [--mode simple|text|binary] [--kind KIND] [--print]

Each statement comes from its own seed (S, S + 1, ...): a failing one is run alone by --seed THAT
--queries 1. Of four seeds one is an everyday query, two are nasty ones (random_queries.py), one is
a write (random_writes.py), which is rolled back. --kind lists runs statements with lists of
constants of random lengths (random_lists.py) instead. A refusal (0A000) is right but counts: with too
many of them the test says nothing.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import rules
from case import Block
from compare import differences, summary
from random_everyday import Everyday
from random_lists import Lists
from random_statements import Nasty
from run import Rig, start_nodes
from servers import WorkDirectory
from wire import MODES, Stuck, Wire

KINDS = ("everyday", "query", "write", "query")
LISTS = "lists"  # only where --kind asks for it: all of a run are of few shapes
# Of the statements of one kind. Nasty ones are made to be on the border of what is possible.
REFUSED_SHARE_MAX = {"everyday": 0.35, "query": 0.75, "write": 0.6, LISTS: 0.25}
TIMEOUT_MS = 5000
CANCELED = "57014"
# 22023: an INLINE expression has no node for a negative key, which is the rule's own answer.
REFUSALS = ("0A000", "22023")
LOST = "-----"  # libpq's own error: the connection is gone


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="ten times the queries, three layouts")
    parser.add_argument("--plain", action="store_true", help="two plain servers, no proxy")
    parser.add_argument("--layout", action="append", choices=[x.name for x in rules.LAYOUTS])
    parser.add_argument("--mode", choices=MODES)
    parser.add_argument("--kind", choices=sorted({*KINDS, LISTS}))
    parser.add_argument("--print", action="store_true", help="every statement and what became of it")
    return parser.parse_args()


class Trial:
    """Statements on two connections, and what became of them."""

    def __init__(self, rig, options):
        self._rig, self._options = rig, options
        self._wires = []
        self.counts, self.reasons = Counter(), Counter()

    def run(self, seed):
        kind = self._options.kind or KINDS[seed % len(KINDS)]
        mode = self._options.mode or MODES[seed // len(KINDS) % len(MODES)]
        if kind == "everyday":
            statement = Everyday(seed).statement()
        elif kind == LISTS:
            statement = Lists(seed, mode).statement()
        else:
            statement = Nasty(seed, mode).statement(kind)
        fate, lines = self._fate(statement, mode)
        self.counts[kind, fate] += 1
        if self._options.print or fate == "differs":
            shown = [f"    ${n} = {value}" for n, value in enumerate(statement.params, 1)]
            head = f"seed {seed} [{self._rig.layout.name}/{mode}] {kind} {fate}"
            print("\n".join([head, f"    {statement.sql}", *shown, *lines]), flush=True)

    def _fate(self, statement, mode):
        try:
            self._connect()
            found = self._compare(statement, mode)
        except Stuck as stuck:
            self.close()
            return "differs", [f"    {stuck}"]
        if isinstance(found, str):
            return found, []
        return "differs", [f"    {line}" for line in found]

    def _compare(self, statement, mode):
        """What became of the statement, or the lines of a difference."""
        if not statement.writes:
            return self._compare_one(statement, mode)
        for wire in self._wires:
            wire.run("BEGIN")
        found = self._compare_one(statement, mode)
        if found == "answered" and statement.writes:
            after = self._compare_one(replace(
                statement, sql=f"SELECT * FROM {statement.writes}", params=[]), "simple")
            found = found if after == "answered" else ["afterwards:", *after]
        for wire in self._wires:
            wire.run("ROLLBACK")
        return found

    def _compare_one(self, statement, mode):
        block = Block("random", 0, statement.sql, {"approximate": ""})
        if statement.ordered:
            block.directives["ordered"] = ""
        expected, given = (wire.run(statement.sql, mode, statement.params) for wire in self._wires)
        if given.sqlstate == LOST:
            self.close()
        if CANCELED in (expected.sqlstate, given.sqlstate):
            return "slow"
        if given.sqlstate in REFUSALS and expected.sqlstate != given.sqlstate:
            self.reasons[summary(given)] += 1
            return "refused"
        if expected.sqlstate and expected.sqlstate == given.sqlstate:
            # Where it stands in the text: behind or in the middle of a list.
            places = [outcome.results[-1].error.get("position") for outcome in (expected, given)]
            same = self._options.kind != LISTS or places[0] == places[1]
            return "error" if same else [f"error {expected.sqlstate} at {places[0]}, {places[1]}"]
        return differences(expected, given, block) or "answered"

    def _connect(self):
        if self._wires:
            return
        self._wires = [Wire(self._rig.plain.conninfo()), Wire(self._rig.proxy.conninfo())]
        for wire in self._wires:
            wire.run(f"SET statement_timeout = {TIMEOUT_MS}")

    def close(self):
        for wire in self._wires:
            wire.close()
        self._wires = []


def report(layout, counts, seconds):
    """Prints the numbers; true when they are good."""
    good = True
    for kind in sorted({kind for kind, _ in counts}):
        fates = {fate: count for (of, fate), count in counts.items() if of == kind}
        total = sum(fates.values())
        share = fates.get("refused", 0) / total
        print(f"layout {layout.name}: {total:,} of kind {kind}: "
              + ", ".join(f"{count:,} {fate}" for fate, count in sorted(fates.items()))
              + f"; {share:.0%} refused", flush=True)
        good = good and not fates.get("differs")
        if share > REFUSED_SHARE_MAX[kind] and total > 50:
            print("too many refusals to say anything")
            good = False
    print(f"layout {layout.name}: {seconds:.1f} s", flush=True)
    return good


def run_layout(rig, options, queries):
    began = time.monotonic()
    rig.use_locale("C.UTF-8")
    rig.reset()
    trial = Trial(rig, options)
    for seed in range(options.seed, options.seed + queries):
        trial.run(seed)
    trial.close()
    if options.print:
        print("\n".join(f"{count:5} {reason}" for reason, count in trial.reasons.most_common()))
    return report(rig.layout, trial.counts, time.monotonic() - began)


def chosen_layouts(options):
    if options.plain:
        return [rules.Layout("plain", 1)]
    default = ["two", "three", "split"] if options.all else ["two", "split"]
    names = options.layout or default
    return [layout for layout in rules.LAYOUTS if layout.name in names]


def main():
    options = parse_arguments()
    queries = options.queries * (10 if options.all else 1)
    layouts = chosen_layouts(options)
    work, nodes, good = WorkDirectory(), [], True
    try:
        plain, shards, replicas = start_nodes(work, layouts, None)
        nodes = [plain, *shards, *replicas]
        for layout in layouts:
            rig = Rig(work, plain, shards, replicas, layout, not options.plain)
            try:
                good = run_layout(rig, options, queries) and good
            finally:
                rig.stop()
    finally:
        for node in nodes:
            node.stop()
        work.remove()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
