#pragma once
// Builds the AST of ast.h from ANTLR's tree. One method per rule of the grammar that leaves a node;
// they are spread over build_*.cpp by subject.

#include <initializer_list>
#include <vector>

#include "PostgreSqlParser.h"
#include "parser/storage.h"

namespace tessera::parser::antlr {

using Tree = PostgreSqlParser;

class Builder {
 public:
  explicit Builder(ParsedStatement::Storage& storage) : storage_(storage) {}

  // Sets the storage's statement, unless the AST has no place for it, and its verdict. The tree has
  // passed is_sentence().
  void build(Tree::StatementContext& context);

 private:
  using Context = antlr4::ParserRuleContext;

  Statement* any_statement(Tree::StatementContext& context);

  // build.cpp: the arena, tokens and names
  template <class T>
  T* make() {
    return new (storage_.arena.allocate(sizeof(T), alignof(T))) T();
  }
  template <class T>
  std::span<const T> keep(const std::vector<T>& items) {
    if (items.empty()) return {};
    T* kept = static_cast<T*>(storage_.arena.allocate(items.size() * sizeof(T), alignof(T)));
    std::uninitialized_copy(items.begin(), items.end(), kept);
    return {kept, items.size()};
  }
  std::string_view keep_text(std::string text);
  static TokenIndex first(const Context& context);
  static TokenIndex end(const Context& context);
  static TokenRange range(const Context& context) { return {first(context), end(context)}; }
  [[nodiscard]] std::string_view word(const antlr4::Token& token) const;
  std::string_view lower(std::string_view text);
  std::string_view identifier(TokenIndex token);
  std::string_view name(const Context& context) { return identifier(first(context)); }
  std::span<const std::string_view> names(Tree::NameListContext* context);
  QualifiedName qualified(Tree::QualifiedNameContext& context);
  std::string_view type_text(TokenRange tokens, TokenRange skipped = {});
  [[nodiscard]] bool has_query(TokenRange tokens) const;
  std::string_view string_value(TokenIndex token);
  Statement* statement(TokenRange range);

  // build_expr.cpp, build_operand.cpp, build_primary.cpp
  Expr* expr(Tree::ExprContext& context);
  Expr* expr_or_null(Tree::ExprContext* context) { return context ? expr(*context) : nullptr; }
  std::span<Expr* const> exprs(Tree::ExprListContext* context);
  Expr* in_parentheses(Tree::ParenthesisedContext& context);
  void add_exprs(antlr4::tree::ParseTree& tree, std::vector<Expr*>& out);
  Expr* node(Expr::Kind kind, TokenRange range, const std::vector<Expr*>& children = {});
  void add_flat(Expr::Kind kind, Expr* child, std::vector<Expr*>& out);
  Expr* conjunction(const std::vector<Expr*>& terms);
  Expr* predicate(Tree::PredicateContext& context);
  Expr* comparison(Expr* left, const antlr4::Token& symbol, Expr* right);
  Expr* negatable(Expr* left, Tree::NegatableContext& context);
  Expr* like(Expr* left, Tree::LikeTailContext& context);
  Expr* in(Expr* left, Tree::InTailContext& context, TokenIndex end);
  Expr* is(Expr* left, Tree::PredicateTailContext& context);
  Expr* quantified(Expr* left, std::string_view op, Tree::QuantifiedContext& context);
  Expr* bounded(Tree::BoundedContext& context);
  struct Operators;
  void bounded_tail(Operators& stack, Tree::BoundedTailContext& context);
  void add_operand(Operators& stack, Tree::OperandContext& context);
  void reduce(Operators& stack, int precedence);
  std::string_view operator_text(const Context& context);
  Expr* operand(Tree::OperandContext& context);
  Expr* postfix(Expr* base, Tree::PostfixContext& context);
  void array_bound(Expr& cast, const Context& context);
  Expr* primary(Tree::PrimaryContext& context);
  Expr* parenthesised(Tree::PrimaryContext& context);
  Expr* keyword(Tree::KeywordValueContext& context);
  Expr* case_expr(Tree::PrimaryContext& context);
  Expr* array(Tree::ArrayItemsContext& context);
  Expr* subquery(Expr::Kind kind, Tree::QueryContext& query, TokenRange range);
  Expr* constant(TokenIndex token);
  Expr* parameter(TokenIndex token);
  Expr* name_expr(Tree::NameExprContext& context);
  Expr* column(Tree::NameExprContext& context);
  Expr* typed_constant(Tree::TypedConstantContext& context, TokenIndex first);
  Expr* call(Tree::NameExprContext& context);
  Expr* special_call(Tree::SpecialCallContext& context);
  void special_argument(antlr4::tree::ParseTree& tree, std::vector<Expr*>& out);
  Expr* function(const QualifiedName& name, TokenRange range, Tree::CallArgumentsContext& context);
  void arguments(Tree::ArgumentsContext& context, Expr& call);
  void call_tail(Tree::CallTailContext& context, Expr& call);

