"""PostgreSQL nodes and proxies of one test run: on free ports, in one temporary directory, stopped
whatever happens."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

PG_BIN = Path("/usr/lib/postgresql/15/bin")
REPO = Path(__file__).resolve().parents[2]
HBA = """\
host all         postgres 127.0.0.1/32 trust
host replication postgres 127.0.0.1/32 trust
host all         all      127.0.0.1/32 scram-sha-256
"""
SETTINGS = {
    "listen_addresses": "127.0.0.1", "fsync": "off",  # commits are kept all the same: tests kill servers
    "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": "60",
    "max_prepared_transactions": "20", "wal_level": "logical", "autovacuum": "off",
    "max_wal_senders": "4", "log_min_messages": "warning", "timezone": "UTC",
}


def bin_dir():
    return Path(os.environ.get("TESSERA_BIN_DIR", REPO / "build/release/bin")).resolve()


RESERVED = []


def asan_options():
    """For a proxy that is built so; others do not look at them. What is freed is kept from being used
    again for a while, but for no more than this: tests measure the proxy's memory, not this one's."""
    return ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=8"]))


def free_port():
    """Below the range from which outgoing connections take theirs. No other test's free_port() gives
    it while this process lives, even while nothing listens there: a name among the abstract sockets
    is the sign, which ends with the process."""
    while True:
        port = random.randrange(18_000, 32_000)
        sign = socket.socket(socket.AF_UNIX)
        try:
            sign.bind(f"\0tessera-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            sign.close()
            continue
        RESERVED.append(sign)
        return port


def unprivileged():
    """The words that make a command run as another user where PostgreSQL would refuse ours."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env"]


def await_condition(what, condition, deadline_s=30.0):
    until = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {deadline_s} s: {what}")
        time.sleep(0.02)


def cancel_when_it_runs(node, text, cancel):
    """The thread, begun, that calls `cancel` as soon as a statement with `text` in it runs on `node`."""
    def wait_and_cancel():
        await_condition(f"{text} runs", lambda: node.running(text))
        cancel()

    thread = threading.Thread(target=wait_and_cancel)
    thread.start()
    return thread


def listens(port, host="127.0.0.1"):
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


class WorkDirectory:
    """A directory that PostgreSQL's user may use too; removed at the end."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="tessera-", dir="/tmp"))
        self.path.chmod(0o755)

    def make(self, name):
        made = self.path / name
        made.mkdir(mode=0o700)
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(made, account.pw_uid, account.pw_gid)
        return made

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def make_locale(work, name="en_US.UTF-8"):
    """Compiles a locale that this machine may not have; the directory, or None where it cannot.
    C.UTF-8 comes along, because LOCPATH hides the system's."""
    target = work.path / "locales"
    target.mkdir(exist_ok=True)
    system = Path("/usr/lib/locale/C.utf8")
    if not shutil.which("localedef") or not system.exists():
        return None
    shutil.copytree(system, target / "C.utf8", dirs_exist_ok=True)
    language, charset = name.split(".")
    made = subprocess.run(["localedef", "-i", language, "-f", charset, str(target / name)],
                          capture_output=True, check=False)
    return target if made.returncode == 0 else None


class PostgresNode:
    """One plain PostgreSQL server, or a streaming replica of another."""

    def __init__(self, work, name, primary=None, locale_dir=None, settings=None, hba=HBA):
        self.host, self.port = "127.0.0.1", free_port()
        self._settings = dict(SETTINGS, **(settings or {}))
        self._directory = work.make(name)
        self._environment = [f"LOCPATH={locale_dir}"] if locale_dir else []
        if primary:
            self._run("pg_basebackup", "-D", self._pgdata, "-R", "-X", "stream", "-c", "fast",
                      "-h", primary.host, "-p", str(primary.port), "-U", "postgres")
        else:
            self._run("initdb", "-D", self._pgdata, "--no-sync", "-U", "postgres", "-A", "trust",
                      "-E", "UTF8", "--locale", "C.UTF-8")
            (Path(self._pgdata) / "pg_hba.conf").write_text(hba, encoding="utf-8")
        self.start()

    @property
    def _pgdata(self):
        return str(self._directory / "data")

    @property
    def log(self):
        return self._directory / "log"

    def _run(self, program, *arguments):
        command = unprivileged() + ["env", *self._environment, str(PG_BIN / program), *arguments]
        ran = subprocess.run(command, cwd="/", check=False, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if ran.returncode != 0:
            raise RuntimeError(f"{program} failed: {ran.stdout.decode()}")

    def start(self):
        settings = dict(self._settings, port=self.port, unix_socket_directories=self._directory)
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        # Its own log file: a pipe of ours would stay open as long as the server lives.
        command = unprivileged() + ["env", *self._environment, str(PG_BIN / "pg_ctl"), "-D",
                                    self._pgdata, "-w", "-l", str(self.log), "-o", options, "start"]
        ran = subprocess.run(command, cwd="/", check=False, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if ran.returncode != 0:
            raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()}")

    def stop(self, how="immediate"):
        self._run("pg_ctl", "-D", self._pgdata, "-m", how, "stop")

    def kill(self):
        """Ends the server as a crash of its machine would: kill -9 of the postmaster."""
        pid = int((self._directory / "data/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def psql(self, sql, dbname="postgres"):
        ran = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.host, "-p",
             str(self.port), "-U", "postgres", "-d", dbname], input=sql, text=True,
            capture_output=True, check=False, timeout=60)
        if ran.returncode != 0:
            raise RuntimeError(f"psql: {ran.stderr}")
        return ran.stdout.strip()

    def running(self, text):
        """How many statements with `text` in them run now."""
        return int(self.psql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
                             f"pid <> pg_backend_pid() AND strpos(query, $text${text}$text$) > 0"))

    def make_database(self, dbname="shop", locale="C.UTF-8"):
        self.psql("DO $$ BEGIN CREATE ROLE shop LOGIN PASSWORD 'shop'; "
                  "EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n"
                  f"DROP DATABASE IF EXISTS {dbname} WITH (FORCE);\n"
                  f"CREATE DATABASE {dbname} OWNER shop TEMPLATE template0 ENCODING 'UTF8' "
                  f"LOCALE '{locale}';")

    def conninfo(self, dbname="shop"):
        return (f"host={self.host} port={self.port} user=shop password=shop dbname={dbname} "
                "application_name=test")


class Proxy:
    """A running tessera-proxy with the given files as its configuration."""

    def __init__(self, work, name, files, environment=None, arguments=()):
        self.host, self.port = "127.0.0.1", free_port()
        self.directory = work.make(name)
        for file_name, text in files.items():
            (self.directory / file_name).write_text(text, encoding="utf-8")
        self.log = self.directory / "proxy.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [bin_dir() / "tessera-proxy", "--config", self.directory, "--port", str(self.port),
                 *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ, ASAN_OPTIONS=asan_options(), **(environment or {})))
        try:
            await_condition("the proxy listens", self._listens)
        except BaseException:
            self.stop()
            raise

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the proxy ended:\n{self.log_tail()}")
        return listens(self.port)

    def log_tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def conninfo(self, dbname="shop"):
        return (f"host={self.host} port={self.port} user=shop password=shop dbname={dbname} "
                "application_name=test")

    def stop(self, deadline_s=20.0):
        """SIGTERM, and SIGKILL past the deadline. The exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode
