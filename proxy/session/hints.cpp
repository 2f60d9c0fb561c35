// Hints in comments before statements: they change the plan of their own execution, and never what
// the plan cache keeps.

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

std::optional<rules::ShardIndex> find_shard(const rules::RuleSet& rules, std::string_view name) {
  const auto found = std::ranges::find(rules.shards, name, &rules::Shard::name);
  if (found == rules.shards.end()) return std::nullopt;
  return static_cast<rules::ShardIndex>(found - rules.shards.begin());
}

}  // namespace

std::shared_ptr<const parser::Hints> hints_before(std::string_view before) {
  auto hints = parser::read_hints(before);
  return hints ? std::make_shared<const parser::Hints>(std::move(*hints)) : nullptr;
}

Result<std::shared_ptr<CachedPlan>> Session::plan_with_hints(
    std::string_view text, const parser::Shape& shape, const parser::Hints* hints,
    const std::vector<std::uint32_t>* types) {
  if (hints != nullptr && !hints->data_source.empty()) {
    auto directed = directed_plan(text, shape, hints->data_source);
    if (!directed || *directed) return directed;
  }
  auto cached = plan_for(text, shape, types);
  if (!cached || hints == nullptr || !hints->skip_sql_rewrite) return cached;
  auto plan = std::make_shared<plan::Plan>(*(*cached)->plan);
  plan->rename.clear();
  auto out = std::make_shared<CachedPlan>(**cached);
  out->plan = std::move(plan);
  return out;
}

// DATA_SOURCE_NAME: a query goes to that shard as it is written. Null: it is none, and hints say
// nothing about it.
Result<std::shared_ptr<CachedPlan>> Session::directed_plan(std::string_view text,
                                                           const parser::Shape& shape,
                                                           const std::string& data_source) {
  const auto shard = find_shard(*catalog()->rules, data_source);
  plan::PlainPlan made =
      plan::make_plain_plan({.text = text.substr(shape.begin, shape.end - shape.begin),
                             .options = scan_options_,
                             .catalog = catalog()});
  if (!made.plan || !made.query) return std::shared_ptr<CachedPlan>();
  if (!shard) return errors::unknown_data_source(data_source);
  auto plan = std::make_shared<plan::Plan>(*made.plan);
  plan->route.shard = *shard;
  auto out = std::make_shared<CachedPlan>();
  out->plan = std::move(plan);
  out->search_path = search_path_text_;
  return out;
}

}  // namespace tessera::session
