#include "tools/schema_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "parser/parse.h"
#include "tools/builtin.h"
#include "tools/statements.h"

namespace tessera::tools {
namespace {

using catalog::Column;
using catalog::Schema;
using catalog::Table;

std::string schema_of(const parser::QualifiedName& name) {
  return name.schema.empty() ? "public" : std::string(name.schema);
}

// Does anything in the expression give another value each time?
bool is_volatile(const Schema& schema, const parser::Expr& expr) {
  if (expr.kind == parser::Expr::Kind::kFunction) {
    const catalog::Function* function = schema.find_function(expr.function->name.name);
    if (function == nullptr || function->volatility == catalog::Volatility::kVolatile) return true;
  }
  return std::ranges::any_of(
      expr.children, [&schema](const parser::Expr* child) { return is_volatile(schema, *child); });
}

class SchemaReader {
 public:
  explicit SchemaReader(std::vector<std::string>& notices) : notices_(notices) {
    add_builtins(schema_);
    schema_.default_bytewise = true;
  }

  void read(const Statement& statement) {
    line_ = statement.line;
    const auto parsed = parser::parse(statement.text, statement.shape, {});
    if (!parsed) return skip(parsed.error().message);
    const auto& node = parsed->statement().node;
    if (const auto* create = std::get_if<parser::CreateTable*>(&node)) return add(**create);
    if (const auto* create = std::get_if<parser::CreateIndex*>(&node)) return add(**create);
    skip(first_words(*parsed) + " is not read");
  }

  void skip(std::uint32_t line, const std::string& why) {
    line_ = line;
    skip(why);
  }

  Schema take() && { return std::move(schema_); }

 private:
  void skip(const std::string& why) {
    notices_.push_back(fmt::format("line {}: skipped: {}", line_, why));
  }

  static std::string first_words(const parser::ParsedStatement& parsed) {
    const auto& tokens = parsed.tokens();
    const std::size_t last = std::min<std::size_t>(2, tokens.size() - 1) - 1;
    return std::string(parsed.text().substr(0, tokens[last].offset + tokens[last].length));
  }

  void add(const parser::CreateTable& create) {
    if (create.temporary) return skip("a temporary table");
    if (create.like || create.inherits || create.of_type || create.as_select != nullptr)
      return skip(fmt::format("table {}: its columns are not written here", create.name.name));
    Table table;
    table.schema = schema_of(create.name);
    table.name = create.name.name;
    table.kind = create.partitioned ? 'p' : 'r';
    for (const parser::ColumnDefinition* column : create.columns) add(*column, table);
    for (const parser::TableConstraint* constraint : create.constraints) add(*constraint, table);
    for (const catalog::UniqueKey& key : table.unique_keys)
      schema_.index_tables[key.name] = table.name;
    schema_.tables[{table.schema, table.name}] = std::move(table);
  }

  void add(const parser::ColumnDefinition& written, Table& table) {
    Column column;
    column.name = written.name;
    column.type = builtin_type(written.type);
    if (column.type == 0)
      notices_.push_back(fmt::format("line {}: column {} of table {}: type {} is not built in",
                                     line_, written.name, table.name, written.type));
    if (is_collatable(column.type)) column.collation = catalog::Collation::kBytewise;
    const bool serial = written.type.find("serial") != std::string_view::npos;
    column.identity = written.identity;
    column.has_default = written.has_default || serial;
    column.volatile_default = serial || (written.default_value != nullptr &&
                                         is_volatile(schema_, *written.default_value));
    column.not_null = written.primary_key || serial || written.identity;
    if (written.primary_key || written.unique)
      table.unique_keys.push_back(
          {.name = key_name(written.constraint_name, table.name, written.name, written.primary_key),
           .primary = written.primary_key,
           .columns = {column.name}});
    table.columns.push_back(std::move(column));
  }

  static std::string key_name(std::string_view written, std::string_view table,
                              std::string_view column, bool primary) {
    if (!written.empty()) return std::string(written);
    return primary ? fmt::format("{}_pkey", table) : fmt::format("{}_{}_key", table, column);
  }

  static void add(const parser::TableConstraint& constraint, Table& table) {
    using Kind = parser::TableConstraint::Kind;
    const bool primary = constraint.kind == Kind::kPrimaryKey;
    if (!primary && constraint.kind != Kind::kUnique) return;
    catalog::UniqueKey key{.name = {}, .primary = primary, .columns = {}};
    std::string joined;
    for (const std::string_view name : constraint.columns) {
      key.columns.emplace_back(name);
      joined += (joined.empty() ? "" : "_") + std::string(name);
      const auto column = std::ranges::find(table.columns, name, &Column::name);
      if (primary && column != table.columns.end()) column->not_null = true;
    }
    key.name = key_name(constraint.name, table.name, joined, primary);
    table.unique_keys.push_back(std::move(key));
  }

  void add(const parser::CreateIndex& create) {
    const std::string table(create.table->name.name);
    if (!create.name.name.empty()) schema_.index_tables[std::string(create.name.name)] = table;
    const auto found = schema_.tables.find({schema_of(create.table->name), table});
    if (!create.unique || found == schema_.tables.end()) return;
    catalog::UniqueKey key{.name = std::string(create.name.name), .primary = false, .columns = {}};
    for (const std::string_view column : create.columns) key.columns.emplace_back(column);
    found->second.unique_keys.push_back(std::move(key));
  }

  Schema schema_;
  std::vector<std::string>& notices_;
  std::uint32_t line_ = 0;
};

}  // namespace

Schema read_schema(std::string_view text, std::vector<std::string>& notices) {
  SchemaReader reader(notices);
  for_each_statement(
      text, [&reader](const Statement& statement) { reader.read(statement); },
      [&reader](std::uint32_t line, const Error& error) { reader.skip(line, error.message); });
  return std::move(reader).take();
}

}  // namespace tessera::tools
