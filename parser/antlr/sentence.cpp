#include "parser/antlr/sentence.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <unordered_map>

#include "parser/char_class.h"
#include "parser/keywords.h"

namespace tessera::parser::antlr {
namespace {

using Tree = PostgreSqlParser;
using Words = std::initializer_list<std::string_view>;

// Looks at every node of a tree that has a rule here.
class Sentence {
 public:
  explicit Sentence(const ParsedStatement::Storage& storage) : storage_(storage) {}

  std::optional<TokenIndex> broken(antlr4::ParserRuleContext& root) {
    std::vector<antlr4::ParserRuleContext*> stack{&root};
    while (!stack.empty()) {
      antlr4::ParserRuleContext* const node = stack.back();
      stack.pop_back();
      const auto found = rules().find(node->getRuleIndex());
      if (found != rules().end() && !(this->*found->second)(*node))
        return static_cast<TokenIndex>(first(*node));
      for (auto* child : node->children) {
        if (auto* rule = dynamic_cast<antlr4::ParserRuleContext*>(child)) stack.push_back(rule);
      }
    }
    return std::nullopt;
  }

 private:
  using Context = antlr4::ParserRuleContext;
  using Rule = bool (Sentence::*)(Context&);
  static const std::unordered_map<std::size_t, Rule>& rules();

  template <class T, bool (Sentence::*rule)(T&)>
  bool of(Context& context) {
    return (this->*rule)(static_cast<T&>(context));
  }

  static std::size_t first(const Context& context) { return context.start->getTokenIndex(); }
  static std::size_t last(const Context& context) { return context.stop->getTokenIndex(); }
  [[nodiscard]] std::string word(std::size_t token) const {
    std::string text(storage_.word(static_cast<TokenIndex>(token)));
    if (storage_.tokens[token].kind == TokenKind::kIdentifier)
      std::ranges::transform(text, text.begin(), fold);
    return text;
  }
  // The token, unquoted, is one of `words`.
  [[nodiscard]] bool is(std::size_t token, Words words) const {
    return std::ranges::find(words, word(token)) != words.end();
  }
  [[nodiscard]] const Keyword* keyword(std::size_t token) const {
    return storage_.tokens[token].kind == TokenKind::kIdentifier ? find_keyword(word(token))
                                                                 : nullptr;
  }
  [[nodiscard]] bool is_column_word(std::size_t token) const {
    const Keyword* known = keyword(token);
    return known != nullptr && known->kind == KeywordClass::kColumnName;
  }

  bool name_expr(Tree::NameExprContext& context);
  bool special_list(Tree::NameExprContext& context, std::string_view name) const;
  bool function_name(Tree::FunctionNameContext& context);
  bool qualified_name(Tree::QualifiedNameContext& context);
  bool scalar_type(Tree::ScalarTypeContext& context);
  bool function_table(Tree::FunctionTableContext& context);
  bool arguments(Tree::ArgumentsContext& context);
  bool argument_head(Tree::ArgumentHeadContext& context);
  bool function_signature(Tree::FunctionSignatureContext& context);
  bool setting_name(Tree::SettingNameContext& context);
  bool bare_label(Tree::BareLabelContext& context);
  bool extract_field(Tree::ExtractFieldContext& context);
  bool index_element(Tree::IndexElementContext& context);
  bool target(Tree::TargetContext& context);
  bool predicate_tail(Tree::PredicateTailContext& context);
  bool predicate(Tree::PredicateContext& context);
  bool operand(Tree::OperandContext& context);
  bool typed_constant(Tree::NameExprContext& context) const;
  bool column_aliases(Tree::ColumnAliasesContext& context);
  bool table_primary(Tree::TablePrimaryContext& context);
  bool subquery_table(Tree::SubqueryTableContext& context);
  bool set_rest(Tree::SetRestContext& context);
  bool partition_bound(Tree::PartitionBoundContext& context);
  bool create_table(Tree::CreateTableContext& context);
  bool call_tail(Tree::NameExprContext& context) const;
  bool frame(Tree::FrameClauseContext& context);
  bool query_body(Tree::QueryBodyContext& context);
  bool explain(Tree::ExplainStatementContext& context);
  bool copy(Tree::CopyStatementContext& context);
  bool reference(Tree::ReferenceOptionContext& context);
  bool table_constraint(Tree::TableConstraintContext& context);
  bool alter_else(Tree::AlterElseContext& context);
  bool attributes(const std::vector<Tree::ConstraintAttributeContext*>& all, bool check,
                  bool foreign) const;
  bool column_number(Tree::ColumnNumberContext& context);
  bool schema(Tree::CreateStatementContext& context);
  bool trigger_events(const std::vector<Tree::TriggerEventContext*>& events) const;
  bool create(Tree::CreateStatementContext& context);
  bool schema_element(Tree::SchemaElementContext& context);
  bool publication(Tree::PublicationObjectsContext& context);
  bool policy(Tree::PolicyKindContext& context);
  bool role_flag(Tree::RoleFlagContext& context);
  bool role_name(Tree::RoleNameContext& context);
  bool new_role(Tree::NewRoleContext& context);
  bool xml_column(Tree::XmlColumnContext& context);
  bool aggregate(Tree::AggregateArgumentsContext& context);

