// Any statement: parsing ends, and every range of the tree lies inside the statement.

#include <cstdlib>

#include "parser/parse.h"
#include "parser/walk.h"

namespace tessera::parser {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_tree(const ParsedStatement& parsed) {
  const std::size_t end = parsed.tokens().size() - 1;
  const auto inside = [end](TokenRange range) {
    require(range.first <= range.end && range.end <= end);
  };
  for_each_expr(&parsed.statement(), [&](const Expr& expr) {
    inside(expr.range);
    require(!expr.range.empty());
    if (expr.kind == Expr::Kind::kConstant) require(expr.constant < parsed.constants().size());
    if (expr.function != nullptr) inside(expr.function->arguments);
  });
  for_each_table(&parsed.statement(), [&](const TableRef& table) {
    inside(table.range);
    inside(table.name.range);
  });
  for_each_select(&parsed.statement(), [&](const Select& select) {
    inside(select.range);
    require(select.tail <= select.range.end && select.tail > select.range.first);
    require(select.items_end <= select.range.end);
  });
}

}  // namespace
}  // namespace tessera::parser

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::parser;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Shape shape;
  if (!scan(text, 0, {}, shape)) return 0;
  const tessera::Result<ParsedStatement> parsed = parse(text, shape, {});
  if (parsed) check_tree(*parsed);
  return 0;
}
