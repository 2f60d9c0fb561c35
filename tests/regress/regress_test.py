"""PostgreSQL's own regression and isolation tests through a proxy with one data source, in
transaction pooling. Every test has to pass, but for those that EXPECTED names.

  regress_test.py [--build DIR] [--direct] [--keep DIR] regress|isolation [TEST...]

--direct runs them without the proxy, to see that the tests fit their server. --keep DIR leaves
results and differences there."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

# pylint: disable=wrong-import-position
from postgresql import obtain
from servers import Proxy, WorkDirectory, await_condition, bin_dir, free_port, listens, unprivileged

SUPERUSER = "postgres"
# Tests that differ through the proxy: docs/postgresql-tests.md has the reasons.
EXPECTED = {"regress": set(), "isolation": set()}
SETTINGS = {"listen_addresses": "127.0.0.1", "fsync": "off", "max_connections": "120",
            "max_prepared_transactions": "2", "max_wal_senders": "10", "jit": "off",
            "lc_messages": "C"}
DATABASE_SETTINGS = ("lc_messages TO 'C'", "lc_monetary TO 'C'", "lc_numeric TO 'C'",
                     "lc_time TO 'C'", "bytea_output TO 'hex'",
                     "timezone_abbreviations TO 'Default'")
DATABASES = {"regress": "regression", "isolation": "isolation_regression"}
GLOBAL = f"""\
authority:
  users:
  - {{user: {SUPERUSER}, password: {SUPERUSER}}}
  privilege: {{type: ALL_PERMITTED}}
"""
TESSERA = "threads: 2\n"


class Server:
    """A PostgreSQL server of the tests' own version."""

    def __init__(self, work, postgresql):
        self._postgresql = postgresql
        self.host, self.port = "127.0.0.1", free_port()
        self._directory = work.make("server")
        data = self._directory / "data"
        self.run("initdb", "-D", data, "--no-sync", "-U", SUPERUSER, "-A", "trust", "-E", "UTF8",
                 "--locale", "C")
        settings = dict(SETTINGS, port=self.port, unix_socket_directories=self._directory)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", data, *options), cwd="/", stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        await_condition("PostgreSQL listens", lambda: listens(self.port))
        await_condition("PostgreSQL answers", self._answers)

    def _command(self, program, *words):
        variables = [f"{name}={value}" for name, value in self._postgresql.environment.items()]
        return [*unprivileged(), "env", *variables, str(self._postgresql.bin / program),
                *map(str, words)]

    def run(self, program, *words):
        ran = subprocess.run(self._command(program, *words), cwd="/", check=False, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        if ran.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{ran.stdout}")
        return ran.stdout

    def psql(self, sql, dbname="postgres"):
        return self.run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.host, "-p", self.port,
                        "-U", SUPERUSER, "-d", dbname, "-c", sql)

    def _answers(self):
        try:
            return self.psql("SELECT 1") == "1\n"
        except RuntimeError:
            return False

    def make_database(self, name):
        self.psql(f"CREATE DATABASE {name} TEMPLATE template0")
        for setting in DATABASE_SETTINGS:
            self.psql(f"ALTER DATABASE {name} SET {setting}")

    def stop(self):
        self._process.send_signal(3)
        self._process.wait()


def data_source(server, database):
    return f"""\
databaseName: {database}
dataSources:
  ds_0:
    url: jdbc:postgresql://{server.host}:{server.port}/{database}
    username: {SUPERUSER}
    password: {SUPERUSER}
    maxPoolSize: 80
    minPoolSize: 1
"""


def run_suite(postgresql, work, suite, port, tests, options):
    """The names of the tests that failed, and how many ran."""
    output = work.make("output")
    source = postgresql.tests(suite)
    program = postgresql.pg_regress if suite == "regress" else postgresql.pg_isolation_regress
    schedule = source / ("parallel_schedule" if suite == "regress" else "isolation_schedule")
    variables = dict(postgresql.environment, PGPASSWORD=SUPERUSER)
    command = [*unprivileged(), "env", *(f"{name}={value}" for name, value in variables.items()),
               str(program), "--use-existing", "--host", "127.0.0.1", "--port", str(port),
               "--user", SUPERUSER, "--dbname", DATABASES[suite], "--bindir", str(postgresql.bin),
               "--dlpath", str(postgresql.libraries), "--inputdir", str(source),
               "--outputdir", str(output),
               *options, *(tests or ["--schedule", str(schedule)])]
    ran = subprocess.run(command, cwd=output, check=False, text=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    failed, passed = [], 0
    for line in ran.stdout.splitlines():
        found = re.match(r"(?:test |     )(\S+)\s+\.\.\. (ok|FAILED|failed)", line)
        if not found:
            continue
        if found[2] == "ok":
            passed += 1
        else:
            failed.append(found[1])
    if not failed and not passed:
        raise RuntimeError(f"no test ran:\n{ran.stdout}")
    return failed, passed + len(failed), output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=bin_dir().parent / "tests-regress")
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("suite", choices=DATABASES)
    parser.add_argument("tests", nargs="*")
    given = parser.parse_args()
    Path(given.build).mkdir(parents=True, exist_ok=True)
    postgresql = obtain(given.build)
    work = WorkDirectory()
    proxy = server = None
    try:
        server = Server(work, postgresql)
        database = DATABASES[given.suite]
        server.make_database(database)
        port = server.port
        if not given.direct:
            proxy = Proxy(work, "proxy", {"global.yaml": GLOBAL, "tessera.yaml": TESSERA,
                                          f"database-{database}.yaml": data_source(server, database)})
            port = proxy.port
        failed, count, output = run_suite(postgresql, work, given.suite, port, given.tests, [])
        if given.keep:
            shutil.rmtree(given.keep, ignore_errors=True)
            shutil.copytree(output, given.keep)
            if proxy:
                shutil.copy(proxy.log, given.keep)
        expected = EXPECTED[given.suite]
        print(f"{given.suite}: {count - len(failed)} of {count} passed"
              f"{' (direct)' if given.direct else ''}")
        print("".join(f"  {name}: {'differs, as documented' if name in expected else 'FAILED'}\n"
                      for name in failed), end="")
        return 0 if set(failed) <= expected else 1
    finally:
        if proxy:
            proxy.stop()
        if server:
            server.stop()
        work.remove()


if __name__ == "__main__":
    sys.exit(main())