  const ParsedStatement::Storage& storage_;
};

const std::unordered_map<std::size_t, Sentence::Rule>& Sentence::rules() {
  using S = Sentence;
  static const std::unordered_map<std::size_t, Rule> table = {
      {Tree::RuleNameExpr, &S::of<Tree::NameExprContext, &S::name_expr>},
      {Tree::RuleFunctionName, &S::of<Tree::FunctionNameContext, &S::function_name>},
      {Tree::RuleFunctionSignature, &S::of<Tree::FunctionSignatureContext, &S::function_signature>},
      {Tree::RuleArgumentHead, &S::of<Tree::ArgumentHeadContext, &S::argument_head>},
      {Tree::RuleSettingName, &S::of<Tree::SettingNameContext, &S::setting_name>},
      {Tree::RuleBareLabel, &S::of<Tree::BareLabelContext, &S::bare_label>},
      {Tree::RuleExtractField, &S::of<Tree::ExtractFieldContext, &S::extract_field>},
      {Tree::RuleIndexElement, &S::of<Tree::IndexElementContext, &S::index_element>},
      {Tree::RuleTarget, &S::of<Tree::TargetContext, &S::target>},
      {Tree::RulePredicateTail, &S::of<Tree::PredicateTailContext, &S::predicate_tail>},
      {Tree::RulePredicate, &S::of<Tree::PredicateContext, &S::predicate>},
      {Tree::RuleOperand, &S::of<Tree::OperandContext, &S::operand>},
      {Tree::RuleColumnAliases, &S::of<Tree::ColumnAliasesContext, &S::column_aliases>},
      {Tree::RuleTablePrimary, &S::of<Tree::TablePrimaryContext, &S::table_primary>},
      {Tree::RuleSubqueryTable, &S::of<Tree::SubqueryTableContext, &S::subquery_table>},
      {Tree::RuleSetRest, &S::of<Tree::SetRestContext, &S::set_rest>},
      {Tree::RulePartitionBound, &S::of<Tree::PartitionBoundContext, &S::partition_bound>},
      {Tree::RuleCreateTable, &S::of<Tree::CreateTableContext, &S::create_table>},
      {Tree::RuleQualifiedName, &S::of<Tree::QualifiedNameContext, &S::qualified_name>},
      {Tree::RuleScalarType, &S::of<Tree::ScalarTypeContext, &S::scalar_type>},
      {Tree::RuleFunctionTable, &S::of<Tree::FunctionTableContext, &S::function_table>},
      {Tree::RuleArguments, &S::of<Tree::ArgumentsContext, &S::arguments>},
      {Tree::RuleFrameClause, &S::of<Tree::FrameClauseContext, &S::frame>},
      {Tree::RuleQueryBody, &S::of<Tree::QueryBodyContext, &S::query_body>},
      {Tree::RuleExplainStatement, &S::of<Tree::ExplainStatementContext, &S::explain>},
      {Tree::RuleCopyStatement, &S::of<Tree::CopyStatementContext, &S::copy>},
      {Tree::RuleReferenceOption, &S::of<Tree::ReferenceOptionContext, &S::reference>},
      {Tree::RuleTableConstraint, &S::of<Tree::TableConstraintContext, &S::table_constraint>},
      {Tree::RuleAlterElse, &S::of<Tree::AlterElseContext, &S::alter_else>},
      {Tree::RuleColumnNumber, &S::of<Tree::ColumnNumberContext, &S::column_number>},
      {Tree::RuleCreateStatement, &S::of<Tree::CreateStatementContext, &S::create>},
      {Tree::RuleSchemaElement, &S::of<Tree::SchemaElementContext, &S::schema_element>},
      {Tree::RulePublicationObjects, &S::of<Tree::PublicationObjectsContext, &S::publication>},
      {Tree::RulePolicyKind, &S::of<Tree::PolicyKindContext, &S::policy>},
      {Tree::RuleRoleFlag, &S::of<Tree::RoleFlagContext, &S::role_flag>},
      {Tree::RuleRoleName, &S::of<Tree::RoleNameContext, &S::role_name>},
      {Tree::RuleNewRole, &S::of<Tree::NewRoleContext, &S::new_role>},
      {Tree::RuleXmlColumn, &S::of<Tree::XmlColumnContext, &S::xml_column>},
      {Tree::RuleAggregateArguments, &S::of<Tree::AggregateArgumentsContext, &S::aggregate>},
  };
  return table;
}

// Calls of these words take a plain list and nothing behind it.
bool Sentence::special_list(Tree::NameExprContext& context, std::string_view name) const {
  auto* const list = context.callArguments()->arguments();
  if (context.typedConstant() != nullptr) return false;
  auto* const tail = context.callTail();
  if (tail != nullptr && !tail->children.empty()) return false;
  if (list == nullptr || list->argument().empty() || list->orderBy() != nullptr) return false;
  const bool plain =
      std::ranges::all_of(list->argument(), [](auto* item) { return item->children.size() == 1; });
  const bool whole = list->children.size() == 2 * list->argument().size() - 1;
  return plain && whole && (name != "nullif" || list->argument().size() == 2);
}

bool Sentence::call_tail(Tree::NameExprContext& context) const {
  auto* const tail = context.callTail();
  if (tail == nullptr || tail->withinGroup() == nullptr) return true;
  auto* const list = context.callArguments()->arguments();
  if (list == nullptr) return true;
  return list->orderBy() == nullptr && list->distinctWord == nullptr &&
         std::ranges::none_of(list->argument(),
                              [](auto* item) { return item->variadicWord != nullptr; });
}

bool Sentence::name_expr(Tree::NameExprContext& context) {
  const std::size_t begin = first(context);
  if (context.callArguments() == nullptr && context.typedConstant() == nullptr) return true;
  if (context.callArguments() != nullptr && !call_tail(context)) return false;
  if (context.typedConstant() != nullptr && !typed_constant(context)) return false;
  // PostgreSQL takes this word for the operator's syntax.
  if (context.callArguments() != nullptr && is(begin, {"operator"}) && context.dotPart().empty())
    return false;
  // A name in front of a string, or of arguments, is that of a function or a type.
  if (!context.dotPart().empty() || !is_column_word(begin)) return true;
  const std::string name = word(begin);
  if (context.callArguments() == nullptr || context.typedConstant() != nullptr) {
    return is(begin, {"bigint", "bit", "boolean", "char", "character", "dec", "decimal", "float",
                      "int", "integer", "interval", "national", "nchar", "numeric", "real",
                      "smallint", "time", "timestamp", "varchar"});
  }
  return is(begin, {"coalesce", "greatest", "least", "nullif", "xmlconcat", "grouping"}) &&
         special_list(context, name);
}

// A name alone may be any column's, too, where no arguments follow.
bool Sentence::function_signature(Tree::FunctionSignatureContext& context) {
  const std::size_t begin = first(context);
  return last(context) == begin || last(*context.functionName()) != begin || !is_column_word(begin);
}

bool Sentence::argument_head(Tree::ArgumentHeadContext& context) {
  return context.typeFunctionName() == nullptr ||
         !is_column_word(first(*context.typeFunctionName()));
}

bool Sentence::setting_name(Tree::SettingNameContext& context) {
  for (std::size_t token = first(context) + 2; token <= last(context); token += 2) {
    const Keyword* known = keyword(token);
    if (known != nullptr &&
        (known->kind == KeywordClass::kReserved || known->kind == KeywordClass::kTypeFunctionName))
      return false;
  }
  return true;
}

// The keywords of appendix C that "require AS".
bool Sentence::bare_label(Tree::BareLabelContext& context) {
  return storage_.tokens[first(context)].kind != TokenKind::kIdentifier ||
         !is(first(context),
             {"char", "character", "day", "filter", "hour", "minute", "month", "over", "precision",
              "second", "varying", "within", "without", "year"});
}

bool Sentence::extract_field(Tree::ExtractFieldContext& context) {
  return keyword(first(context)) == nullptr ||
         is(first(context), {"year", "month", "day", "hour", "minute", "second"});
}

// A column, a call, or an expression in parentheses.
bool Sentence::index_element(Tree::IndexElementContext& context) {
  auto* const key = context.operand();
  if (key->children.size() != 1) return false;
  auto* const primary = key->primary();
  if (auto* name = primary->nameExpr()) {
    if (name->typedConstant() != nullptr) return false;
    if (name->callArguments() == nullptr) return name->dotPart().empty();
    return name->callTail() == nullptr || name->callTail()->children.empty();
  }
  if (auto* word = primary->keywordValue()) return word->valueFunction() != nullptr;
  const bool listed = primary->exprList() != nullptr && is(first(*primary), {"("});
  if (listed) return primary->exprList()->expr().size() == 1;
  return primary->specialCall() != nullptr || primary->typeName() != nullptr ||
         (primary->query() != nullptr && is(first(*primary), {"("}));
}

// UPDATE t SET: the word is no alias.
bool Sentence::target(Tree::TargetContext& context) {
  auto* const alias = context.name();
  return alias == nullptr || !is(first(*alias), {"set"}) || is(first(*alias) - 1, {"as"});
}

// OVERLAPS stands between rows of two.
bool Sentence::predicate_tail(Tree::PredicateTailContext& context) {
  if (context.overlapsWord == nullptr) return true;
  const std::size_t at = context.overlapsWord->getTokenIndex();
  return is(at - 1, {")"}) && is(at + 1, {"(", "row"});
}

// Comparisons do not associate: a = b = c is none. Nor do LIKE, IN and BETWEEN.
bool Sentence::predicate(Tree::PredicateContext& context) {
  const auto tails = context.predicateTail();
  for (std::size_t i = 1; i < tails.size(); ++i) {
    if (tails[i]->comparison() != nullptr && tails[i - 1]->comparison() != nullptr) return false;
    if (tails[i]->negatable() != nullptr && tails[i - 1]->negatable() != nullptr) return false;
  }
  return true;
}

// Subscripts and fields follow columns, parameters and what stands in parentheses; after :: they
// belong to the type.
bool Sentence::operand(Tree::OperandContext& context) {
  auto* const primary = context.primary();
  const bool column = primary->nameExpr() != nullptr &&
                      primary->nameExpr()->callArguments() == nullptr &&
                      primary->nameExpr()->typedConstant() == nullptr;
  const bool has_parts = column || primary->PARAMETER() != nullptr || is(first(*primary), {"("});
  for (auto* part : context.postfix()) {
    if (part->scalarType() != nullptr) return true;
    if (!has_parts) return false;
    if (is(first(*part), {"["}) && last(*part) == first(*part) + 1) return false;
  }
  return true;
}

// type 'text', type(modifiers) 'text', timestamp with time zone 'text'.
bool Sentence::typed_constant(Tree::NameExprContext& context) const {
  auto* const constant = context.typedConstant();
  const bool plain = context.dotPart().empty();
  if (constant->zoneSuffix() != nullptr && !(plain && is(first(context), {"time", "timestamp"})))
    return false;
  if (constant->intervalFields() != nullptr && !(plain && is(first(context), {"interval"})))
    return false;
  if (context.callArguments() == nullptr) return true;
  auto* const list = context.callArguments()->arguments();
  if (list == nullptr || list->argument().empty() || list->orderBy() != nullptr) return false;
  return list->distinctWord == nullptr && std::ranges::all_of(list->argument(), [](auto* item) {
           return item->children.size() == 1;
         });
}

// Names alone, or columns with types, which only functions have.
bool Sentence::column_aliases(Tree::ColumnAliasesContext& context) {
  const auto list = context.columnAlias();
  const auto typed = static_cast<std::size_t>(
      std::ranges::count_if(list, [](auto* item) { return item->typeName() != nullptr; }));
  if (typed != 0 && typed != list.size()) return false;
  auto* const alias = dynamic_cast<Tree::TableAliasContext*>(context.parent);
  if (typed == 0 || alias == nullptr) return true;
  if (auto* named = dynamic_cast<Tree::FunctionTableContext*>(alias->parent))
    return named->callArguments() != nullptr && named->ordinality() == nullptr;
  auto* const table = dynamic_cast<Tree::TablePrimaryContext*>(alias->parent);
  return table != nullptr && (table->tableValue() != nullptr || !table->tableFunction().empty());
}

// Only a join stands in parentheses.
bool Sentence::table_primary(Tree::TablePrimaryContext& context) {
  auto* const inner = context.tableRef();
  if (inner == nullptr || !inner->joinPart().empty()) return true;
  auto* const nested = inner->tablePrimary();
  return nested->tableRef() != nullptr && nested->tableAlias() == nullptr;
}

bool Sentence::subquery_table(Tree::SubqueryTableContext& context) {
  return context.tableAlias() != nullptr;
}

bool Sentence::set_rest(Tree::SetRestContext& context) {
  if (context.timeZone == nullptr || context.settingValue().empty()) return true;
  const std::size_t value = first(*context.settingValue(0));
  return keyword(value) == nullptr || is(value, {"default", "local"});
}

bool Sentence::partition_bound(Tree::PartitionBoundContext& context) {
  const auto options = context.boundOption();
  if (options.empty()) return true;
  std::array<int, 2> seen{};
  for (auto* option : options) {
    if (!is(first(*option), {"modulus", "remainder"})) return false;
    if (word(last(*option)).find_first_not_of("0123456789") != std::string::npos) return false;
    ++seen[is(first(*option), {"modulus"}) ? 0U : 1U];
  }
  return seen[0] == 1 && seen[1] == 1;
}

bool Sentence::create_table(Tree::CreateTableContext& context) {
  const bool as = context.asWord != nullptr;
  if (context.partitionOf != nullptr || context.ofWord != nullptr ||
      context.tableElements() != nullptr || context.partitionClauseOfTable() != nullptr)
    return !as;
  return as;
}

bool Sentence::function_name(Tree::FunctionNameContext& context) {
  if (first(context) == last(context)) {
    auto* const parent = dynamic_cast<Context*>(context.parent);
    const bool signature =
        parent != nullptr && parent->getRuleIndex() == Tree::RuleFunctionSignature;
    return signature || !is_column_word(first(context));
  }
  const Keyword* known = keyword(first(context));
  return known == nullptr || known->kind != KeywordClass::kTypeFunctionName;
}

// A catalog, a schema and a name.
bool Sentence::qualified_name(Tree::QualifiedNameContext& context) {
  return last(context) - first(context) <= 6;
}

bool Sentence::scalar_type(Tree::ScalarTypeContext& context) {
  const std::size_t begin = first(context);
  const bool zone = context.zoneSuffix() != nullptr;
  if (zone && !is(begin, {"time", "timestamp"})) return false;
  if (context.exprList() != nullptr &&
      is(begin, {"bigint", "int", "integer", "smallint", "real", "boolean"}))
    return false;
  if (!is_column_word(begin)) return true;
  const bool dotted = !context.IDENTIFIER().empty();
  if (is(begin, {"national"})) return is(begin + 1, {"character", "char"});
  return !dotted && is(begin, {"bigint", "bit", "boolean", "char", "character", "dec", "decimal",
                               "float", "int", "integer", "interval", "national", "nchar",
                               "numeric", "real", "smallint", "time", "timestamp", "varchar"});
}

bool Sentence::function_table(Tree::FunctionTableContext& context) {
  if (context.callArguments() == nullptr) return true;
  if (context.tableSample() != nullptr) return false;
  const std::size_t begin = first(*context.qualifiedName());
  if (begin == last(*context.qualifiedName()) && is(begin, {"operator"})) return false;
  return begin != last(*context.qualifiedName()) || !is_column_word(begin) ||
         is(begin, {"coalesce", "greatest", "least", "nullif", "xmlconcat"});
}

// VARIADIC is the last one's.
bool Sentence::arguments(Tree::ArgumentsContext& context) {
  const auto list = context.argument();
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    if (list[i]->variadicWord != nullptr) return false;
  }
  const bool variadic = !list.empty() && list.back()->variadicWord != nullptr;
  return !variadic || context.distinctWord == nullptr;
}

enum class Bound : std::uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrent,
  kFollowing,
  kUnboundedFollowing
};

