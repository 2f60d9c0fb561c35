"""Reads callgrind's profiles: instructions by function and by layer."""

import re
from collections import Counter
from pathlib import Path

FOLDERS = ("base", "parser", "rules", "topology", "proxy/wire", "proxy/catalog", "proxy/plan",
           "proxy/backend", "proxy/txn", "proxy/exec", "proxy/session", "bench")


class Profile:
    """Instructions of one run, or of the difference of two, or of that for each transaction."""

    def __init__(self):
        self.own = Counter()  # by function
        self.inclusive = Counter()  # by function, with what it calls; recursion counts twice
        self.layers = Counter()  # by the folder of the source line

    @property
    def total(self):
        return sum(self.own.values())

    def per_transaction(self, other, transactions):
        """What this run has more than `other`, for each of as many more transactions."""
        made = Profile()
        for name in ("own", "inclusive", "layers"):
            mine, theirs, target = getattr(self, name), getattr(other, name), getattr(made, name)
            for key in mine.keys() | theirs.keys():
                target[key] = (mine[key] - theirs[key]) / transactions
        return made


def layer_of(object_name, file):
    """Which part of the program, or of what it stands on, a line of source belongs to."""
    library = Path(object_name).name
    if ".so" in library:
        return library.split(".so")[0].rstrip("0123456789.-")
    if not file.startswith("/usr/"):
        for folder in FOLDERS:
            if f"/{folder}/" in f"/{file}":
                return folder
    for part, layer in (("boost/asio", "Asio"), ("boost/", "Boost"), ("c++/", "C++ library")):
        if part in file:
            return layer
    return library


class Reader:
    """One profile's text. Names are written once, as "(7) name", and then as "(7)"."""

    def __init__(self):
        self.profile = Profile()
        self._names = {"fn": {}, "fl": {}, "ob": {}}
        self._object = self._file = self._function = ""
        self._is_call = False

    def read(self, text):
        for line in text.splitlines():
            if re.match(r"[-+*\d]", line):
                self._read_cost(int(line.split()[1]))
            elif "=" in line:
                self._read_position(*line.split("=", 1))
        for function, cost in self.profile.own.items():
            self.profile.inclusive[function] += cost
        return self.profile

    def _read_cost(self, cost):
        if self._is_call:
            self.profile.inclusive[self._function] += cost
            self._is_call = False
            return
        self.profile.own[self._function] += cost
        self.profile.layers[layer_of(self._object, self._file)] += cost

    def _read_position(self, key, value):
        if key == "calls":
            self._is_call = True
        elif key == "ob":
            self._object = self._name("ob", value)
        elif key in ("fl", "fi", "fe"):
            self._file = self._name("fl", value)
        elif key == "fn":
            self._function = self._name("fn", value)
        elif key in ("cfn", "cob", "cfi", "cfl"):
            self._name({"cfn": "fn", "cob": "ob"}.get(key, "fl"), value)

    def _name(self, kind, value):
        number, _, name = value.partition(" ")
        if not number.startswith("("):
            return value
        if name:
            self._names[kind][number] = name
        return self._names[kind].get(number, number)


def shorten(name, limit=80):
    """A C++ name without its templates' and functions' arguments."""
    clone = " [coroutine]" if ".actor" in name or "[clone .actor" in name else ""
    name = re.sub(r"\[clone [^]]*\]|\.actor.*|'\d+", "", name)
    for opened, closed in ("<>", "()"):
        kept, depth = [], 0
        for at, char in enumerate(name):
            if char == opened and not name[:at].endswith("operator"):
                depth += 1
            elif char == closed and depth > 0 and name[at - 1] != "-":
                depth -= 1
            elif depth == 0:
                kept.append(char)
        name = "".join(kept)
    name = name.replace("tessera::", "").replace("boost::asio::", "asio::").strip()
    return (name if len(name) <= limit else name[:limit - 1] + "…") + clone
