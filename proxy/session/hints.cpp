// Hints in comments before statements: they change the plan of their own execution, and never what
// the plan cache keeps.

#include "proxy/plan/hinted.h"
#include "proxy/session/session.h"

namespace tessera::session {

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
  auto out = std::make_shared<CachedPlan>(**cached);
  out->plan = plan::unrewritten(*(*cached)->plan);
  return out;
}

// Null: it is none that DATA_SOURCE_NAME concerns.
Result<std::shared_ptr<CachedPlan>> Session::directed_plan(std::string_view text,
                                                           const parser::Shape& shape,
                                                           const std::string& data_source) {
  auto plan = plan::directed_plan({.text = text.substr(shape.begin, shape.end - shape.begin),
                                   .options = scan_options_,
                                   .catalog = catalog()},
                                  data_source);
  if (!plan) return plan.error();
  if (!*plan) return std::shared_ptr<CachedPlan>();
  auto out = std::make_shared<CachedPlan>();
  out->plan = std::move(*plan);
  out->search_path = search_path_text_;
  return out;
}

}  // namespace tessera::session
