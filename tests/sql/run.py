#!/usr/bin/python3
"""Runs tests/sql/*.sql on one plain PostgreSQL and through Tessera, and compares what a client sees.

    tests/sql/run.py [--all] [--layout NAME]... [--mode simple|text|binary]... [FILE]...

Each file runs in every layout (rules.py) and in modes: simple protocol; extended with text results;
prepared, described and executed with binary parameters and results (the only one in layouts other
than "two" and "split", unless --all is given). With no proxy to be
built, --plain compares two plain servers, which tests this runner and its files; with --verbose it
shows what PostgreSQL answers.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import rules
from case import BadCase, parse_parameters, parse_types, read_case
from compare import as_clients_know, differences, summary
from servers import PostgresNode, Proxy, WorkDirectory, await_condition, make_locale
from setup import setup_statements
from wire import BINARY, MODES, TEXT, Stuck, Wire

# Said to the plain server in a transaction that a refusal has aborted on the other side.
ABORT = "SELECT 1/0"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--layout", action="append", choices=[x.name for x in rules.LAYOUTS])
    parser.add_argument("--mode", action="append", choices=MODES)
    parser.add_argument("--all", action="store_true", help="every layout in every mode")
    parser.add_argument("--plain", action="store_true", help="two plain servers, no proxy")
    parser.add_argument("--verbose", action="store_true", help="PostgreSQL's answers, in short")
    parser.add_argument("--show", type=int, default=40, help="differences shown in full")
    parser.add_argument("--keep-log", action="store_true", help="print the proxy's log at the end")
    return parser.parse_args()


class Rig:
    """The servers of one layout: one plain PostgreSQL, and Tessera over its shards."""

    def __init__(self, work, plain, shards, replicas, layout, proxied):
        self.layout, self.plain = layout, plain
        self.shards, self.replicas = shards[:layout.shards], replicas[:layout.shards]
        self.locale, self._work, self._proxied, self.proxy = None, work, proxied, None

    def use_locale(self, locale):
        """Databases of that locale, empty, and a proxy that has just started."""
        if self.locale == locale:
            return
        self.stop()
        for node in [self.plain, *self.shards]:
            node.make_database("shop", locale)
        self.locale = locale
        if not self._proxied:
            self.proxy = self.shards[0]
            return
        self._await_replicas()
        files = {"global.yaml": rules.global_yaml(),
                 "database-shop.yaml": rules.database_yaml(
                     self.layout, self.shards, self.replicas)}
        self.proxy = Proxy(self._work, f"proxy-{self.layout.name}-{time.monotonic_ns()}", files)

    def reset(self):
        """The starting rows, made through the proxy as a user would."""
        for server in (self.plain, self.proxy):
            wire = Wire(server.conninfo())
            for statement in setup_statements():
                try:
                    outcome = wire.run(statement)
                except Stuck as stuck:
                    raise RuntimeError(f"setup: {statement[:200]}: {stuck}") from stuck
                if outcome.sqlstate:
                    raise RuntimeError(f"setup: {statement[:200]}: {summary(outcome)}")
            wire.close()
        self._await_replicas()

    def _await_replicas(self):
        if not self.layout.replicas:
            return
        for shard, replica in zip(self.shards, self.replicas, strict=True):
            written = shard.psql("SELECT pg_current_wal_insert_lsn()")
            await_condition("the replica has replayed", lambda r=replica, w=written: r.psql(
                f"SELECT pg_last_wal_replay_lsn() >= '{w}'::pg_lsn") == "t")

    def stop(self):
        if isinstance(self.proxy, Proxy):
            self.proxy.stop()
        self.proxy = None


class Pass:
    """One file in one layout and one mode."""

    def __init__(self, rig, mode, report):
        self._rig, self._mode, self._report = rig, mode, report
        self._plain = self._tessera = None

    def run(self, blocks):
        block = blocks[0]
        try:
            self._connect()
            for block in blocks:
                if self._applies(block):
                    self._report.ran += 1
                    self._run_block(block)
        except (Stuck, ConnectionError) as error:
            self._report.add(block, self._rig.layout, self._mode, [f"{error}; file given up"])
        finally:
            self._disconnect()

    def _connect(self):
        self._plain = Wire(self._rig.plain.conninfo())
        self._tessera = Wire(self._rig.proxy.conninfo())

    def _disconnect(self):
        for wire in (self._plain, self._tessera):
            if wire:
                wire.close()
        self._plain = self._tessera = None

    def _applies(self, block):
        if block.has("locale"):
            return False
        only = block.directives.get("only")
        if only:
            return only == ("simple" if self._mode == "simple" else "extended")
        extended = block.has("params") or block.has("prepare") or block.has("execute")
        return not (extended and self._mode == "simple")

    def _run_block(self, block):
        if block.has("reconnect"):
            self._disconnect()
            self._connect()
            return
        given = self._send(self._tessera, block)
        if given.sqlstate == "0A000" and block.has("refused"):
            if given.status == "INERROR":
                self._plain.run(ABORT)
            return
        expected = self._send(self._plain, block)
        if self._report.verbose:
            print(f"{block.place} {self._mode}: {block.sql[:100]}\n    -> {summary(expected)}")
        found = differences(expected, given, block)
        spoken = expected.sqlstate or expected.notices
        if found and spoken and not differences(
                as_clients_know(expected), as_clients_know(given), block):
            self._report.actual_names += 1
            if self._report.verbose:
                print(block.place, self._mode, block.sql[:300], *found, sep="\n    ")
            return
        if not found and block.has("refused") and self._rig.layout.targets > 1 and (
                not expected.sqlstate):
            found = ["marked @refused, but it was answered (rightly): remove the mark"]
        if found:
            self._report.add(block, self._rig.layout, self._mode, found)

    def _send(self, wire, block):
        place = block.place
        if block.has("prepare"):
            name, _, types = block.directives["prepare"].partition(" ")
            return wire.prepare(name, block.sql, parse_types(types, place))
        if block.has("execute"):
            name, _, values = block.directives["execute"].partition(" ")
            result_format = BINARY if self._mode == "binary" else TEXT
            return wire.execute(name, parse_parameters(values, place), result_format)
        params = parse_parameters(block.directives.get("params", ""), place)
        return wire.run(block.sql, self._mode, params, block.copy_lines)


class Report:
    """Differences, each block's once for all layouts and modes in which it differs alike."""

    def __init__(self, verbose):
        self.ran, self.actual_names, self.verbose = 0, 0, verbose
        self._found = {}

    def add(self, block, layout, mode, lines):
        key = (block.place, block.sql, tuple(lines))
        self._found.setdefault(key, []).append(f"{layout.name}/{mode}")

    def print(self, shown_max):
        for number, ((place, sql, lines), where) in enumerate(self._found.items()):
            if number == shown_max:
                print(f"... and {len(self._found) - shown_max} more")
                break
            sql = sql if len(sql) < 500 else sql[:500] + "..."
            print(f"{place} [{', '.join(where)}]\n    {sql}\n    " + "\n    ".join(lines) + "\n")
        if self.actual_names:
            print(f"{self.actual_names} errors differ in that they name actual tables, or in their "
                  "position (known)")
        print(f"{self.ran:,} statements compared, {len(self._found)} differences")
        return not self._found


