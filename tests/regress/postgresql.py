"""PostgreSQL as Debian packages it, in a folder of its own, with the sources of its regression tests.

The tests of one minor version fit the server of that version only, and the archive has the sources
of the release, not of every update: so all of it is taken from the release, whatever this machine
has installed. Nothing is installed, and the machine's own package lists stay as they are."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

SUITE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ARCHIVE = "http://deb.debian.org/debian"
PACKAGES = ("postgresql-15", "postgresql-client-15", "postgresql-server-dev-15", "libpq5")
EXTENSIONS = ("autoinc.so", "refint.so")  # of contrib/spi: the tests load them beside their own


def run(*command, cwd=None):
    ran = subprocess.run([str(word) for word in command], cwd=cwd, check=False, text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    if ran.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{ran.stdout[-2000:]}")
    return ran.stdout


class Archive:
    """apt with lists and caches of its own."""

    def __init__(self, directory):
        self._directory = directory
        for name in ("lists/partial", "cache/archives/partial"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        sources = directory / "sources.list"
        sources.write_text("".join(f"{kind} [signed-by={KEYRING}] {ARCHIVE} {SUITE} main\n"
                                   for kind in ("deb", "deb-src")), encoding="utf-8")
        self._options = [
            "-q", "-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null",
            "-o", f"Dir::State::lists={directory / 'lists'}", "-o", f"Dir::Cache={directory / 'cache'}",
            "-o", "APT::Sandbox::User=root"]

    def fetch(self, target):
        """The packages and the source of one version, into `target`."""
        run("apt-get", *self._options, "update")
        version = self._version()
        run("apt-get", *self._options, "download",
            *(f"{package}={version}" for package in PACKAGES), cwd=target)
        run("apt-get", *self._options, "--download-only", "source", f"postgresql-15={version}",
            cwd=target)

    def _version(self):
        shown = run("apt-cache", *self._options, "showsrc", "postgresql-15")
        versions = [line.split()[1] for line in shown.splitlines() if line.startswith("Version:")]
        return versions[0]


class PostgreSql:
    """Its programs and the folders of its tests."""

    def __init__(self, directory):
        self.root = directory / "root"
        self.source = directory / "source"
        self.libraries = directory / "libraries"
        self.bin = self.root / "usr/lib/postgresql/15/bin"
        tests = self.root / "usr/lib/postgresql/15/lib/pgxs/src/test"
        self.pg_regress = tests / "regress/pg_regress"
        self.pg_isolation_regress = tests / "isolation/pg_isolation_regress"
        self.environment = {"LD_LIBRARY_PATH": str(self.root / "usr/lib/x86_64-linux-gnu")}

    def build(self, downloads):
        for package in downloads.glob("*.deb"):
            run("dpkg", "-x", package, self.root)
        (archive,) = downloads.glob("*.orig.tar.*")
        with tarfile.open(archive) as packed:
            packed.extractall(self.source)
        self.source.chmod(0o755)
        self.libraries.mkdir()
        headers = self.root / "usr/include/postgresql"
        run("gcc", "-O1", "-fPIC", "-shared", "-I", headers / "15/server", "-I", headers,
            self.tests("regress") / "regress.c", "-o", self.libraries / "regress.so")
        for name in EXTENSIONS:
            shutil.copy(self.root / "usr/lib/postgresql/15/lib" / name, self.libraries)

    def tests(self, name):
        (tree,) = self.source.iterdir()
        return tree / "src/test" / name


def obtain(directory):
    """The PostgreSql in `directory`, fetched and built the first time."""
    directory = Path(directory).resolve()
    ready = PostgreSql(directory / "postgresql")
    if ready.root.exists():
        return ready
    making = directory / "postgresql.new"
    shutil.rmtree(making, ignore_errors=True)
    downloads = making / "downloads"
    downloads.mkdir(parents=True)
    Archive(making / "apt").fetch(downloads)
    PostgreSql(making).build(downloads)
    shutil.rmtree(downloads)
    shutil.rmtree(making / "apt")
    os.replace(making, directory / "postgresql")
    return ready
