#!/usr/bin/python3
"""The house rules that a machine can check: who includes whom, sizes, names.

    tests/tidy/tidy.py [FOLDER]     prints PATH:LINE: what is wrong; exits 1 when anything is
"""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

from cpp import find_functions, find_includes, find_types

REPO = Path(__file__).resolve().parents[2]

# Of each folder: the folders right below it. What is below those may be included too.
BELOW = {
    "base": [],
    "parser": ["base"],
    "rules": ["base"],
    "topology": ["base"],
    "proxy/wire": ["base"],
    "proxy/catalog": ["parser", "rules", "topology"],
    "proxy/plan": ["parser", "proxy/catalog"],
    "proxy/backend": ["proxy/wire", "proxy/catalog"],
    "proxy/txn": ["proxy/backend"],
    "proxy/reshard": ["proxy/backend"],
    "proxy/exec": ["proxy/plan", "proxy/txn"],
    "proxy/admin": ["proxy/plan", "proxy/reshard"],
    "proxy/session": ["proxy/exec", "proxy/admin"],
    "proxy/http": ["proxy/admin"],
    "proxy": ["proxy/session", "proxy/http"],
    "agent": ["topology"],
    "tools": ["proxy/plan"],
}
# Headers that some folders must not see: text in, text out.
FORBIDDEN = [
    (r"boost/asio|sys/socket\.h", {"parser", "proxy/plan"}, "it knows no sockets"),
    (r"boost/asio(?!/buffer)|sys/socket\.h", {"proxy/wire"}, "it knows no sockets"),
    (r"libpq-fe\.h", set(BELOW) - {"agent", "proxy/catalog", "proxy/txn"},
     "rows of clients do not pass through libpq"),
    (r"antlr4", set(BELOW) - {"parser"}, "only the parser sees ANTLR"),
]
FUNCTION_LINES_MAX, FILE_LINES_MAX, HEADER_LINES_MAX, PARAMETERS_MAX = 70, 800, 150, 5
# Headers that declare data only: long because there is much to say, not much to do.
DATA_HEADERS = {"parser/ast.h", "proxy/plan/plan.h", "rules/rule_set.h",
                # One class whose members are spread over several files: to be split by issue 3.
                "proxy/session/session.h", "parser/antlr/builder.h", "proxy/plan/passes/query.h"}
BANNED = {"manager", "helper", "helpers", "util", "utils", "common", "misc", "impl", "data", "info",
          "handle", "handler", "handles", "process"}
# Words of PostgreSQL and of ShardingSphere stay theirs.
BORROWED = ("data_source", "data_row", "data_node", "data_type", "data_checksum", "copy_data")
SKIPPED = {".git", "build", "run", "node_modules", "__pycache__", ".cache"}
CLANG_FORMAT = "clang-format version 14."  # another version formats otherwise


def words_of(name):
    """lower_case words of a name in any style."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    for borrowed in BORROWED:
        snake = snake.replace(borrowed, "")
    return [word for word in re.split(r"[^a-z]+", snake) if word]


def reachable(folder):
    """Every folder that `folder` may include, itself too."""
    found, waiting = set(), [folder]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += BELOW[one]
    return found


def folder_of(path):
    """The architecture's folder of a source file; None for tests, bench and the rest."""
    parts = path.split("/")[:-1]
    for size in range(len(parts), 0, -1):
        folder = "/".join(parts[:size])
        if folder in BELOW:
            return folder
    return None