def locale_of(blocks):
    for block in blocks:
        if block.has("locale"):
            return block.directives["locale"]
    return "C.UTF-8"


def run_files(rig, files, modes, report, locales):
    """All files on one layout; databases are made anew only when a file has changed them."""
    for locale in ("C.UTF-8", "en_US.UTF-8"):
        mine = [(path, blocks) for path, blocks in files if locale_of(blocks) == locale]
        if not mine:
            continue
        if locale != "C.UTF-8" and not locales:
            print(f"NOT TESTED: {locale} cannot be made here (is package locales installed?): "
                  + ", ".join(path.name for path, _ in mine))
            continue
        rig.use_locale(locale)
        dirty = True
        for _, blocks in mine:
            for mode in modes:
                try:
                    if dirty:
                        rig.reset()
                except RuntimeError as error:
                    # One file's fault must not hide the others: they get new servers.
                    report.add(blocks[0], rig.layout, mode, [str(error)])
                    rig.stop()
                    rig.locale = None
                    rig.use_locale(locale)
                    rig.reset()
                Pass(rig, mode, report).run(blocks)
                dirty = any(block.writes for block in blocks)


def modes_of(layout, options):
    """All modes where layouts differ most; elsewhere the one that exercises most of the protocol."""
    if options.mode:
        return options.mode
    return MODES if options.all or options.plain or layout.name in ("two", "split") else ["binary"]


def start_nodes(work, layouts, locales):
    plain = PostgresNode(work, "plain", locale_dir=locales)
    shards = [PostgresNode(work, f"shard_{n}", locale_dir=locales)
              for n in range(max(layout.shards for layout in layouts))]
    replicas = []
    if any(layout.replicas for layout in layouts):
        replicas = [PostgresNode(work, f"replica_{n}", shards[n], locales) for n in range(2)]
    return plain, shards, replicas


def run_layouts(work, options, files):
    chosen = options.layout or [layout.name for layout in rules.LAYOUTS]
    layouts = [layout for layout in rules.LAYOUTS if layout.name in chosen]
    if options.plain:
        layouts = [rules.Layout("plain", 1)]
    locales = make_locale(work)
    report, nodes = Report(options.verbose), []
    try:
        plain, shards, replicas = start_nodes(work, layouts, locales)
        nodes = [plain, *shards, *replicas]
        for layout in layouts:
            began = time.monotonic()
            rig = Rig(work, plain, shards, replicas, layout, not options.plain)
            try:
                run_files(rig, files, modes_of(layout, options), report, locales)
            except RuntimeError as error:
                report.add(files[0][1][0], layout, "all", [str(error)])
            finally:
                if options.keep_log and isinstance(rig.proxy, Proxy):
                    print(rig.proxy.log_tail(200))
                rig.stop()
            print(f"layout {layout.name}: {time.monotonic() - began:.1f} s", flush=True)
    finally:
        for node in nodes:
            node.stop()
    return report


def main():
    options = parse_arguments()
    paths = options.files or sorted(HERE.glob("*.sql"))
    try:
        files = [(path, read_case(path)) for path in paths]
    except BadCase as error:
        sys.exit(f"run.py: {error}")
    work = WorkDirectory()
    try:
        report = run_layouts(work, options, files)
    finally:
        work.remove()
    return 0 if report.print(options.show) else 1


if __name__ == "__main__":
    sys.exit(main())
