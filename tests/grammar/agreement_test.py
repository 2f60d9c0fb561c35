"""Our grammar and PostgreSQL's own parser take and refuse the same statements.

  agreement_test.py --build DIR keywords|scripts|changed

keywords  every keyword in every place for a name
scripts   every statement of PostgreSQL's own regression tests
changed   those statements with a token left out, doubled or changed"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "regress"))

# pylint: disable=wrong-import-position
from corpus import statements_of
from postgresql import obtain
from variants import of_keywords, of_statements

# What has to be accepted of what PostgreSQL accepts, and refused of what it refuses, in per cent.
BARS = {"keywords": (99, 99.9), "scripts": (99.9, 99), "changed": (99.5, 99.9)}
CHANGED = 60_000


def program():
    return Path(os.environ["TESSERA_BIN_DIR"]) / "agreement"


def from_keywords():
    listed = subprocess.run([program(), "--keywords"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.split()
    return [("keywords", statement) for statement in of_keywords(listed)]


def from_scripts(build):
    folder = obtain(build).tests("regress") / "sql"
    scripts = sorted(folder.glob("*.sql"))
    if len(scripts) < 200:
        sys.exit(f"{folder} has {len(scripts)} scripts: too few to be all of them")
    return [(script.name, statement) for script in scripts for statement in statements_of(script)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("suite", choices=BARS)
    options = parser.parse_args()
    if options.suite == "keywords":
        statements = from_keywords()
    else:
        statements = from_scripts(options.build)
    if options.suite == "changed":
        changed = of_statements([text for _, text in statements], CHANGED, seed=1)
        statements = [("changed", text) for text in changed]
    with tempfile.NamedTemporaryFile() as file:
        for source, text in statements:
            file.write(f"{source}\x01{text}\0".encode(errors="surrogateescape"))
        file.flush()
        bars = (str(bar) for bar in BARS[options.suite])
        sys.exit(subprocess.run([program(), file.name, *bars], check=False).returncode)


if __name__ == "__main__":
    main()
