#include "proxy/plan/passes/relation_names.h"

#include <algorithm>
#include <optional>

#include "parser/walk.h"
#include "proxy/plan/passes/disguised_names.h"

namespace tessera::plan {
namespace {

using catalog::Disguise;
using parser::Expr;
using parser::TokenKind;

bool is_regclass(const Expr& expr) {
  return expr.kind == Expr::Kind::kCast &&
         (expr.type == "regclass" || expr.type == "pg_catalog.regclass");
}

bool is_own_call(const Expr& expr, std::string_view name) {
  if (expr.kind != Expr::Kind::kFunction) return false;
  const parser::QualifiedName& called = expr.function->name;
  return called.name == name && (called.schema.empty() || called.schema == "pg_catalog");
}

// The argument of a privilege function that names a table; null: there is none. A role's name may
// come first.
const Expr* privilege_argument(const Expr& expr) {
  std::size_t least = 0;
  if (is_own_call(expr, "has_table_privilege") || is_own_call(expr, "has_any_column_privilege"))
    least = 2;
  if (is_own_call(expr, "has_column_privilege")) least = 3;
  const std::size_t count = expr.children.size();
  if (least == 0 || count < least || count > least + 1) return nullptr;
  return expr.children[count - least];
}

std::string actual_name(const Disguise& disguise) {
  return parser::quote_identifier(disguise.schema) + "." +
         parser::quote_identifier(disguise.actual);
}

std::string in_quotes(std::string_view name) {
  std::string out = "\"";
  for (const char letter : name) {
    if (letter == '"') out += '"';
    out += letter;
  }
  return out + '"';
}

class RelationNames {
 public:
  RelationNames(const Query& query, Edits& edits, Pins& pins)
      : query_(query), edits_(edits), pins_(pins) {}

  void read(const Expr& expr) {
    if (is_regclass(expr)) {
      const Expr& argument = *expr.children[0];
      if (argument.kind == Expr::Kind::kParameter) return computed(argument);
      return constant(argument);
    }
    if (is_own_call(expr, "to_regclass") && expr.children.size() == 1) {
      const Expr& argument = *expr.children[0];
      return argument.kind == Expr::Kind::kConstant ? constant(argument) : computed(argument);
    }
    if (const Expr* argument = privilege_argument(expr)) constant(*argument);
  }

 private:
  void constant(const Expr& expr) {
    if (expr.kind != Expr::Kind::kConstant) return;
    const auto& constant = query_.input->parsed->constants()[expr.constant];
    if (constant.kind < parser::ConstantClass::kString) return;
    pins_.insert(expr.constant);
    const auto value = parser::constant_value(query_.input->parsed->text(), constant);
    const Disguise* found = value ? find(*value) : nullptr;
    if (found == nullptr) return;
    edits_.push_back({expr.range, {text_piece(parser::quote_literal(actual_name(*found)))}});
  }

  // Whatever the text may be when it runs, as far as it is spelt in one of the usual ways.
  void computed(const Expr& expr) {
    std::vector<std::string> spellings;
    std::vector<std::string> names;
    for (const Disguise& disguise : query_.schema().disguises) {
      if (!is_named(disguise)) continue;
      for (const std::string& spelling : spellings_of(disguise)) {
        spellings.push_back(spelling);
        names.push_back(actual_name(disguise));
      }
    }
    if (names.empty()) return;
    Edit edit{.replaced = expr.range, .pieces = {}};
    edit.pieces.push_back(text_piece("coalesce((" + array_constant(names, "text") +
                                     ")[pg_catalog.array_position(" +
                                     array_constant(spellings, "text") + ", ("));
    edit.pieces.push_back(copy_piece(expr.range));
    edit.pieces.push_back(text_piece(")::pg_catalog.text)], ("));
    edit.pieces.push_back(copy_piece(expr.range));
    edit.pieces.push_back(text_piece(")::pg_catalog.text)"));
    edits_.push_back(std::move(edit));
  }

  [[nodiscard]] static bool is_named(const Disguise& disguise) {
    const bool relation =
        disguise.kind == Disguise::Kind::kTable || disguise.kind == Disguise::Kind::kIndex;
    return disguise.shown && relation && disguise.actual != disguise.logical;
  }

  [[nodiscard]] std::vector<std::string> spellings_of(const Disguise& disguise) const {
    std::vector<std::string> out;
    const std::string name = parser::quote_identifier(disguise.logical);
    for (const std::string& each : {name, in_quotes(disguise.logical)}) {
      if (is_visible(disguise)) out.push_back(each);
      out.push_back(parser::quote_identifier(disguise.schema) + "." + each);
      out.push_back(in_quotes(disguise.schema) + "." + each);
    }
    return out;
  }

  // Does the name alone mean it? Another relation of that name may come before it on the path.
  [[nodiscard]] bool is_visible(const Disguise& disguise) const {
    const auto& path = query_.input->search_path;
    const auto* first = query_.schema().find_table({}, disguise.logical, path);
    if (first != nullptr) return first->schema == disguise.schema;
    return std::ranges::find(path, disguise.schema) != path.end();
  }

  // `value` is a name as SQL has it, a schema before it or not.
  [[nodiscard]] const Disguise* find(const std::string& value) const {
    std::vector<parser::Token> tokens;
    parser::Shape shape;
    if (!parser::scan(value, 0, {}, shape) || shape.next != value.size()) return nullptr;
    parser::tokenize(value, 0, static_cast<std::uint32_t>(value.size()), {}, tokens);
    const auto name = [&](std::size_t at) -> std::string {
      const bool is_name = tokens[at].kind == TokenKind::kIdentifier ||
                           tokens[at].kind == TokenKind::kQuotedIdentifier;
      const auto text = std::string_view(value).substr(tokens[at].offset, tokens[at].length);
      return is_name ? parser::identifier_name(text) : std::string();
    };
    const bool qualified = tokens.size() == 4 && value[tokens[1].offset] == '.';
    if (tokens.size() != 2 && !qualified) return nullptr;
    const std::string schema = qualified ? name(0) : std::string();
    const std::string relation = name(qualified ? 2 : 0);
    for (const Disguise& disguise : query_.schema().disguises) {
      if (!is_named(disguise) || disguise.logical != relation) continue;
      if (qualified ? disguise.schema == schema : is_visible(disguise)) return &disguise;
    }
    return nullptr;
  }

  const Query& query_;
  Edits& edits_;
  Pins& pins_;
};

}  // namespace

void add_relation_name_edits(const Query& query, Edits& edits, Pins& pins) {
  RelationNames names(query, edits, pins);
  parser::for_each_expr(parser::Node(query.statement), [&](const Expr& expr) { names.read(expr); });
}

}  // namespace tessera::plan
