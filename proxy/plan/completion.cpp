#include "proxy/plan/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "proxy/plan/oids.h"

namespace tessera::plan {
namespace {

bool is_time(catalog::Oid type) {
  return type == oid::kDate || type == oid::kTimestamp || type == oid::kTimestamptz;
}

bool is_number(catalog::Oid type) {
  constexpr std::array<catalog::Oid, 6> kTypes = {20, 21, 23, 700, 701, 1700};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

bool is_text(catalog::Oid type) {
  constexpr std::array<catalog::Oid, 3> kTypes = {25, 1042, 1043};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

// Builds the text of the question, expression by expression.
class QuestionWriter {
 public:
  QuestionWriter(std::string_view text, const std::vector<parser::Token>& tokens)
      : text_(text), tokens_(tokens) {}

  void add(const Blank& blank) {
    if (blank.kind != Blank::Kind::kAsked) {
      question_.answer_of_blank.emplace_back();
      return;
    }
    question_.of_sequence = question_.of_sequence || blank.of_sequence;
    const std::string expression = expression_of(blank.replaced);
    const std::string key = fmt::format("{} {} {}", blank.stored, blank.type, expression);
    const auto known = known_.find(key);
    if (known != known_.end() && !blank.each_time) {
      question_.answer_of_blank.emplace_back(known->second);
      return;
    }
    const std::uint32_t number = question_.answers++;
    known_.emplace(key, number);
    question_.answer_of_blank.emplace_back(number);
    const std::string_view comma = number == 0 ? "" : ", ";
    inner_ += fmt::format("{}({}) AS v{}", comma, expression, number);
    outer_ += fmt::format("{}v{}, {}", comma, number, text_of(blank, fmt::format("v{}", number)));
  }

  // OFFSET 0 keeps the expressions from being computed twice.
  [[nodiscard]] Question finish() && {
    question_.sql = fmt::format("SELECT {} FROM (SELECT ", outer_);
    question_.expressions_at = static_cast<std::uint32_t>(question_.sql.size());
    question_.sql += fmt::format("{} OFFSET 0) AS asked", inner_);
    return std::move(question_);
  }

 private:
  // Times in ISO 8601, which to_json() writes in every DateStyle.
  static std::string text_of(const Blank& blank, const std::string& name) {
    const std::string value =
        blank.stored ? fmt::format("CAST({} AS {})", name, blank.type_name) : name;
    if (!is_time(blank.type)) return fmt::format("CAST({} AS pg_catalog.text)", value);
    return fmt::format("pg_catalog.to_json({}) OPERATOR(pg_catalog.#>>) '{{}}'", value);
  }

  // The expression as it was written, its parameters numbered anew.
  std::string expression_of(parser::TokenRange range) {
    std::string out;
    std::uint32_t from = tokens_[range.first].offset;
    for (parser::TokenIndex at = range.first; at < range.end; ++at) {
      const parser::Token& token = tokens_[at];
      if (token.kind != parser::TokenKind::kParameter) continue;
      out += text_.substr(from, token.offset - from);
      out += fmt::format("${}", number_of(text_.substr(token.offset + 1, token.length - 1)));
      from = token.offset + token.length;
    }
    const parser::Token& last = tokens_[range.end - 1];
    out += text_.substr(from, last.offset + last.length - from);
    return out;
  }

  std::size_t number_of(std::string_view digits) {
    std::uint32_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    std::vector<std::uint32_t>& all = question_.parameters;
    const auto found = std::ranges::find(all, number - 1);
    if (found != all.end()) return static_cast<std::size_t>(found - all.begin()) + 1;
    all.push_back(number - 1);
    return all.size();
  }

  const std::string_view text_;
  const std::vector<parser::Token>& tokens_;
  Question question_;
  std::string outer_;
  std::string inner_;
  std::map<std::string, std::uint32_t> known_;
};

}  // namespace

Question make_question(const Completion& completion, std::string_view text,
                       const std::vector<parser::Token>& tokens) {
  QuestionWriter writer(text, tokens);
  for (const Blank& blank : completion.blanks) writer.add(blank);
  return std::move(writer).finish();
}

std::string readable_answer(const Blank& blank, std::string text) {
  if (is_time(blank.type)) std::ranges::replace(text, 'T', ' ');
  return text;
}

std::string cast_name(const catalog::Schema& schema, catalog::Oid type) {
  // The schema quotes names that are keywords: there "char" is another type than char.
  using Name = std::pair<catalog::Oid, std::string_view>;
  constexpr std::array<Name, 5> kKeywords = {{{oid::kBpchar, "pg_catalog.bpchar"},
                                              {oid::kVarchar, "pg_catalog.varchar"},
                                              {oid::kTimestamp, "pg_catalog.timestamp"},
                                              {oid::kTimestamptz, "pg_catalog.timestamptz"},
                                              {oid::kNumeric, "pg_catalog.numeric"}}};
  const auto keyword = std::ranges::find(kKeywords, type, &Name::first);
  if (keyword != kKeywords.end()) return std::string(keyword->second);
  const catalog::Type* known = schema.find_type(type);
  return known == nullptr ? std::string() : known->name;
}

bool is_assignable(catalog::Oid from, catalog::Oid to) {
  return from == to || is_text(to) || (is_number(from) && is_number(to)) ||
         (is_time(from) && is_time(to));
}

std::string quoted_literal(std::string_view text) {
  const bool escapes = text.find('\\') != std::string_view::npos;
  std::string out = escapes ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

Edits completing_edits(const Completion& completion,
                       const std::vector<std::optional<std::string>>& values) {
  Edits out = completion.edits;
  for (std::size_t at = 0; at < completion.blanks.size(); ++at) {
    const Blank& blank = completion.blanks[at];
    if (!values[at]) continue;
    out.push_back({.replaced = blank.replaced,
                   .pieces = {{.kind = Piece::Kind::kText,
                               .text = blank.before + *values[at] + blank.after}}});
  }
  std::ranges::stable_sort(out, {}, [](const Edit& edit) { return edit.replaced.first; });
  return out;
}

}  // namespace tessera::plan
