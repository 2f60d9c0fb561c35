#include "parser/parse.h"

#include <fmt/format.h>

#include <atomic>

#include "base/utf8.h"
#include "parser/antlr/grammar.h"
#include "parser/other.h"
#include "parser/storage.h"

namespace tessera::parser {
namespace {

using Stage = antlr::Stage;

std::atomic<std::uint64_t> fast_count;
std::atomic<std::uint64_t> full_count;
std::atomic<std::uint64_t> other_count;

void count(Stage stage) {
  auto& counter = stage == Stage::kSll  ? fast_count
                  : stage == Stage::kLl ? full_count
                                        : other_count;
  counter.fetch_add(1, std::memory_order_relaxed);
}

// What the escapes of constants say, once; the planner may then take their values for granted.
Status check_constants(std::string_view text, const Shape& shape) {
  for (const Constant& constant : shape.constants) {
    if (constant.kind != ConstantClass::kEscapeString &&
        constant.kind != ConstantClass::kUnicodeString) {
      continue;
    }
    const Result<std::string> value = constant_value(text, constant);
    if (!value) return value.error();
  }
  return {};
}

std::shared_ptr<ParsedStatement::Storage> store(std::string_view text, const Shape& shape,
                                                const ScanOptions& options) {
  auto storage = std::make_shared<ParsedStatement::Storage>();
  storage->text = text.substr(shape.begin, shape.end - shape.begin);
  tokenize(storage->text, 0, static_cast<std::uint32_t>(storage->text.size()), options,
           storage->tokens);
  storage->constants.reserve(shape.constants.size());
  for (Constant constant : shape.constants) {
    constant.offset -= shape.begin;
    storage->constants.push_back(constant);
  }
  return storage;
}

}  // namespace

ParsedStatement::ParsedStatement(std::shared_ptr<const Storage> storage)
    : storage_(std::move(storage)) {}

const Statement& ParsedStatement::statement() const { return *storage_->statement; }
std::string_view ParsedStatement::text() const { return storage_->text; }
const std::vector<Token>& ParsedStatement::tokens() const { return storage_->tokens; }
const std::vector<Constant>& ParsedStatement::constants() const { return storage_->constants; }

Result<ParsedStatement> parse(std::string_view text, const Shape& shape,
                              const ScanOptions& options) {
  const Status decoded = check_constants(text, shape);
  if (!decoded) return decoded.error();
  const auto storage = store(text, shape, options);
  const Result<Stage> stage = antlr::parse_by_grammar(*storage);
  if (!stage) return stage.error();
  count(*stage);
  if (storage->statement == nullptr) storage->statement = other_statement(*storage);
  return ParsedStatement(storage);
}

std::optional<Error> syntax_error(const ParsedStatement& parsed) {
  const auto* other = std::get_if<OtherStatement*>(&parsed.statement().node);
  if (other == nullptr || (*other)->sentence) return {};
  if (!(*other)->fault) return Error{.sqlstate = "42601", .message = "syntax error"};
  const Token& token = parsed.tokens()[*(*other)->fault];
  const std::string_view word = parsed.text().substr(token.offset, token.length);
  return Error{.sqlstate = "42601",
               .message = token.kind == TokenKind::kEnd
                              ? "syntax error at end of input"
                              : fmt::format("syntax error at or near \"{}\"", word),
               .position = 1 + characters(parsed.text().substr(0, token.offset))};
}

ParseCounts parse_counts() { return {fast_count, full_count, other_count}; }

void warm_up() {
  constexpr std::string_view kTypical[] = {
      "select a, b.c from t where id = 1",
      "select count(*), sum(x) as s from a x join b on x.id = b.id left join c using (id) where "
      "x.y in (1, 2) and z between 1 and 2 or not n is null group by 1, x having count(*) > 1 "
      "order "
      "by 1 desc nulls last limit 10 offset 5",
      "with c as (select distinct a from (select 1) s) select case when a like 'x' then a::int "
      "else "
      "-b end from c union all (values (1)) for update",
      "insert into t (a, b) values (1, 'x'), ($1, default) on conflict (a) do update set b = "
      "excluded.b returning *",
      "update t set a = a + 1, b = now() where id = 1",
      "delete from t where id = 1 and exists (select 1 from u where u.id = t.id)",
      "begin",
      "start transaction isolation level repeatable read, read only",
      "commit",
      "rollback to savepoint s",
      "set search_path to a, b",
      "show all",
      "create table if not exists t (id bigint primary key, s text not null default 'x', unique "
      "(s))",
      "create index i on t (a, lower(b))",
      "alter table t add column c int",
      "drop table if exists t",
      "truncate t",
  };
  Shape shape;
  for (const std::string_view text : kTypical) {
    if (scan(text, 0, {}, shape)) (void)parse(text, shape, {});
  }
}

}  // namespace tessera::parser
