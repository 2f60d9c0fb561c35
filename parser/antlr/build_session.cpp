// Transactions, settings, EXPLAIN and COPY.

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

TransactionStatement* Builder::transaction(Tree::TransactionStatementContext& context) {
  using Kind = TransactionStatement::Kind;
  auto* out = make<TransactionStatement>();
  const bool prepared = context.preparedWord != nullptr;
  out->start = context.startWord != nullptr;
  if (context.commitWord != nullptr) out->kind = prepared ? Kind::kCommitPrepared : Kind::kCommit;
  if (context.rollbackWord != nullptr) {
    out->kind = prepared                    ? Kind::kRollbackPrepared
                : context.toWord != nullptr ? Kind::kRollbackTo
                                            : Kind::kRollback;
  }
  if (context.savepointWord != nullptr) out->kind = Kind::kSavepoint;
  if (context.releaseWord != nullptr) out->kind = Kind::kRelease;
  if (context.prepareWord != nullptr) out->kind = Kind::kPrepare;
  if (auto* savepoint = context.name()) out->name = name(*savepoint);
  if (auto* gid = context.STRING()) {
    out->name = string_value(static_cast<TokenIndex>(gid->getSymbol()->getTokenIndex()));
  }
  if (auto* chain = context.chainClause()) out->chain = chain->noWord == nullptr;
  if (auto* modes = context.transactionModes()) out->modes = range(*modes);
  return out;
}

SetStatement* Builder::set(Tree::SetStatementContext& context) {
  using Kind = SetStatement::Kind;
  auto* out = make<SetStatement>();
  out->local = context.localWord != nullptr;
  if (context.constraintsMode() != nullptr) {
    out->kind = Kind::kSetConstraints;
    out->value_range = {first(context) + 2, end(context)};
    return out;
  }
  Tree::SetRestContext& rest = *context.setRest();
  if (auto* modes = rest.transactionModes()) out->value_range = range(*modes);
  if (rest.characteristicsWord != nullptr) {
    out->kind = Kind::kSetCharacteristics;
  } else if (rest.transactionWord != nullptr) {
    out->kind = Kind::kSetTransaction;
    if (out->value_range.empty()) out->value_range = {end(context) - 2, end(context)};
  } else {
    named_setting(*out, rest);
  }
  return out;
}

void Builder::named_setting(SetStatement& set, Tree::SetRestContext& context) {
  // SET CATALOG is not built in PostgreSQL; FROM CURRENT belongs to functions.
  if (context.catalogWord != nullptr || context.fromCurrent != nullptr) {
    failed_ = true;
    return;
  }
  const auto before_value = [&](const antlr4::Token& word) {
    return static_cast<TokenIndex>(word.getTokenIndex() + 1);
  };
  TokenIndex value = 0;
  if (context.timeZone != nullptr) {
    set.name = "timezone";
    value = before_value(*context.timeZone) + 1;
  } else if (context.authorizationWord != nullptr) {
    set.name = "session_authorization";
    value = before_value(*context.authorizationWord);
  } else if (context.namesWord != nullptr) {
    set.name = "client_encoding";
    value = before_value(*context.namesWord);
  } else if (context.roleWord != nullptr) {
    set.name = "role";
    value = before_value(*context.roleWord);
  } else if (context.schemaWord != nullptr) {
    set.name = "search_path";
    value = before_value(*context.schemaWord);
  } else if (context.xmlWord != nullptr) {
    set.name = "xmloption";
    value = before_value(*context.xmlWord) + 1;
  } else {
    set.name = setting_name(*context.settingName());
    value = end(*context.settingName()) + 1;
  }
  set.value_range = {value, end(context)};
  set.values = setting_values(context, set.value_range);
}

std::span<Expr* const> Builder::setting_values(Tree::SetRestContext& context, TokenRange range) {
  std::vector<Expr*> values;
  for (auto* value : context.settingValue()) values.push_back(setting_value(*value));
  if (auto* value = context.wordOrString()) {
    values.push_back(value->STRING() != nullptr ? constant(range.first) : bare_word(range.first));
  }
  if (auto* interval = context.typedInterval()) {
    const auto token = static_cast<TokenIndex>(interval->STRING()->getSymbol()->getTokenIndex());
    Expr* cast = node(Expr::Kind::kCast, range, {constant(token)});
    cast->type = type_text(range, {token, token + 1});
    values.push_back(cast);
  }
  const bool single_word = range.end == range.first + 1;
  const std::string_view word =
      single_word ? lower(storage_.word(range.first)) : std::string_view();
  // TIME ZONE LOCAL is DEFAULT in other words.
  if (context.timeZone != nullptr && word == "local") return {};
  if (context.STRING() != nullptr) values.push_back(constant(range.first));  // SET SCHEMA '...'
  if (values.empty() && single_word && word != "default") values.push_back(bare_word(range.first));
  return keep(values);
}