Bound bound_of(bool unbounded, bool current, bool preceding) {
  if (current) return Bound::kCurrent;
  if (preceding) return unbounded ? Bound::kUnboundedPreceding : Bound::kPreceding;
  return unbounded ? Bound::kUnboundedFollowing : Bound::kFollowing;
}

// A frame begins before it ends. (Chapter 4.2.8)
bool Sentence::frame(Tree::FrameClauseContext& context) {
  std::vector<Bound> bounds;
  for (auto* bound : context.frameBound()) {
    bounds.push_back(bound_of(is(first(*bound), {"unbounded"}) && bound->bounded() == nullptr,
                              is(first(*bound), {"current"}) && bound->bounded() == nullptr,
                              is(last(*bound), {"preceding"})));
  }
  const Bound begin = bounds.front();
  const Bound end = bounds.size() > 1 ? bounds.back() : Bound::kCurrent;
  if (begin == Bound::kUnboundedFollowing || end == Bound::kUnboundedPreceding) return false;
  if (begin == Bound::kCurrent && end == Bound::kPreceding) return false;
  return begin != Bound::kFollowing || (end != Bound::kPreceding && end != Bound::kCurrent);
}

bool Sentence::query_body(Tree::QueryBodyContext& context) {
  bool ties = false;
  bool skips = false;
  bool ordered = false;
  for (auto* tail : context.queryTail()) {
    if (auto* fetch = tail->fetchClause()) ties = fetch->tiesWord != nullptr;
    if (tail->orderBy() != nullptr) ordered = true;
    if (auto* locking = tail->lockingClause()) skips = skips || is(last(*locking), {"locked"});
  }
  return !ties || (ordered && !skips);
}

