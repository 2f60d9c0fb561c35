#!/usr/bin/python3
"""tidy.py sees what it is there to see, and nothing else."""

import sys
import tempfile
import unittest
from pathlib import Path

from cpp import find_functions
from tidy import Checker, reachable, words_of


def complaints_about(path, text):
    """What tidy says of a tree with this one file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return Checker(Path(folder)).check_all()


class Includes(unittest.TestCase):
    def test_a_lower_folder_may_be_included(self):
        self.assertEqual(complaints_about("proxy/exec/a.cpp", '#include "proxy/wire/frame.h"\n'), [])

    def test_a_sibling_may_not(self):
        found = complaints_about("parser/a.cpp", '#include "rules/value.h"\n')
        self.assertEqual(found, ["parser/a.cpp:1: parser does not include rules: it is not below"])

    def test_a_higher_folder_may_not(self):
        found = complaints_about("proxy/txn/a.cpp", '#include "proxy/exec/cursor.h"\n')
        self.assertIn("proxy/txn does not include proxy/exec", found[0])

    def test_the_agent_sees_nothing_of_the_proxy(self):
        self.assertNotIn("proxy/wire", reachable("agent"))

    def test_the_codec_sees_no_socket(self):
        found = complaints_about("proxy/wire/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n")
        self.assertIn("it knows no sockets", found[0])


class Sizes(unittest.TestCase):
    def test_a_function_of_71_lines_is_too_long(self):
        body = "".join(f"  int a{n} = {{{n}}};\n" for n in range(69))
        self.assertEqual(complaints_about("base/a.cpp", f"void f() {{\n{body[:-1]}\n}}\n"),
                         ["base/a.cpp:1: function f has 71 lines, the limit is 70"])

    def test_a_function_of_70_lines_is_not(self):
        body = "".join(f"  int a{n} = {n};\n" for n in range(68))
        self.assertEqual(complaints_about("base/a.cpp", f"void f() {{\n{body}}}\n"), [])

    def test_six_parameters_are_too_many(self):
        found = complaints_about("base/a.cpp", "int f(int a, int b, int c, int d, int e, int g) {}\n")
        self.assertIn("6 parameters", found[0])

    def test_commas_of_templates_do_not_count(self):
        functions = find_functions("int f(std::map<int, int> a, std::pair<A, B<C, D>> b) { }")
        self.assertEqual(functions[0].parameters, 2)

    def test_methods_and_constructors_are_found(self):
        text = ("class A {\n public:\n  A(int a) : a_(a), b_{a} {\n  }\n"
                "  int get() const noexcept {\n    return a_;\n  }\n int a_{1}; };\n")
        self.assertEqual([(f.name, f.line) for f in find_functions(text)], [("A", 3), ("get", 5)])

    def test_braces_in_strings_and_comments_do_not_count(self):
        text = 'void f() {\n  g("{"); // {\n  h(R"({{{)", \'{\');\n}\nvoid k() {}\n'
        self.assertEqual([f.name for f in find_functions(text)], ["f", "k"])

    def test_a_long_file_is_seen(self):
        found = complaints_about("base/a.cpp", "int a;\n" * 801)
        self.assertEqual(found, ["base/a.cpp:1: 801 lines, the limit is 800"])

    def test_a_long_header_is_seen(self):
        found = complaints_about("base/a.h", "#pragma once\n" + "extern int a;\n" * 150)
        self.assertEqual(found, ["base/a.h:1: header of 151 lines, the limit is 150"])


class Words(unittest.TestCase):
    def test_names_are_split_in_any_style(self):
        self.assertEqual(words_of("PoolManager"), ["pool", "manager"])
        self.assertEqual(words_of("handle_frame_"), ["handle", "frame"])

    def test_borrowed_words_stay(self):
        self.assertEqual(complaints_about("base/a.h", "#pragma once\nstruct DataSource {\n};\n"), [])

    def test_a_banned_type_is_seen(self):
        found = complaints_about("base/a.h", "#pragma once\nclass PoolManager {\n};\n")
        self.assertEqual(found, ['base/a.h:2: type PoolManager: the word "manager" says nothing'])

    def test_a_banned_file_name_is_seen(self):
        self.assertIn("says nothing", complaints_about("base/string_utils.h", "#pragma once\n")[0])

    def test_a_todo_needs_a_name(self):
        self.assertIn("TODO", complaints_about("base/a.cpp", "// TODO: later\n")[0])
        self.assertEqual(complaints_about("base/a.cpp", "// TODO(ann): when 16 is out\n"), [])

    def test_a_header_without_pragma_once_is_seen(self):
        self.assertIn("#pragma once", complaints_about("base/a.h", "int a;\n")[0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
