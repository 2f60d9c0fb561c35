// Reads statements, each `source \x01 text \0`, and compares PostgreSQL's own parser (libpg_query)
// with ours.
#include <pg_query.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "parser/parse.h"

namespace tessera {
namespace {

struct Verdict {
  bool accepted = false;
  std::string why;
};

Verdict theirs(const std::string& text) {
  PgQueryProtobufParseResult result = pg_query_parse_protobuf(text.c_str());
  Verdict verdict{result.error == nullptr, result.error != nullptr ? result.error->message : ""};
  pg_query_free_protobuf_parse_result(result);
  return verdict;
}

Verdict ours(const std::string& text) {
  parser::Shape shape;
  const parser::ScanOptions options{};
  std::uint32_t from = 0;
  while (from < text.size()) {
    const Status scanned = parser::scan(text, from, options, shape);
    if (!scanned) return {false, scanned.error().message};
    if (shape.begin != shape.end) {
      const auto parsed = parser::parse(text, shape, options);
      if (!parsed) return {false, parsed.error().message};
      const auto* other = std::get_if<parser::OtherStatement*>(&parsed->statement().node);
      if (other != nullptr && !(*other)->sentence) return {false, "not understood"};
    }
    from = shape.next;
  }
  return {true, ""};
}

}  // namespace
}  // namespace tessera

int main(int, char** argv) {
  std::ifstream file(argv[1], std::ios::binary);
  std::string all((std::istreambuf_iterator<char>(file)), {});
  std::size_t counts[2][2] = {};
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find('\0', at);
    const std::string record = all.substr(at, end - at);
    at = end + 1;
    const std::string source = record.substr(0, record.find('\1'));
    const std::string text = record.substr(record.find('\1') + 1);
    const auto a = tessera::theirs(text);
    const auto b = tessera::ours(text);
    ++counts[a.accepted][b.accepted];
    if (a.accepted != b.accepted)
      std::cout << (a.accepted ? "REFUSED " : "ACCEPTED ") << source << ": "
                << (a.accepted ? b.why : a.why) << "\n    " << text << '\n';
  }
  std::cout << "accepted by both " << counts[1][1] << ", refused by us only " << counts[1][0]
            << ", refused by both " << counts[0][0] << ", accepted by us only " << counts[0][1]
            << '\n';
}