bool Sentence::explain(Tree::ExplainStatementContext& context) {
  return context.createTable() == nullptr || context.createTable()->asWord != nullptr;
}

bool Sentence::copy(Tree::CopyStatementContext& context) {
  if (context.preparable() != nullptr) return true;
  return context.fromWord != nullptr || context.whereClause() == nullptr;
}

// ON DELETE SET NULL (a, b) is there, ON UPDATE SET NULL (a, b) is not.
bool Sentence::reference(Tree::ReferenceOptionContext& context) {
  return context.listOpen == nullptr || !is(context.event->getTokenIndex(), {"update"});
}

bool Sentence::table_constraint(Tree::TableConstraintContext& context) {
  return attributes(context.constraintAttribute(), context.checkWord != nullptr,
                    context.foreignWord != nullptr);
}

bool Sentence::alter_else(Tree::AlterElseContext& context) {
  const auto all = context.constraintAttribute();
  const bool timing =
      std::ranges::all_of(all, [](auto* attribute) { return attribute->deferral() != nullptr; });
  return timing && attributes(all, false, true);
}

// Which attributes each kind of constraint may have; none may contradict another.
bool Sentence::attributes(const std::vector<Tree::ConstraintAttributeContext*>& all, bool check,
                          bool foreign) const {
  std::array<bool, 4> said{};  // [DEFERRABLE, NOT DEFERRABLE, INITIALLY DEFERRED, IMMEDIATE]
  for (auto* attribute : all) {
    if (attribute->noInherit != nullptr && !check) return false;
    if (attribute->notValid != nullptr && !check && !foreign) return false;
    auto* const deferral = attribute->deferral();
    if (deferral == nullptr) continue;
    const bool timing = deferral->deferrable == nullptr;
    const bool second = timing ? deferral->deferred == nullptr : deferral->negated != nullptr;
    said[(timing ? 2U : 0U) + (second ? 1U : 0U)] = true;
  }
  if (check && (said[0] || said[2])) return false;
  return !(said[1] && (said[0] || said[2])) && !(said[2] && said[3]);
}