Expr* Builder::setting_value(Tree::SettingValueContext& context) {
  const TokenRange range = Builder::range(context);
  if (context.PARAMETER() != nullptr) return parameter(range.first);
  if (context.STRING() != nullptr) return constant(range.first);
  if (context.signedNumber() == nullptr) return bare_word(range.first);
  Expr* number = constant(range.end - 1);
  if (range.end - range.first == 1) return number;
  Expr* out = node(Expr::Kind::kOperator, range, {number});
  out->op = storage_.word(range.first);
  return out;
}

Expr* Builder::bare_word(TokenIndex token) {
  Expr* out = node(Expr::Kind::kKeyword, {token, token + 1});
  out->op = identifier(token);
  return out;
}

std::string_view Builder::setting_name(Tree::SettingNameContext& context) {
  std::string text;
  for (TokenIndex i = first(context); i < end(context); ++i) {
    text += storage_.word(i) == "." ? std::string_view(".") : identifier(i);
  }
  return keep_text(std::move(text));
}

SetStatement* Builder::reset(Tree::ResetRestContext& context) {
  auto* out = make<SetStatement>();
  out->kind = SetStatement::Kind::kReset;
  if (auto* setting = context.settingName()) {
    out->name = setting_name(*setting);
  } else if (context.timeZone != nullptr) {
    out->name = "timezone";
  } else if (context.isolationWord != nullptr) {
    out->name = "transaction_isolation";
  } else if (context.authorizationWord != nullptr) {
    out->name = "session_authorization";
  } else {
    out->kind = SetStatement::Kind::kResetAll;
  }
  return out;
}

ShowStatement* Builder::show(Tree::ShowStatementContext& context) {
  auto* out = make<ShowStatement>();
  if (auto* setting = context.settingName()) {
    out->name = setting_name(*setting);
  } else if (context.timeZone != nullptr) {
    out->name = "timezone";
  } else if (context.isolationWord != nullptr) {
    out->name = "transaction_isolation";
  } else if (context.authorizationWord != nullptr) {
    out->name = "session_authorization";
  } else {
    out->name = "all";
  }
  return out;
}

Explain* Builder::explain(Tree::ExplainStatementContext& context) {
  auto* out = make<Explain>();
  out->analyze = context.analyzeWord != nullptr;
  if (auto* options = context.explainOptions()) {
    for (auto* option : options->explainOption()) explain_option(*out, *option);
  }
  if (auto* part = context.preparable()) {
    out->inner = preparable(*part);
  } else if (auto* table = context.createTable()) {
    out->inner = statement(range(*table));
    out->inner->node = create_table(*table);
  } else {
    failed_ = true;
    return out;
  }
  out->inner_range = out->inner->range;
  return out;
}

void Builder::explain_option(Explain& explain, Tree::ExplainOptionContext& context) {
  const std::string_view option = identifier(first(context));
  std::string_view value =
      end(context) - first(context) > 1 ? identifier(end(context) - 1) : std::string_view();
  if (context.utilityValue() != nullptr && context.utilityValue()->STRING() != nullptr) {
    value = lower(string_value(end(context) - 1));
  }
  const bool off = value == "off" || value == "false" || value == "0";
  if (option == "analyze" || option == "analyse") explain.analyze = !off;
  if (option == "format") explain.text_format = value == "text";
}

Copy* Builder::copy(Tree::CopyStatementContext& context) {
  auto* out = make<Copy>();
  if (auto* table = context.qualifiedName()) out->table = qualified(*table);
  out->columns = names(context.nameList());
  if (auto* inner = context.preparable()) out->query = preparable(*inner);
  out->from = context.fromWord != nullptr;
  out->standard_io = context.copyPlace()->standardWord != nullptr;
  return out;
}

}  // namespace tessera::parser::antlr
