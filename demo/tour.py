#!/usr/bin/python3
"""Runs demo/tour.sql with psql and shows each statement with its output.

    demo/tour.py                     print the tour as Markdown
    demo/tour.py --write README.md   put it between the tour's marks in README.md
    demo/tour.py --check README.md   fail when README.md shows another output

All take --host, --port, --user, --password and --dbname of a loaded demo shop.
"""

import argparse
import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

BEGIN = "<!-- The tour: written by demo/tour.py --write README.md -->"
END = "<!-- End of the tour -->"
SPLIT = "=====tessera-tour====="
TOUR = Path(__file__).with_name("tour.sql")


class Stop:
    """One stop of the tour: what is worth knowing, the statements, what psql printed."""

    def __init__(self, text):
        lines = text.strip().splitlines()
        remark = " ".join(line[2:].strip() for line in lines if line.startswith("--"))
        self.remark = re.sub(r"^(\d+)\.", r"**\1.**", remark)
        self.sql = "\n".join(line for line in lines if not line.startswith("--")).strip()
        self.output = ""

    def markdown(self):
        return f"{self.remark}\n\n```sql\n{self.sql}\n```\n```\n{self.output}\n```\n"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="6432")
    parser.add_argument("--user", default="shop")
    parser.add_argument("--password", default="shop")
    parser.add_argument("--dbname", default="shop")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--write", type=Path, metavar="FILE")
    target.add_argument("--check", type=Path, metavar="FILE")
    return parser.parse_args()


def read_stops():
    blocks = re.split(r"\n(?=-- \d+\. )", TOUR.read_text(encoding="utf-8"))
    return [Stop(block) for block in blocks[1:]]


def run_stops(stops, options):
    """One psql session for all: what a person who pastes them would see."""
    script = f"\n\\echo {SPLIT}\n".join(stop.sql for stop in stops)
    environment = dict(os.environ, PGPASSWORD=options.password, PGTZ="UTC", LC_ALL="C.UTF-8")
    command = ["psql", "--no-psqlrc", "--host", options.host, "--port", options.port,
               "--username", options.user, "--dbname", options.dbname]
    ran = subprocess.run(command, input=script, env=environment, text=True, timeout=120,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if ran.returncode != 0:
        sys.exit(f"tour.py: psql failed:\n{ran.stdout}")
    outputs = ran.stdout.split(SPLIT + "\n")
    for stop, output in zip(stops, outputs, strict=True):
        stop.output = "\n".join(line.rstrip() for line in output.rstrip("\n").splitlines())


def tour_of(text):
    """The part of `text` between the marks."""
    if BEGIN not in text or END not in text:
        sys.exit(f"tour.py: the file has no lines\n{BEGIN}\n{END}")
    return text.split(BEGIN)[1].split(END)[0]


def without_ports(text):
    """Another cluster has other ports: they, and the column widths they make, do not count."""
    text = re.sub(r"\b\d+\.\d+\.\d+\.\d+:\d+", "HOST:PORT", text)
    return [re.sub(r"--+", "--", re.sub(r"  +", " ", line)).rstrip() for line in text.splitlines()]


def check(path, tour):
    shown = without_ports(tour_of(path.read_text(encoding="utf-8")))
    given = without_ports(f"\n{tour}")
    difference = list(difflib.unified_diff(shown, given, str(path), "what psql prints",
                                           lineterm=""))
    if difference:
        print("\n".join(difference))
        sys.exit(1)
    print(f"{path} shows what psql prints")


def main():
    options = parse_arguments()
    stops = read_stops()
    run_stops(stops, options)
    tour = "\n".join(stop.markdown() for stop in stops)
    if options.check:
        check(options.check, tour)
    elif options.write:
        text = options.write.read_text(encoding="utf-8")
        options.write.write_text(text.replace(tour_of(text), f"\n{tour}"), encoding="utf-8")
    else:
        print(tour)


if __name__ == "__main__":
    main()