bool Sentence::column_number(Tree::ColumnNumberContext& context) {
  const std::string text = word(first(context));
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 && number <= 32767;
}

bool Sentence::trigger_events(const std::vector<Tree::TriggerEventContext*>& events) const {
  for (std::size_t i = 0; i < events.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (word(first(*events[i])) == word(first(*events[j]))) return false;
    }
  }
  return true;
}

bool Sentence::create(Tree::CreateStatementContext& context) {
  if (!trigger_events(context.triggerEvent())) return false;
  if (context.schemaHead() != nullptr) return schema(context);
  if (context.recursiveWord != nullptr)
    return context.nameList() != nullptr && context.viewCheck() == nullptr;
  // A function that returns a table has no other output.
  auto* const returns = context.functionReturns();
  if (returns == nullptr || returns->tableColumn().empty()) return true;
  const auto arguments = context.functionArguments()->functionArgument();
  return std::ranges::none_of(arguments, [this](auto* argument) {
    auto* const mode = argument->argumentHead()->argumentMode();
    return mode != nullptr && (is(last(*mode), {"out", "inout"}));
  });
}

bool Sentence::schema(Tree::CreateStatementContext& context) {
  return context.schemaElement().empty() || context.schemaHead()->ifNotExists() == nullptr;
}

bool Sentence::schema_element(Tree::SchemaElementContext& context) {
  auto* const created = context.createStatement();
  if (created == nullptr) return true;
  return created->viewWord != nullptr || created->sequenceWord != nullptr ||
         !created->triggerEvent().empty();
}

