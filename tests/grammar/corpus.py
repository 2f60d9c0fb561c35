"""Takes the statements out of psql scripts, as psql would send them to a server.

What psql itself obeys is left out: backslash commands, the data of COPY FROM STDIN, variables."""

import re

STRING_OPENERS = {"'", '"'}
SENDS = {"g", "gset", "gx", "gdesc", "gexec", "crosstabview", "watch"}
DOLLAR = re.compile(r"\$(?:[A-Za-z_\x80-\uffff][A-Za-z0-9_\x80-\uffff]*)?\$")
WORD = re.compile(r"[A-Za-z_\x80-\uffff][A-Za-z0-9_$\x80-\uffff]*")
COPY_IN = re.compile(r"^\s*copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
VARIABLE = re.compile(r":(?:'(\w+)'|\"(\w+)\"|\{\?(\w+)\}|(\w+))")


class Script:
    """One script; statements() gives its statements in order."""

    def __init__(self, text):
        self._text = text
        self._at = 0
        self._buffer = []
        self._words = []
        self._depth = 0
        self._blocks = 0
        self._variables = set()
        self._out = []

    def statements(self):
        while self._at < len(self._text):
            self._step()
        self._send()
        return self._out

    def _take(self, end):
        self._buffer.append(self._text[self._at:end])
        self._at = end

    def _step(self):
        text, at = self._text, self._at
        char = text[at]
        if text.startswith("--", at):
            self._take(self._line_end(at))
        elif text.startswith("/*", at):
            self._take(self._comment_end(at))
        elif char in STRING_OPENERS:
            self._take(self._string_end(at, char, self._escapes()))
        elif char == "$" and (tag := DOLLAR.match(text, at)) and not self._in_word():
            end = text.find(tag.group(), tag.end())
            self._take(len(text) if end < 0 else end + len(tag.group()))
        elif char == "\\":
            self._command(at)
        elif char == ":" and self._substituted(at):
            pass
        elif char == ";" and self._depth == 0 and self._blocks == 0:
            self._at += 1
            self._send(";")
        elif word := WORD.match(text, at):
            self._follow(word.group().lower())
            self._take(word.end())
        else:
            self._depth = max(0, self._depth + {"(": 1, ")": -1}.get(char, 0))
            self._take(at + 1)

    def _in_word(self):
        return bool(self._buffer) and bool(re.search(r"[A-Za-z0-9_$]$", self._buffer[-1]))

    def _escapes(self):
        return bool(self._buffer) and self._buffer[-1].lower() == "e"

    def _line_end(self, at):
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end

    def _comment_end(self, at):
        depth, i = 1, at + 2
        while depth and i < len(self._text):
            if self._text.startswith("/*", i):
                depth, i = depth + 1, i + 2
            elif self._text.startswith("*/", i):
                depth, i = depth - 1, i + 2
            else:
                i += 1
        return i

    def _string_end(self, at, quote, escapes):
        i = at + 1
        while i < len(self._text):
            if escapes and self._text[i] == "\\":
                i += 2
            elif self._text[i] == quote:
                return i + 1
            else:
                i += 1
        return i

    # A function's body in SQL-standard form has semicolons of its own.
    def _follow(self, word):
        self._words.append(word)
        if self._words[0] != "create" or self._depth:
            return
        if not {"function", "procedure"} & set(self._words[:4]):
            return
        if word == "atomic" and self._words[-2:-1] == ["begin"]:
            self._blocks = 1
        elif self._blocks and word in ("begin", "case"):
            self._blocks += 1
        elif self._blocks and word == "end":
            self._blocks -= 1

    def _substituted(self, at):
        found = VARIABLE.match(self._text, at)
        if not found or self._text.startswith("::", at) or (at and self._text[at - 1] == ":"):
            return False
        quoted, identifier, test, plain = found.groups()
        if (quoted or identifier or plain or test) not in self._variables and not test:
            return False
        self._buffer.append("'x'" if quoted else f'"{identifier}"' if identifier else "1")
        self._at = found.end()
        return True

    def _command(self, at):
        if self._text.startswith("\\;", at):
            self._buffer.append(";")
            self._at = at + 2
            return
        end = self._line_end(at)
        words = self._text[at + 1:end].split()
        name = words[0] if words else ""
        next_command = self._text.find("\\\\", at + 1, end)
        self._at = end if next_command < 0 else next_command + 2
        if name in ("set", "getenv") and len(words) > 1:
            self._variables.add(words[1])
        if name == "gset":
            self._variables.update(re.findall(r"\bas\s+(\w+)", "".join(self._buffer), re.IGNORECASE))
        if name in SENDS:
            self._send()
        elif name in ("r", "reset"):
            self._clear()

    def _clear(self):
        self._buffer, self._words, self._depth, self._blocks = [], [], 0, 0

    def _send(self, end=""):
        statement = "".join(self._buffer).strip()
        self._clear()
        if not statement:
            return
        self._out.append(statement + end)
        if COPY_IN.match(statement) and end:
            self._skip_rows()

    def _skip_rows(self):
        rows = self._text.find("\n", self._at)
        end = re.compile(r"^\\\.$", re.MULTILINE).search(self._text, max(rows, 0))
        self._at = end.end() if rows >= 0 and end else self._at


def statements_of(path):
    """The statements of one script; bytes that are not UTF-8 are taken as Latin-1."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return Script(text).statements()