class Checker:
    """Collects complaints about the files below one directory."""

    def __init__(self, root):
        self._root = root
        self.complaints = []

    def check_all(self):
        for path in sorted(self._files()):
            relative = path.relative_to(self._root).as_posix()
            text = path.read_text(encoding="utf-8", errors="replace")
            self._check_text(relative, text)
            if path.suffix in (".cpp", ".h"):
                self._check_cpp(relative, text)
            elif path.suffix == ".py":
                self._check_python(relative, text)
        return self.complaints

    def _files(self):
        for path in self._root.rglob("*"):
            if SKIPPED & set(path.relative_to(self._root).parts) or not path.is_file():
                continue
            if path.suffix in (".cpp", ".h", ".py", ".g4", ".cmake") or path.name in (
                    "CMakeLists.txt",):
                yield path

    def _complain(self, path, line, what):
        self.complaints.append(f"{path}:{line}: {what}")

    def _check_text(self, path, text):
        lines = text.splitlines()
        if len(lines) > FILE_LINES_MAX and not path.startswith("grammar/"):
            self._complain(path, 1, f"{len(lines)} lines, the limit is {FILE_LINES_MAX}")
        for number, line in enumerate(lines, 1):
            if "\t" in line:
                self._complain(path, number, "a tab")
            if line != line.rstrip():
                self._complain(path, number, "blanks at the end of the line")
            if re.search(r"\b(TODO|FIXME|XXX)\b(?!\(\w)", line) and "tidy" not in path:
                self._complain(path, number, "a TODO has a name: TODO(name): reason")
        if text and not text.endswith("\n"):
            self._complain(path, len(lines), "no newline at the end")
        self._check_name(path, 1, Path(path).stem, "file")

    def _check_name(self, path, line, name, kind):
        # Tests speak of the operating system's processes.
        spoken = {"process"} if path.startswith("tests/") else set()
        banned = (BANNED - spoken) & set(words_of(name))
        if banned:
            self._complain(path, line, f"{kind} {name}: the word \"{min(banned)}\" says nothing")

    def _check_cpp(self, path, text):
        if path.endswith(".h"):
            self._check_header(path, text)
        for name, line in find_types(text):
            self._check_name(path, line, name, "type")
        for function in find_functions(text):
            self._check_function(path, function)
            if function.parameters > PARAMETERS_MAX:
                self._complain(path, function.line, f"function {function.name} has "
                               f"{function.parameters} parameters, the limit is {PARAMETERS_MAX}")
        self._check_includes(path, text)

    def _check_header(self, path, text):
        if "#pragma once" not in text:
            self._complain(path, 1, "a header begins with #pragma once")
        count = len(text.splitlines())
        if count > HEADER_LINES_MAX and path not in DATA_HEADERS:
            self._complain(path, 1, f"header of {count} lines, the limit is {HEADER_LINES_MAX}")

    def _check_function(self, path, function):
        if function.lines > FUNCTION_LINES_MAX:
            self._complain(path, function.line, f"function {function.name} has {function.lines} "
                           f"lines, the limit is {FUNCTION_LINES_MAX}")
        if function.name != "main":
            self._check_name(path, function.line, function.name, "function")

    def _check_includes(self, path, text):
        folder = folder_of(path)
        for line, target, quoted in find_includes(text):
            for pattern, folders, reason in FORBIDDEN:
                if folder in folders and re.search(pattern, target):
                    self._complain(path, line, f"{folder} does not include {target}: {reason}")
            if folder and quoted:
                self._check_direction(path, line, folder, target)

    def _check_direction(self, path, line, folder, target):
        to = folder_of(target)
        if to is None:
            generated = folder == "parser" and "/" not in target
            if not generated:
                self._complain(path, line, f"\"{target}\" is not a path from the root")
        elif to not in reachable(folder):
            self._complain(path, line, f"{folder} does not include {to}: it is not below")

    def _check_python(self, path, text):
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            self._complain(path, error.lineno or 1, f"not Python: {error.msg}")
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self._check_name(path, node.lineno, node.name, "class")
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    self._complain(path, node.lineno, f"function {node.name} has {length} lines, "
                                   f"the limit is {FUNCTION_LINES_MAX}")
                self._check_name(path, node.lineno, node.name, "function")


def check_format(root):
    """Complaints of clang-format, where the right version is there."""
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not program or not (root / ".clang-format").exists():
        return []
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if CLANG_FORMAT not in version.stdout:
        print(f"not checked: formatting ({version.stdout.strip()})")
        return []
    files = [path for pattern in ("*.h", "*.cpp") for path in root.rglob(pattern)
             if not SKIPPED & set(path.relative_to(root).parts)]
    ran = subprocess.run([program, "--dry-run", "--ferror-limit=1", "-Werror", *map(str, files)],
                         capture_output=True, text=True, check=False, cwd=root)
    return [line.replace(f"{root}/", "") for line in ran.stderr.splitlines() if ": error: " in line]


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else REPO
    complaints = Checker(root).check_all() + check_format(root)
    print("\n".join(complaints) or "tidy")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