// What follows TABLE without a word of its own is a table, what follows TABLES IN SCHEMA a schema.
bool Sentence::publication(Tree::PublicationObjectsContext& context) {
  enum class Kind : std::uint8_t { kNone, kTable, kSchema };
  Kind kind = Kind::kNone;
  for (auto* object : context.publicationObject()) {
    const bool current = object->relation() == nullptr && is(last(*object), {"current_schema"});
    if (object->tableWord != nullptr) kind = Kind::kTable;
    if (object->tablesWord != nullptr) kind = Kind::kSchema;
    if (object->tableWord != nullptr || object->tablesWord != nullptr) continue;
    if (kind == Kind::kNone || (kind == Kind::kTable && current)) return false;
    if (kind == Kind::kSchema && !current && last(*object) != first(*object)) return false;
  }
  return true;
}

bool Sentence::policy(Tree::PolicyKindContext& context) {
  return is(first(context), {"permissive", "restrictive"});
}

bool Sentence::role_flag(Tree::RoleFlagContext& context) {
  return is(first(context), {"superuser", "nosuperuser", "createrole", "nocreaterole",
                             "replication", "noreplication", "createdb", "nocreatedb", "login",
                             "nologin", "bypassrls", "nobypassrls", "noinherit"});
}

bool Sentence::role_name(Tree::RoleNameContext& context) {
  return !is(first(context), {"none"}) && word(first(context)) != "\"none\"";
}

