// Compares PostgreSQL's own parser (libpg_query) with ours, on statements from a file, each
// `source \x01 text \0`:
//
//   agreement FILE ACCEPTED REFUSED
//   agreement --keywords               prints PostgreSQL's
//
// Fails if less than ACCEPTED per cent of what libpg_query accepts is accepted, or less than
// REFUSED per cent of what it refuses is refused, or if what we print does not mean the same to
// libpg_query, or is not printed as it is when it has been parsed again. Prints every statement
// concerned.
#include <pg_query.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "parser/keywords.h"
#include "parser/parse.h"
#include "parser/print.h"
#include "tests/unit/parser/describe.h"

namespace tessera {
namespace {

struct Verdict {
  bool accepted = false;
  std::string why;
  std::size_t position = 0;  // in characters of the text, from 1; 0: none is known
};

Verdict theirs(const std::string& text) {
  PgQueryProtobufParseResult result = pg_query_parse_protobuf(text.c_str());
  Verdict verdict{.accepted = result.error == nullptr, .why = {}};
  if (result.error != nullptr) {
    verdict.why = result.error->message;
    verdict.position = static_cast<std::size_t>(result.error->cursorpos);
  }
  pg_query_free_protobuf_parse_result(result);
  return verdict;
}

// What libpg_query takes for the meaning of `text`, constants left aside.
std::string meaning(const std::string& text) {
  PgQueryFingerprintResult result = pg_query_fingerprint(text.c_str());
  std::string out = result.fingerprint_str != nullptr ? result.fingerprint_str : "";
  pg_query_free_fingerprint_result(result);
  return out;
}

// What we make of the statements of one text: all of them printed, and what their trees say.
struct Reading {
  Verdict verdict{.accepted = true, .why = {}};
  std::string printed;
  std::string trees;
};

Reading refusal(const Error& error, std::size_t characters_before) {
  const std::size_t position = error.position == 0 ? 0 : characters_before + error.position;
  return {.verdict = {.accepted = false, .why = error.message, .position = position},
          .printed = {},
          .trees = {}};
}

Reading ours(const std::string& text) {
  Reading out;
  parser::Shape shape;
  for (std::uint32_t from = 0; from < text.size(); from = shape.next) {
    const Status scanned = parser::scan(text, from, {}, shape);
    if (!scanned) return refusal(scanned.error(), 0);
    if (shape.begin == shape.end) continue;
    const auto parsed = parser::parse(text, shape, {});
    const std::size_t before = characters(std::string_view(text).substr(0, shape.begin));
    if (!parsed) return refusal(parsed.error(), before);
    if (const auto error = parser::syntax_error(*parsed)) return refusal(*error, before);
    const auto* other = std::get_if<parser::OtherStatement*>(&parsed->statement().node);
    out.printed += parser::print(*parsed) + ";";
    // Of such a statement the tree has a word that a name in quotes would not be.
    if (other != nullptr) {
      for (const std::string_view word : (*other)->identifiers) out.trees.append(word) += ' ';
    } else {
      out.trees += parser::describe(*parsed) + ";";
    }
  }
  return out;
}

// describe() shows some ranges of the text as they are written: without what printing may change.
std::string without_spelling(const std::string& trees) {
  std::string out;
  for (const char c : trees) {
    if (c != '"' && c != ' ' && c != '\n' && c != '\t')
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// What is wrong with how the statement is printed; empty: nothing.
std::string misprint(const std::string& text, const Reading& reading) {
  const Reading again = ours(reading.printed);
  if (!again.verdict.accepted) return "its print is refused";
  if (again.printed != reading.printed) return "its print is printed otherwise";
  if (without_spelling(again.trees) != without_spelling(reading.trees))
    return "its print has another tree";
  return meaning(reading.printed) == meaning(text) ? "" : "its print means something else";
}

struct Counts {
  std::size_t both = 0;
  std::size_t refused_here = 0;
  std::size_t neither = 0;
  std::size_t syntax_errors = 0;  // of those: for libpg_query one at or near a word
  std::size_t placed = 0;         // and we say just the same of it
  std::size_t accepted_here = 0;
  std::size_t misprinted = 0;
};

void count(const std::string& source, const std::string& text, Counts& counts) {
  const Verdict theirs = tessera::theirs(text);
  const Reading reading = ours(text);
  if (theirs.accepted && reading.verdict.accepted) {
    ++counts.both;
    const std::string wrong = misprint(text, reading);
    if (wrong.empty()) return;
    ++counts.misprinted;
    std::cout << "MISPRINTED " << source << ": " << wrong << "\n    " << text << "\n    "
              << reading.printed << '\n';
  } else if (theirs.accepted) {
    ++counts.refused_here;
    std::cout << "REFUSED " << source << ": " << reading.verdict.why << "\n    " << text << '\n';
  } else if (reading.verdict.accepted) {
    ++counts.accepted_here;
    std::cout << "ACCEPTED " << source << ": " << theirs.why << "\n    " << text << '\n';
  } else {
    ++counts.neither;
    if (!theirs.why.starts_with("syntax error at")) return;
    ++counts.syntax_errors;
    if (theirs.why == reading.verdict.why && theirs.position == reading.verdict.position) {
      ++counts.placed;
      return;
    }
    std::cout << "ELSEWHERE " << source << ": " << theirs.why << " (" << theirs.position
              << "), not " << reading.verdict.why << " (" << reading.verdict.position << ")\n    "
              << text << '\n';
  }
}

double percent(std::size_t part, std::size_t rest) {
  return part + rest == 0 ? 100
                          : 100.0 * static_cast<double>(part) / static_cast<double>(part + rest);
}

int compare(std::istream& statements, double accepted_min, double refused_min) {
  Counts counts;
  for (std::string record; std::getline(statements, record, '\0');) {
    const std::size_t mark = record.find('\1');
    count(record.substr(0, mark), record.substr(mark + 1), counts);
  }
  const double accepted = percent(counts.both, counts.refused_here);
  const double refused = percent(counts.neither, counts.accepted_here);
  std::cout << "accepted " << counts.both << " of " << counts.both + counts.refused_here << " ("
            << accepted << " %), refused " << counts.neither << " of "
            << counts.neither + counts.accepted_here << " (" << refused << " %), misprinted "
            << counts.misprinted << ", syntax errors found at the same place " << counts.placed
            << " of " << counts.syntax_errors << '\n';
  const auto [fast, full, other] = parser::parse_counts();
  std::cout << "parses by SLL prediction " << fast << ", by LL " << full << ", by neither " << other
            << '\n';
  return accepted >= accepted_min && refused >= refused_min && counts.misprinted == 0 &&
                 counts.both > 0
             ? 0
             : 1;
}

}  // namespace
}  // namespace tessera

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--keywords") {
    for (const auto& keyword : tessera::parser::keywords()) std::cout << keyword.word << '\n';
    return 0;
  }
  if (argc != 4) {
    std::cerr << "usage: agreement FILE ACCEPTED REFUSED\n";
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  return tessera::compare(file, std::atof(argv[2]), std::atof(argv[3]));
}
