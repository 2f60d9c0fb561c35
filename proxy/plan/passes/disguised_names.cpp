#include "proxy/plan/passes/disguised_names.h"

#include "parser/shape.h"

namespace tessera::plan {
namespace {

using catalog::Disguise;

bool is_about(const Disguise& disguise, DisguisedNames::Subject subject) {
  return (disguise.kind == Disguise::Kind::kConstraint) == subject.constraints;
}

std::string key_of(const Disguise& disguise, DisguisedNames::Subject subject) {
  return subject.by_name ? disguise.schema + "." + disguise.actual : std::to_string(disguise.oid);
}

std::string_view key_type(DisguisedNames::Subject subject) {
  return subject.by_name ? "text" : "oid";
}

// The words of a definition: quoted names, strings, names, and what stands between them.
constexpr std::string_view kWords =
    R"re(("(?:[^"]|"")*"|''(?:[^'']|'''')*''|[[:alpha:]_][[:alnum:]_$]*|[^"''[:alpha:]_]+|.))re";

}  // namespace

std::string array_constant(const std::vector<std::string>& values, std::string_view type) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char letter : value) {
      if (letter == '"' || letter == '\\') out += '\\';
      out += letter;
    }
    out += '"';
  }
  return parser::quote_literal(out + '}') + "::pg_catalog." + std::string(type) + "[]";
}

DisguisedNames::DisguisedNames(const std::vector<Disguise>& disguises) : disguises_(disguises) {}

std::string DisguisedNames::mapped(Subject subject, const std::string& key,
                                   const std::string& name) const {
  std::vector<std::string> keys;
  std::vector<std::string> names;
  for (const Disguise& disguise : disguises_) {
    if (!disguise.shown || !is_about(disguise, subject) || disguise.logical == disguise.actual) {
      continue;
    }
    keys.push_back(key_of(disguise, subject));
    names.push_back(disguise.logical);
  }
  if (keys.empty()) return {};
  return "coalesce((" + array_constant(names, "name") + ")[pg_catalog.array_position(" +
         array_constant(keys, key_type(subject)) + ", " + key + ")], " + name + ")";
}

std::string DisguisedNames::visible(Subject subject, const std::string& key) const {
  std::vector<std::string> keys;
  for (const Disguise& disguise : disguises_) {
    if (!disguise.shown && is_about(disguise, subject)) keys.push_back(key_of(disguise, subject));
  }
  if (keys.empty()) return {};
  const std::string listed = key + " <> ALL (" + array_constant(keys, key_type(subject)) + ")";
  // A name may be NULL, which is none that is hidden.
  return subject.by_name ? "(" + listed + ") IS NOT FALSE" : listed;
}

std::string DisguisedNames::visible_row_type(const std::string& type) const {
  std::vector<std::string> tables;
  for (const Disguise& disguise : disguises_) {
    if (!disguise.shown && disguise.kind == Kind::kTable) {
      tables.push_back(std::to_string(disguise.oid));
    }
  }
  if (tables.empty()) return {};
  return type + " NOT IN (SELECT reltype FROM pg_catalog.pg_class WHERE oid = ANY (" +
         array_constant(tables, "oid") + "))";
}

std::string DisguisedNames::before_definition(std::string_view column) const {
  std::vector<std::string> actual;
  std::vector<std::string> logical;
  for (const Disguise& disguise : disguises_) {
    if (disguise.kind == Kind::kConstraint || disguise.actual == disguise.logical) continue;
    actual.push_back(parser::quote_identifier(disguise.actual));
    logical.push_back(parser::quote_identifier(disguise.logical));
  }
  return "(SELECT pg_catalog.string_agg(coalesce((" + array_constant(logical, "text") +
         ")[pg_catalog.array_position(" + array_constant(actual, "text") +
         ", word[1])], word[1]), '' ORDER BY place) AS " + parser::quote_identifier(column) +
         " FROM pg_catalog.regexp_matches(";
}

std::string DisguisedNames::after_definition() const {
  return ", '" + std::string(kWords) + "', 'g') WITH ORDINALITY AS found(word, place))";
}

}  // namespace tessera::plan