bool Sentence::new_role(Tree::NewRoleContext& context) {
  const std::string name = word(first(context));
  return name != "none" && name != "public" && name != "\"none\"" && name != "\"public\"";
}

// PATH once, DEFAULT once, and NULL or NOT NULL once.
bool Sentence::xml_column(Tree::XmlColumnContext& context) {
  std::array<int, 3> seen{};
  for (auto* option : context.xmlColumnOption()) {
    const bool path = option->pathWord != nullptr;
    if (path && word(first(*option)) != "path") return false;
    ++seen[path ? 0U : is(first(*option), {"default"}) ? 1U : 2U];
  }
  return std::ranges::all_of(seen, [](int times) { return times <= 1; });
}

// Aggregates have no output arguments, and no defaults.
bool Sentence::aggregate(Tree::AggregateArgumentsContext& context) {
  return std::ranges::none_of(context.functionArgument(), [this](auto* argument) {
    auto* const mode = argument->argumentHead()->argumentMode();
    const bool output = mode != nullptr && is(last(*mode), {"out", "inout"});
    return output || argument->expr() != nullptr;
  });
}

}  // namespace

std::optional<TokenIndex> broken_rule(const ParsedStatement::Storage& storage,
                                      PostgreSqlParser::RootContext& root) {
  return Sentence(storage).broken(root);
}

}  // namespace tessera::parser::antlr
