#include "tools/answers.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include "base/utf8.h"
#include "parser/parse.h"
#include "parser/print.h"
#include "proxy/plan/hinted.h"
#include "proxy/plan/physical.h"
#include "proxy/plan/planner.h"

namespace tessera::tools {
namespace {

namespace json = boost::json;

Result<std::shared_ptr<const plan::Plan>> plan_of(const parser::ParsedStatement& parsed,
                                                  const Catalog& catalog) {
  return plan::make_plan({.parsed = &parsed, .catalog = catalog});
}

Result<std::shared_ptr<const plan::Plan>> hinted_plan(const parser::ParsedStatement& parsed,
                                                      const parser::Hints* hints,
                                                      const Catalog& catalog) {
  if (hints != nullptr && !hints->data_source.empty()) {
    auto directed =
        plan::directed_plan({.text = parsed.text(), .catalog = catalog}, hints->data_source);
    if (!directed || *directed) return directed;
  }
  auto plan = plan_of(parsed, catalog);
  if (!plan || hints == nullptr || !hints->skip_sql_rewrite) return plan;
  return plan::unrewritten(**plan);
}

bool is_query(const parser::ParsedStatement& parsed) {
  const auto& node = parsed.statement().node;
  return std::holds_alternative<parser::Select*>(node) ||
         std::holds_alternative<parser::Insert*>(node) ||
         std::holds_alternative<parser::Update*>(node) ||
         std::holds_alternative<parser::Delete*>(node);
}

// False: PostgreSQL decides whether it is SQL at all.
bool is_understood(const parser::ParsedStatement& parsed) {
  const auto* other = std::get_if<parser::OtherStatement*>(&parsed.statement().node);
  return other == nullptr || (*other)->understood;
}

// Ordinals of the constants whose values are part of the plan's key; an error is one of planning.
Result<json::array> pinned(const Statement& statement, const Catalog& catalog) {
  const auto parsed = parser::parse(statement.text, statement.shape, {});
  if (!parsed) return parsed.error();
  json::array out;
  if (!is_query(*parsed)) {
    for (std::size_t at = 0; at < statement.shape.constants.size(); ++at) out.emplace_back(at);
    return out;
  }
  const auto plan = plan_of(*parsed, catalog);
  if (!plan) return plan.error();
  for (const std::uint32_t ordinal : (*plan)->pinned_constants) out.emplace_back(ordinal);
  return out;
}

json::object with_error(json::object answer, const Error& error) {
  answer["error"] = error_answer(error);
  return answer;
}

}  // namespace

json::object error_answer(const Error& error) {
  json::object out;
  out["sqlstate"] = error.sqlstate;
  out["message"] = error.message;
  if (!error.detail.empty()) out["detail"] = error.detail;
  if (!error.hint.empty()) out["hint"] = error.hint;
  if (error.position > 0) out["position"] = error.position;
  return out;
}

json::object shape_answer(const Statement& statement, const Catalog& catalog) {
  const parser::Shape& shape = statement.shape;
  const parser::Fingerprint print = parser::lasting_fingerprint(shape);
  json::object out;
  out["fingerprint"] = fmt::format("{:016x}{:016x}", print.high, print.low);
  out["shape"] = parser::readable(shape);
  json::array constants;
  for (const parser::Constant& constant : shape.constants) {
    json::object one;
    one["class"] = parser::class_name(constant.kind);
    one["position"] = 1 + characters(statement.text.substr(0, constant.offset));
    one["text"] = statement.text.substr(constant.offset, constant.length);
    constants.emplace_back(std::move(one));
  }
  out["constants"] = std::move(constants);
  out["parameters"] = shape.parameter_max;
  if (!catalog) return out;
  auto ordinals = pinned(statement, catalog);
  if (!ordinals) return with_error(std::move(out), ordinals.error());
  out["pinned"] = std::move(*ordinals);
  return out;
}

json::object parse_answer(const Statement& statement) {
  const auto parsed = parser::parse(statement.text, statement.shape, {});
  if (!parsed) return with_error({}, parsed.error());
  json::object out;
  out["statement"] = parser::print(*parsed);
  // Of the proxy such a statement goes to PostgreSQL, which decides.
  const auto error = parser::syntax_error(*parsed);
  out["accepted"] = !error;
  out["understood"] = is_understood(*parsed);
  return error ? with_error(std::move(out), *error) : out;
}

json::object route_answer(const Statement& statement, const Catalog& catalog) {
  json::object out;
  out["statement"] = statement.text;
  const auto parsed = parser::parse(statement.text, statement.shape, {});
  if (!parsed) return with_error(std::move(out), parsed.error());
  const auto hints = parser::read_hints(statement.before);
  const parser::Hints* const given = hints ? &*hints : nullptr;
  const auto plan = hinted_plan(*parsed, given, catalog);
  if (!plan) return with_error(std::move(out), plan.error());
  const plan::Execution execution{
      .text = parsed->text(),
      .tokens = &parsed->tokens(),
      .values = {.text = parsed->text(), .constants = &parsed->constants(), .hints = given}};
  if (!is_understood(*parsed)) out["understood"] = false;
  const auto sent = plan::physical_statements(**plan, execution);
  if (!sent) return with_error(std::move(out), sent.error());
  json::array targets;
  for (const plan::PhysicalStatement& one : *sent) {
    json::object target;
    target["data_source"] = catalog->rules->shards[one.shard].name;
    target["sql"] = one.sql;
    targets.emplace_back(std::move(target));
  }
  out["targets"] = std::move(targets);
  if ((*plan)->route.kind == plan::RouteSpec::Kind::kAnyShard) out["any_shard"] = true;
  const bool finished = sent->size() > 1 && std::holds_alternative<plan::Finish>((*plan)->scatter);
  if (finished) out["put_together_on"] = catalog->rules->shards[sent->front().shard].name;
  return out;
}

}  // namespace tessera::tools
