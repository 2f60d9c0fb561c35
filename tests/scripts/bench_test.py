"""The arithmetic of the benchmarks, and how they read what their instruments say."""

import sys
import unittest
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "bench"))

import callgrind
import crowds
import measure
import part_cpu
import part_latency
import part_syscalls
import run

PGBENCH = """\
number of transactions actually processed: 20000
latency average = 0.041 ms
tps = 24105.337 (without initial connection time)
"""
PERF = """\
72000,,raw_syscalls:sys_enter,2000,100.00,,
40000,,syscalls:sys_enter_recvfrom,2000,100.00,,
20000,,syscalls:sys_enter_sendto,2000,100.00,,
0,,syscalls:sys_enter_readv,2000,100.00,,
"""
PROFILE = """\
version: 1
events: Ir

ob=(1) /opt/bin/tessera-proxy
fl=(1) /src/proxy/session/relay.cpp
fn=(1) tessera::session::Session::relay(int)
16 100
+3 20
fi=(2) /usr/include/boost/asio/read.hpp
* 7
fe=(1)
cob=(2) /lib/x86_64-linux-gnu/libc.so.6
cfi=(3) ???
cfn=(2) malloc
calls=2 0
+1 50

ob=(2)
fl=(3)
fn=(2)
0 50
"""


def samples(cpu):
    """Three rounds of one target."""
    return [{"tps": 1000.0, "cpu": one, "user": one / 10, "system": one * 0.9} for one in cpu]


def by_target(**cpu):
    return {name: samples(values) for name, values in cpu.items()}


class Arithmetic(unittest.TestCase):
    def test_a_ratio_is_of_one_round_and_the_median_of_the_ratios(self):
        # The machine was twice as slow in the second round: that is no difference of the two.
        ratios = measure.paired([11, 22, 33], [10, 20, 10])
        self.assertEqual(ratios, [1.1, 1.1, 3.3])
        self.assertEqual(measure.median(ratios), 1.1)

    def test_rounds_of_different_number_are_an_error(self):
        with self.assertRaises(ValueError):
            measure.paired([1, 2], [1])

    def test_a_quantile_is_a_value_that_occurred(self):
        times = list(range(1, 101))
        self.assertEqual(measure.quantile(times, 0.99), 100)
        self.assertEqual(measure.quantile(times, 0.5), 51)
        self.assertEqual(measure.quantile([7], 0.99), 7)

    def test_every_target_begins_a_round_in_turn(self):
        firsts = [measure.turned(["a", "b", "c"], number)[0] for number in range(4)]
        self.assertEqual(firsts, ["a", "b", "c", "a"])


class Instruments(unittest.TestCase):
    def test_pgbench(self):
        self.assertEqual(measure.read_pgbench(PGBENCH), measure.Run(24105.337, 20000))

    def test_the_log_of_pgbench(self):
        self.assertEqual(part_latency.read_log("0 1 312 0 170 5\n0 2 290 0 170 9\n"), [312, 290])

    def test_what_perf_counts_beside_the_named_calls_is_other(self):
        counts = part_syscalls.per_transaction(part_syscalls.read_perf(PERF), 10_000)
        self.assertEqual(counts, {"all": 7.2, "recvfrom": 4.0, "sendto": 2.0, "readv": 0.0,
                                  "other": 1.2})

    def test_callgrind_counts_by_function_and_by_the_source_of_each_line(self):
        profile = callgrind.Reader().read(PROFILE)
        relay = "tessera::session::Session::relay(int)"
        self.assertEqual(profile.own, {relay: 127, "malloc": 50})
        self.assertEqual(profile.inclusive, {relay: 177, "malloc": 50})
        self.assertEqual(profile.layers, {"proxy/session": 120, "Asio": 7, "libc": 50})

    def test_two_runs_are_subtracted(self):
        few = callgrind.Reader().read(PROFILE)
        many = callgrind.Reader().read(PROFILE.replace("16 100", "16 300"))
        one = many.per_transaction(few, 100)
        self.assertEqual(one.total, 2.0)
        self.assertEqual(one.layers["libc"], 0)

    def test_long_names_lose_their_arguments(self):
        name = "tessera::session::Session::relay(std::pair<int, int>) [clone .actor]"
        self.assertEqual(callgrind.shorten(name), "session::Session::relay [coroutine]")


class Failures(unittest.TestCase):
    OUTCOME = {"clients": 10, "served": 9, "lost": 0, "notes": ["127.0.0.2:40000, asking: closed"],
               "tcp": {"OutRsts": 1}, "log": ["no more memory"]}

    def test_a_crowd_that_was_served_needs_no_explanation(self):
        self.assertEqual(crowds.explanation("tessera", dict(self.OUTCOME, served=10)), "")

    def test_a_failure_comes_with_its_notes_the_counters_and_the_log(self):
        text = crowds.explanation("tessera", self.OUTCOME)
        for line in ("- 127.0.0.2:40000, asking: closed", "OutRsts 1.", "    no more memory"):
            self.assertIn(line, text)

    def test_of_the_counters_only_trouble_that_grew_is_told(self):
        before = {"ListenDrops": 3, "OutRsts": 2, "InSegs": 5, "TCPAbortOnClose": 0}
        after = {"ListenDrops": 7, "OutRsts": 2, "InSegs": 9, "TCPAbortOnClose": 1}
        self.assertEqual(measure.tcp_trouble(before, after),
                         {"ListenDrops": 4, "TCPAbortOnClose": 1})

    def test_the_kernel_has_the_counters(self):
        self.assertLessEqual({"ListenOverflows", "OutRsts", "TCPAbortOnClose"},
                             set(measure.tcp_counts()))


class Verdicts(unittest.TestCase):
    def verdicts(self, ours):
        results = {"samples": {"simple": by_target(
            direct=[0, 0, 0], relay=[16, 16, 16], coroutine=[17, 17, 17],
            pgbouncer=[18, 18, 18], tessera=ours)}}
        return {one.measure: one.met for one in part_cpu.verdicts(results)}

    def test_a_bar_is_met_or_not_by_the_median(self):
        met = self.verdicts([17, 18, 30])
        self.assertTrue(met["CPU per transaction, simple, over PgBouncer's"])
        missed = self.verdicts([17, 19, 19])
        self.assertFalse(missed["CPU per transaction, simple, over PgBouncer's"])
        self.assertFalse(missed["CPU per transaction, simple, over the epoll relay's"])

    def test_a_part_that_was_not_measured_meets_nothing(self):
        table = run.cost_table({})
        self.assertNotIn("yes", table)
        self.assertEqual(table.count("not measured in this run"), len(run.PARTS))

    def test_an_unknown_part_is_refused(self):
        with self.assertRaises(SystemExit):
            run.parse_arguments(["--parts", "cpu,colour"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
