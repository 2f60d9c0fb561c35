#include "proxy/session/cached_plan.h"

#include <algorithm>

#include "proxy/plan/plan_bytes.h"

namespace tessera::session {
namespace {

std::string_view word_of(const parser::Constant& constant, const PlanRequest& request) {
  return request.text.substr(constant.offset, constant.length);
}

std::vector<std::uint32_t> lengths_of(const parser::Shape& shape) {
  std::vector<std::uint32_t> out;
  for (const parser::Fold& fold : shape.folds) out.push_back(fold.count);
  return out;
}

std::string pinned_values(const std::vector<std::uint32_t>& pinned, const PlanRequest& request) {
  std::string values;
  for (const std::uint32_t ordinal : pinned) {
    values.append(word_of(request.shape->constants[ordinal], request));
    values.push_back('\0');
  }
  return values;
}

// Where the statement has no parameters nothing comes of their types.
bool declares_types(const PlanRequest& request) {
  return request.parameter_types != nullptr && request.shape->parameter_max > 0;
}

// Statements other than these may hide names in their constants (a DO block's body, a type
// modifier): each text is its own.
bool constants_are_only_values(const parser::Statement& statement) {
  const auto& node = statement.node;
  return std::holds_alternative<parser::Select*>(node) ||
         std::holds_alternative<parser::Insert*>(node) ||
         std::holds_alternative<parser::Update*>(node) ||
         std::holds_alternative<parser::Delete*>(node);
}

std::vector<std::uint32_t> all_constants(const parser::Shape& shape) {
  std::vector<std::uint32_t> all(shape.constants.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

// SELECT and DML.
bool is_short(const CachedPlan& cached) {
  const plan::Plan& plan = *cached.plan;
  return cached.values_only && !plan.ask_first && !plan.ddl && !plan.own_transaction &&
         !plan.completion && !plan.transaction && !plan.set && !plan.show;
}

// DISCARD ALL, DEALLOCATE [PREPARE] ALL: a server forgets what we know it to have prepared.
bool discards_statements(const parser::OtherStatement& other) {
  if (other.first_word != "discard" && other.first_word != "deallocate") return false;
  return std::find(other.identifiers.begin(), other.identifiers.end(), "all") !=
         other.identifiers.end();
}

// In a database of one server nothing is parsed but what the session itself obeys. Null: it has to
// be.
std::shared_ptr<CachedPlan> make_plain(const PlanRequest& request,
                                       const std::shared_ptr<const catalog::Catalog>& catalog,
                                       bool session_too) {
  const parser::Shape& shape = *request.shape;
  plan::PlainPlan made =
      plan::make_plain_plan({.text = request.text.substr(shape.begin, shape.end - shape.begin),
                             .options = request.options,
                             .catalog = catalog,
                             .session_too = session_too});
  if (!made.plan) return nullptr;
  auto cached = std::make_shared<CachedPlan>();
  cached->plan = std::move(made.plan);
  cached->values_only = made.takes_parameters;
  cached->short_way = made.query;
  cached->discards = made.forgets_statements;
  cached->discards_settings = made.forgets_settings;
  cached->deallocates = std::move(made.forgets_one);
  cached->names_prepared = std::move(made.names_prepared);
  cached->copies = made.copies;
  return cached;
}

Result<std::shared_ptr<CachedPlan>> parsed_plan(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog) {
  auto parsed = parser::parse(request.text, *request.shape, request.options);
  if (!parsed) return parsed.error();
  const bool known = !std::holds_alternative<parser::OtherStatement*>(parsed->statement().node);
  if (catalog->rules->is_plain() && !known) return make_plain(request, catalog, true);
  const parser::Folds& folds = request.shape->folds;
  const bool open = !folds.empty() && !parser::has_more_items(folds);
  plan::PlanInput input{.parsed = &*parsed,
                        .catalog = catalog,
                        .search_path = *request.search_path,
                        .folds = open ? &folds : nullptr};
  auto plan = plan::make_plan(input);
  if (!plan) return plan.error();
  auto cached = std::make_shared<CachedPlan>();
  cached->plan = *plan;
  const bool values_only = constants_are_only_values(parsed->statement());
  cached->values_only = values_only;
  cached->pinned = values_only ? (*plan)->pinned_constants : all_constants(*request.shape);
  cached->pinned_values = pinned_values(cached->pinned, request);
  if (!(*plan)->folded) cached->lengths = lengths_of(*request.shape);
  const auto* other = std::get_if<parser::OtherStatement*>(&parsed->statement().node);
  cached->understood = other == nullptr || (*other)->understood;
  cached->discards = other != nullptr && discards_statements(**other);
  cached->short_way = is_short(*cached);
  if (other != nullptr && (*other)->first_word == "deallocate" && !cached->discards &&
      !(*other)->identifiers.empty())
    cached->deallocates = (*other)->identifiers.back();
  cached->copies = std::holds_alternative<parser::Copy*>(parsed->statement().node);
  cached->discards_settings = cached->discards && (*other)->first_word == "discard";
  return cached;
}

// The plan for lists of any length: that of the statement with two items in each. Null: there is
// none, or an error whose place the whole statement must tell.
std::shared_ptr<CachedPlan> folded_plan(const PlanRequest& request,
                                        const std::shared_ptr<const catalog::Catalog>& catalog) {
  const std::string text = parser::with_two_items(request.text, *request.shape, request.options);
  parser::Shape shape;
  if (!parser::scan(text, 0, request.options, shape)) return nullptr;
  PlanRequest shorter = request;
  shorter.text = text;
  shorter.shape = &shape;
  const auto made = parsed_plan(shorter, catalog);
  return made && (*made)->plan->folded ? *made : nullptr;
}

Result<std::shared_ptr<CachedPlan>> plan_of(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog) {
  if (catalog->rules->is_plain()) {
    auto cached = make_plain(request, catalog, false);
    if (cached) return cached;
  }
  if (parser::has_more_items(request.shape->folds)) {
    auto cached = folded_plan(request, catalog);
    if (cached) return cached;
  }
  return parsed_plan(request, catalog);
}

// What a description takes of a statement that returns rows, if one is ever made.
constexpr std::size_t kDescribedBytes = 1024;

std::size_t bytes_of(const CachedPlan& cached) {
  const std::size_t described = cached.plan->returns_rows ? kDescribedBytes : 0;
  return 2 * sizeof cached + plan::bytes_of(*cached.plan) + described +
         2 * (cached.pinned_values.size() + cached.search_path.size() +
              (cached.pinned.size() + cached.lengths.size()) * sizeof(std::uint32_t) +
              cached.parameter_types.size() * sizeof(std::uint32_t));
}

}  // namespace

// As pinned_values() of the request would compare, without making them.
bool has_pinned_values(const CachedPlan& cached, const PlanRequest& request) {
  std::string_view values = cached.pinned_values;
  const parser::Shape& shape = *request.shape;
  for (const std::uint32_t pinned : cached.pinned) {
    const std::uint32_t ordinal =
        cached.plan->folded ? parser::full_ordinal(shape.folds, pinned) : pinned;
    const std::string_view word = word_of(shape.constants[ordinal], request);
    if (!values.starts_with(word) || values.size() == word.size() || values[word.size()] != '\0')
      return false;
    values.remove_prefix(word.size() + 1);
  }
  return values.empty();
}

bool has_lengths(const CachedPlan& cached, const PlanRequest& request) {
  return std::ranges::equal(cached.lengths, request.shape->folds, {}, {}, &parser::Fold::count);
}

bool has_types(const CachedPlan& cached, const PlanRequest& request) {
  if (!declares_types(request)) return cached.parameter_types.empty();
  return cached.parameter_types == *request.parameter_types;
}

Result<std::shared_ptr<CachedPlan>> make_cached_plan(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog) {
  auto made = plan_of(request, catalog);
  if (!made) return made;
  if (declares_types(request)) (*made)->parameter_types = *request.parameter_types;
  (*made)->search_path = *request.search_path_text;
  (*made)->bytes = bytes_of(**made);
  return made;
}

}  // namespace tessera::session