  // build_select.cpp, build_table.cpp
  Select* query(Tree::QueryContext& context);
  Select* query_body(With* with, Tree::QueryBodyContext& context, TokenIndex first);
  Select* query_term(Tree::QueryTermContext& context);
  Select* set_operation(Select* left, Tree::SetOperationContext& context, Select* right);
  bool query_tails(Select& select, Tree::QueryBodyContext& context);
  bool query_tail(Select& select, Tree::QueryTailContext& context);
  Select* simple_select(Tree::SimpleSelectContext& context);
  Select* table_select(Tree::QueryTermContext& context);
  Select* values(Tree::ValuesClauseContext& context);
  With* with(Tree::WithClauseContext* context);
  SelectItem* select_item(Tree::SelectItemContext& context);
  std::span<SelectItem* const> select_items(const std::vector<Tree::SelectItemContext*>& items);
  std::span<GroupItem* const> group_items(Tree::GroupClauseContext& context);
  void grouped(Tree::GroupItemContext& context, std::vector<Expr*>& out);
  std::span<SortItem* const> sort_items(Tree::OrderByContext* context);
  Window* window(Tree::WindowSpecificationContext& context);
  std::span<TableRef* const> table_refs(const std::vector<Tree::TableRefContext*>& contexts);
  TableRef* table_ref(Tree::TableRefContext& context);
  TableRef* join(TableRef* left, Tree::JoinPartContext& context);
  TableRef* table_primary(Tree::TablePrimaryContext& context);
  TableRef* function_table(Tree::FunctionTableContext& context);
  TableRef* rows_from(Tree::TablePrimaryContext& context);
  Expr* table_value(Tree::TableValueContext& context);
  TableRef* xml_table(Tree::XmlTableContext& context);
  TableRef* subquery_table(Tree::SubqueryTableContext& context);
  TableRef* parenthesised_table(Tree::TablePrimaryContext& context);
  void alias(TableRef& table, Tree::TableAliasContext* context);
  void sample(TableRef& table, Tree::TableSampleContext* context);
  TableRef* relation(Tree::RelationContext& context);
  TableRef* target(Tree::TargetContext& context);

  // build_change.cpp
  Statement* preparable(Tree::PreparableContext& context);
  Insert* insert(With* with, Tree::InsertStatementContext& context);
  bool insert_columns(Insert& insert, Tree::InsertColumnsContext& context);
  OnConflict* on_conflict(Tree::OnConflictContext& context);
  Update* update(With* with, Tree::UpdateStatementContext& context);
  Delete* delete_statement(With* with, Tree::DeleteStatementContext& context);
  std::span<Assignment* const> assignments(const std::vector<Tree::AssignmentContext*>& contexts);

  // build_session.cpp
  TransactionStatement* transaction(Tree::TransactionStatementContext& context);
  SetStatement* set(Tree::SetStatementContext& context);
  void named_setting(SetStatement& set, Tree::SetRestContext& context);
  std::span<Expr* const> setting_values(Tree::SetRestContext& context, TokenRange range);
  Expr* setting_value(Tree::SettingValueContext& context);
  Expr* bare_word(TokenIndex token);
  std::string_view setting_name(Tree::SettingNameContext& context);
  SetStatement* reset(Tree::ResetRestContext& context);
  ShowStatement* show(Tree::ShowStatementContext& context);
  Explain* explain(Tree::ExplainStatementContext& context);
  void explain_option(Explain& explain, Tree::ExplainOptionContext& context);
  Copy* copy(Tree::CopyStatementContext& context);

  // build_ddl.cpp
  CreateTable* create_table(Tree::CreateTableContext& context);
  void table_elements(CreateTable& create, Tree::CreateTableContext& context);
  ColumnDefinition* column_definition(Tree::ColumnDefinitionContext& context);
  ColumnDefinition* column_options(Tree::ColumnOptionsContext& context);
  Expr* bound_expr(Tree::BoundExprContext& context);
  void column_constraint(ColumnDefinition& column, Tree::ColumnConstraintContext& context);
  TableConstraint* table_constraint(Tree::TableConstraintContext& context);
  AlterTable* alter_table(Tree::AlterTableContext& context);
  AlterTable::Change* alter_action(Tree::AlterActionContext& context);
  AlterTable::Change* rename(Tree::AlterTableContext& context);
  DropTable* drop_table(Tree::DropTableContext& context);
  DropIndex* drop_index(Tree::DropIndexContext& context);
  std::span<const QualifiedName> drop_names(Tree::DropNamesContext& context);
  CreateIndex* create_index(Tree::CreateIndexContext& context);
  Truncate* truncate(Tree::TruncateStatementContext& context);

  ParsedStatement::Storage& storage_;
  bool refused_ = false;  // it breaks a rule of PostgreSQL's that the grammar does not state
  bool failed_ = false;   // the AST has no place for a part of it
};

}  // namespace tessera::parser::antlr
