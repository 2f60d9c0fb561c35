"""Scripts and templates: what can be seen without starting a cluster."""

import os
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

REPO = Path(__file__).resolve().parents[2]
HAPROXY_VALUES = {
    "LISTEN": "127.0.0.1", "MASTER_PORT": "5000", "REPLICA_PORT": "5001", "STATS_PORT": "7000",
    "SOCKET": "/tmp/none.sock",
}


def run(*command, **environment):
    return subprocess.run(command, cwd=REPO, env=dict(os.environ, **environment), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def shell_scripts():
    files = run("git", "-c", f"safe.directory={REPO}", "ls-files", "scripts", "deploy", "tests",
                ".ci").stdout.splitlines()
    texts = [REPO / file for file in files if Path(file).suffix in ("", ".sh")]
    return [path for path in texts
            if path.is_file() and b"bash" in path.read_bytes().split(b"\n")[0]]


class Shell(unittest.TestCase):
    def test_every_shell_script_passes_shellcheck(self):
        scripts = shell_scripts()
        self.assertGreater(len(scripts), 10)
        checked = run("shellcheck", "-x", *map(str, scripts))
        self.assertEqual(checked.returncode, 0, checked.stdout)


class Templates(unittest.TestCase):
    def test_a_placeholder_without_value_is_an_error_that_names_it(self):
        rendered = run("deploy/render", "deploy/haproxy/haproxy.cfg", LISTEN="127.0.0.1")
        self.assertNotEqual(rendered.returncode, 0)
        self.assertIn("@MASTER_PORT@ has no value", rendered.stdout)

    def test_haproxy_accepts_its_configuration(self):
        servers = "  server shard_0_node_0 127.0.0.1:5432 check port 8008"
        rendered = run("deploy/render", "deploy/haproxy/haproxy.cfg", SERVERS=servers,
                       **HAPROXY_VALUES)
        self.assert_haproxy_accepts(rendered.stdout)

    def assert_haproxy_accepts(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
            file.write(text)
            file.flush()
            checked = run("/usr/sbin/haproxy", "-c", "-f", file.name, "-f",
                          "deploy/haproxy/container-dns.cfg")
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_haproxy_accepts_the_servers_of_compose(self):
        compose = yaml.safe_load((REPO / "docker-compose.yml").read_text(encoding="utf-8"))
        for name in ("haproxy-0", "haproxy-1"):
            servers = compose["services"][name]["environment"]["SERVERS"]
            rendered = run("deploy/render", "deploy/haproxy/haproxy.cfg", SERVERS=servers,
                           **HAPROXY_VALUES)
            self.assert_haproxy_accepts(rendered.stdout)

    @unittest.skipUnless(shutil.which("docker-compose"), "docker-compose is not installed")
    def test_compose_accepts_its_file(self):
        checked = run("docker-compose", "config", "-q")
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_every_image_of_compose_is_a_stage_of_the_dockerfile(self):
        compose = yaml.safe_load((REPO / "docker-compose.yml").read_text(encoding="utf-8"))
        stages = [line.split()[-1] for line in
                  (REPO / "deploy/Dockerfile").read_text(encoding="utf-8").splitlines()
                  if line.startswith("FROM ")]
        for service in compose["services"].values():
            self.assertIn(service["build"]["target"], stages)


class ProxyConfiguration(unittest.TestCase):
    """deploy/proxy/configure: one set of rules for any number of shards."""

    def configure(self, lines):
        with tempfile.TemporaryDirectory() as directory:
            made = subprocess.run([REPO / "deploy/proxy/configure", directory, "127.0.0.1", "6432"],
                                  input=lines, text=True, capture_output=True, check=False)
            self.assertEqual(made.returncode, 0, made.stderr)
            text = (Path(directory) / "database-shop.yaml").read_text(encoding="utf-8")
        loader = yaml.SafeLoader
        loader.add_multi_constructor("!", lambda load, tag, node: {tag: load.construct_mapping(
            node, deep=True)})
        made = yaml.load(text, Loader=loader)
        rules = {tag: body for rule in made["rules"] for tag, body in rule.items()}
        return made["dataSources"], rules

    def test_shards_with_replicas_are_readwrite_groups(self):
        sources, rules = self.configure("shard_0 h:1 h:2 a:3\nshard_1 h:4 h:5 a:6\n")
        self.assertEqual(sorted(sources), ["shard_0_read", "shard_0_write", "shard_1_read",
                                           "shard_1_write"])
        self.assertEqual(sources["shard_1_read"]["url"], "jdbc:postgresql://h:5/shop")
        self.assertEqual(sorted(rules["READWRITE_SPLITTING"]["dataSourceGroups"]),
                         ["shard_0", "shard_1"])

    def test_shards_without_replicas_are_plain_data_sources(self):
        sources, rules = self.configure("shard_0 h:1 - a:3\nshard_1 h:4 - a:6\nshard_2 h:7 - a:8")
        self.assertEqual(sorted(sources), ["shard_0", "shard_1", "shard_2"])
        self.assertNotIn("READWRITE_SPLITTING", rules)
        self.assertEqual(rules["SHARDING"]["tables"]["orders"]["actualDataNodes"],
                         "shard_${0..2}.orders")


class Refusals(unittest.TestCase):
    """What up says no to, before it starts anything."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="tessera-scripts-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        os.chmod(self.directory, 0o755)

    def up(self, *options, **environment):
        return run("scripts/up", *options, TESSERA_RUN_DIR=f"{self.directory}/run",
                   TESSERA_BIN_DIR="/nonexistent", **environment)

    def test_a_taken_port_is_an_error_that_names_its_owner(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            refused = self.up("--port", port)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(f"port {port} (proxy) is taken by pid {os.getpid()}: ", refused.stdout)

    def test_a_size_that_is_no_number_is_refused(self):
        refused = self.up("--shards", "two")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("--shards wants a number from 1 to 32", refused.stdout)

    def test_an_unknown_option_is_refused(self):
        refused = self.up("--shard", "2")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("unknown option --shard", refused.stdout)

    def test_down_without_a_cluster_is_harmless(self):
        stopped = run("scripts/down", TESSERA_RUN_DIR=f"{self.directory}/run")
        self.assertEqual(stopped.returncode, 0, stopped.stdout)
        self.assertIn("there is no cluster", stopped.stdout)

    def test_status_without_a_cluster_says_so(self):
        shown = run("scripts/status", TESSERA_RUN_DIR=f"{self.directory}/run")
        self.assertEqual(shown.returncode, 3, shown.stdout)
        self.assertIn("scripts/up starts one", shown.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
