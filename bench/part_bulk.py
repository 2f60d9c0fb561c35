"""Large results: what a proxy takes to pass on 100 MB, of small rows and of rows of 1 MB each, and
how much its memory grows meanwhile."""

import os
import socket
import struct
import sys
import time

import psycopg

from measure import (Verdict, cpu_of, forget_peak, median, memory_of, paired, spread, table, turned)

TITLE = "Large results"
TARGETS = ("direct", "relay", "coroutine", "haproxy", "pgbouncer", "tessera")
TABLES = {"small rows": "bulk_small", "1 MB rows": "bulk_large"}
SCHEMA = """\
SET ROLE shop;
CREATE TABLE IF NOT EXISTS bulk_small (id integer, word text);
CREATE TABLE IF NOT EXISTS bulk_large (id integer, word text);
ALTER TABLE bulk_large ALTER word SET STORAGE EXTERNAL;
TRUNCATE bulk_small, bulk_large;
INSERT INTO bulk_small SELECT n, repeat('s', 76) FROM generate_series(1, 1050000) AS n;
INSERT INTO bulk_large SELECT n, repeat('l', 1024 * 1024) FROM generate_series(1, 100) AS n;
ANALYZE bulk_small, bulk_large;
"""
CPU_BAR = 1.2
FLAT_KIB = 1024  # a hundredth of the result; one row of the large ones
READY = b"Z\x00\x00\x00\x05I"


def open_client(port):
    return psycopg.connect(host="127.0.0.1", port=port, user="shop", password="shop",
                           dbname="shop", autocommit=True)


def drain(client, sql):
    """Sends `sql` past the library, which would keep the rows, and drops the reply; its bytes."""
    query = sql.encode() + b"\0"
    with socket.socket(fileno=os.dup(client.fileno())) as raw:
        raw.settimeout(120)
        os.set_blocking(raw.fileno(), True)
        raw.sendall(b"Q" + struct.pack("!I", len(query) + 4) + query)
        buffer, total, tail = bytearray(256 * 1024), 0, b""
        while tail != READY:
            got = raw.recv_into(buffer)
            if got == 0:
                raise RuntimeError(f"the connection ended after {total} bytes of \"{sql}\"")
            total += got
            tail = (tail + bytes(buffer[max(0, got - len(READY)):got]))[-len(READY):]
        os.set_blocking(raw.fileno(), False)
    return total


def run_once(target, client, name):
    sample = {}
    if target.pid:
        forget_peak(target.pid)
        resident, before = memory_of(target.pid)["rss"], cpu_of(target.pid)
    began = time.monotonic()
    sample["bytes"] = drain(client, f"SELECT * FROM {name}")
    sample["seconds"] = time.monotonic() - began
    if target.pid:
        sample["cpu_ms"] = (cpu_of(target.pid) - before).total * 1e3
        sample["growth_kib"] = max(0, memory_of(target.pid)["peak"] - resident)
    if sample["bytes"] < 100_000_000:
        raise RuntimeError(f"{name} through {target.name}: only {sample['bytes']} bytes")
    return sample


def measure(stage, options):
    stage.node().psql(SCHEMA, "shop")
    wanted = [name for name in options.targets or TARGETS if name in TARGETS]
    pairs = []
    for name in wanted:
        target = stage.target(name)
        client = open_client(target.port)
        client.execute("SELECT 1")
        pairs.append((target, client))
    samples = {kind: {name: [] for name in wanted} for kind in TABLES}
    for number in range(options.rounds):
        for kind, name in TABLES.items():
            for target, client in turned(pairs, number):
                samples[kind][target.name].append(run_once(target, client, name))
        print(f"bulk: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    for _, client in pairs:
        client.close()
    return {"rounds": options.rounds, "samples": samples}


def column(samples, name, key):
    return [sample[key] for sample in samples[name]]


def section(results):
    rows = []
    for kind, samples in results["samples"].items():
        for name in samples:
            cpu = ratio = growth = "–"
            if name != "direct":
                cpu = spread(column(samples, name, "cpu_ms"), 0)
                growth = f"{max(column(samples, name, 'growth_kib')):,}"
                if "haproxy" in samples:
                    ratio = spread(paired(column(samples, name, "cpu_ms"),
                                          column(samples, "haproxy", "cpu_ms")), 2)
            rows.append([kind, name, f"{samples[name][0]['bytes'] / 1e6:.0f}",
                         spread(column(samples, name, "seconds"), 2), cpu, ratio, growth])
    head = ["result", "through", "MB", "s", "proxy's CPU, ms", "over HAProxy's",
            "most that memory grew, KiB"]
    return table(head, rows) + f"""
One client that drops what it reads; {results["rounds"]} rounds, interleaved, the first one with no \
warming up. What memory grew by is the peak of resident memory while a result went through, over \
what was resident before.
"""


def verdicts(results):
    rows = []
    for kind, samples in results["samples"].items():
        if not {"haproxy", "tessera"} <= set(samples):
            continue
        ratios = paired(column(samples, "tessera", "cpu_ms"), column(samples, "haproxy", "cpu_ms"))
        rows.append(Verdict(f"100 MB of {kind}, CPU over HAProxy's", f"≤ {CPU_BAR:g} ×",
                            f"{spread(ratios, 2)} ×", median(ratios) <= CPU_BAR))
        growth = max(column(samples, "tessera", "growth_kib"))
        rows.append(Verdict(f"100 MB of {kind}, memory", f"flat: ≤ {FLAT_KIB} KiB more",
                            f"{growth:,} KiB more", growth <= FLAT_KIB))
    return rows
