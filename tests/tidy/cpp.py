"""Just enough of C++ to find functions, types and includes: text in, values out."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int
    parameters: int


TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<character>(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])*')""", re.S | re.X)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
NOT_FUNCTIONS = {"if", "for", "while", "switch", "catch", "return", "requires", "decltype",
                 "alignas", "noexcept", "static_assert"}


def without_words(text):
    """The text with comments, strings and preprocessor lines blanked, lines kept."""
    def blank(match):
        body = match[0]
        kept = '""' if match.lastgroup in ("string", "raw", "mark") else "  "
        return kept + "\n" * body.count("\n")
    text = TOKEN.sub(blank, text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)


def find_functions(text):
    """Every function with a body, outside other functions."""
    code = without_words(text)
    found, scopes, start, depth_in_function = [], [], 0, 0
    opened = None
    for position, letter in enumerate(code):
        if letter not in "{};":
            continue
        if opened is not None:
            depth_in_function += {"{": 1, "}": -1}.get(letter, 0)
            if depth_in_function == 0:
                found.append(measure(code, opened, position))
                opened, start = None, position + 1
            continue
        if letter == "{":
            head = code[start:position]
            if is_function_head(head):
                opened, depth_in_function = (start, position), 1
            elif SCOPE.search(head):
                scopes.append(position)
                start = position + 1
            else:
                scopes.append(None)  # an initializer: its head goes on behind it
        elif letter == "}":
            plain = scopes.pop() if scopes else None
            start = start if plain is None else position + 1
        else:
            start = position + 1
    return found


def is_function_head(head):
    """Does what stands before a brace end as a function's head does?"""
    head = re.sub(r"\{[^{}]*\}", "()", head)
    match = re.search(r"([~\w]+|operator\s*\S+)\s*\(", head)
    if not match or match[1] in NOT_FUNCTIONS:
        return False
    if re.search(r"=\s*(\[|$)|^\s*(class|struct|enum|namespace)\b", head):
        return False
    # A member initializer's own brace: the head's list goes on behind it.
    if re.search(r"\)\s*(?:noexcept\s*)?:(?!:).*[\w>]\s*$", head, re.S):
        return False
    return bool(re.search(r"[)\]\w>]\s*$", head))


def measure(code, opened, closed):
    head_start, body = opened
    head = re.sub(r"\{[^{}]*\}", "()", code[head_start:body])
    name = re.search(r"([~\w]+|operator\s*\S+?)\s*\(", head)
    first_line = code.count("\n", 0, body) + 1
    return Function(name[1], first_line, code.count("\n", 0, closed) + 2 - first_line,
                    count_parameters(head[name.end() - 1:]))


def count_parameters(text):
    depth, commas, inner = 0, 0, ""
    for letter in text:
        if letter in "(<[{":
            depth += 1
        elif letter in ")>]}":
            depth -= 1
            if depth == 0:
                break
        elif letter == "," and depth == 1:
            commas += 1
        inner += letter
    return commas + 1 if inner.strip("( \n") else 0


def find_types(text):
    """Names of types that the text defines, with their lines."""
    code = without_words(text)
    pattern = r"\b(?:class|struct|enum(?:\s+class)?|union)\s+(?:\[\[\w+\]\]\s*)?(\w+)[^;(){]*\{"
    return [(match[1], code.count("\n", 0, match.start()) + 1)
            for match in re.finditer(pattern, code)]


def find_includes(text):
    """(line, target, quoted) of every include."""
    return [(text.count("\n", 0, match.start()) + 1, match[2], match[1] == '"')
            for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)', text, re.M)]
