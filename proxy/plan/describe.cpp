// A Plan as text.

#include <fmt/format.h>

#include <algorithm>

#include "proxy/plan/planner.h"

namespace tessera::plan {
namespace {

class Describer {
 public:
  Describer(const Plan& plan, const parser::ParsedStatement& parsed)
      : plan_(plan), parsed_(parsed) {
    for (std::size_t slot = 0; slot < plan.slot_tables.size(); ++slot) {
      const auto& table = *plan.slot_tables[slot];
      bool renamed = false;
      for (const auto& node : table.nodes) renamed = renamed || node.table != table.name;
      names_.push_back(renamed ? table.name + "_#" : table.name);
    }
    for (std::uint32_t at = 0; at < 64; ++at) types_.push_back(fmt::format("T{}", at + 1));
  }

  std::string run() {
    if (plan_.transaction) {
      line(0, fmt::format("Transaction {}", static_cast<int>(plan_.transaction->kind)));
      return std::move(out_);
    }
    if (plan_.set)
      return fmt::format("Set {}{}\n", plan_.set->name, plan_.set->local ? " local" : "");
    if (plan_.show) return fmt::format("Show {}\n", plan_.show->name);
    line(0, route() + flags());
    line(1, statement(plan_.rename));
    // What happens on several targets, where there can be several.
    const bool several = plan_.route.kind == RouteSpec::Kind::kAllShards ||
                         plan_.route.kind == RouteSpec::Kind::kSharded || plan_.ask_first;
    if (several) std::visit([this](const auto& each) { scatter(each); }, plan_.scatter);
    pins();
    if (plan_.completion) completion(*plan_.completion);
    if (plan_.audit) line(0, "Refused unless hints disable the audit");
    return std::move(out_);
  }

 private:
  void line(int depth, std::string_view text) {
    out_ += std::string(static_cast<std::size_t>(depth) * 2, ' ');
    out_ += text;
    out_ += '\n';
  }

  [[nodiscard]] RenderInput input() const {
    return {.text = parsed_.text(),
            .tokens = &parsed_.tokens(),
            .tables = &names_,
            .partial_types = &types_,
            .first_array_parameter = 101};
  }

  [[nodiscard]] std::string statement(const Edits& edits) const { return render(input(), edits); }

  [[nodiscard]] std::string with(const Edits& edits) const {
    Edits all = plan_.rename;
    all.insert(all.end(), edits.begin(), edits.end());
    std::ranges::stable_sort(all, {}, [](const Edit& edit) { return edit.replaced.first; });
    return statement(all);
  }

  // The statement with names for the values, and what a server is asked.
  void completion(const Completion& completion) {
    std::vector<std::optional<std::string>> values;
    for (const Blank& blank : completion.blanks) {
      const bool key = blank.kind == Blank::Kind::kGenerated;
      values.emplace_back(key ? fmt::format("<{}>", blank.generator)
                              : fmt::format("<{}>", blank.type_name));
    }
    line(0, fmt::format("Completed{}", completion.optional ? " if that helps" : ""));
    line(1, statement(completing_edits(completion, values)));
    const Question question = make_question(completion, parsed_.text(), parsed_.tokens());
    if (question.answers > 0) line(1, question.sql);
  }

  [[nodiscard]] std::string value(const ValueSource& source) const {
    const std::string text = (source.negated ? "-" : "") + bare_value(source);
    return source.array ? fmt::format("each of {}", text) : text;
  }

  [[nodiscard]] std::string bare_value(const ValueSource& source) const {
    using Kind = ValueSource::Kind;
    if (source.kind == Kind::kNull) return "NULL";
    if (source.kind == Kind::kTrue || source.kind == Kind::kFalse) {
      return source.kind == Kind::kTrue ? "true" : "false";
    }
    if (source.kind == Kind::kParameter) return fmt::format("${}", source.index + 1);
    const auto& constant = parsed_.constants()[source.index];
    return std::string(parsed_.text().substr(constant.offset, constant.length));
  }

  [[nodiscard]] std::string condition(const Condition& each) const {
    if (each.range) {
      return fmt::format("{} in {}[{}, {}]", each.column, each.symmetric ? "symmetric " : "",
                         each.lower ? value(*each.lower) : "",
                         each.upper ? value(*each.upper) : "");
    }
    if (each.values.size() == 1) return fmt::format("{} = {}", each.column, value(each.values[0]));
    std::string list;
    for (const auto& source : each.values) list += (list.empty() ? "" : ", ") + value(source);
    return fmt::format("{} in ({})", each.column, list);
  }

  [[nodiscard]] std::string conditions(const std::vector<Condition>& all) const {
    std::string out;
    for (const Condition& each : all) out += (out.empty() ? "" : " and ") + condition(each);
    return out;
  }

  [[nodiscard]] std::string alternatives(const Alternatives& branches) const {
    std::string out;
    for (const auto& branch : branches) out += (out.empty() ? "(" : " or ") + conditions(branch);
    return out + ")";
  }

  [[nodiscard]] std::string group(const RouteGroup& tables) const {
    std::string out;
    for (const TableRoute& table : tables) {
      out += out.empty() ? table.table->name : ", " + table.table->name;
      std::string said = conditions(table.conditions);
      for (const Alternatives& each : table.alternatives) {
        said += (said.empty() ? "" : " and ") + alternatives(each);
      }
      if (!said.empty()) out += "(" + said + ")";
    }
    return out;
  }

  [[nodiscard]] std::string shard(rules::ShardIndex index) const {
    return plan_.catalog->rules->shards[index].name;
  }

  [[nodiscard]] std::string route() const {
    switch (plan_.route.kind) {
      case RouteSpec::Kind::kNone:
        return "None";
      case RouteSpec::Kind::kShard:
        return "Shard " + shard(plan_.route.shard);
      case RouteSpec::Kind::kAnyShard:
        return "Any shard";
      case RouteSpec::Kind::kAllShards:
        return "All shards";
      case RouteSpec::Kind::kSharded:
        break;
    }
    std::string out = plan_.route.insert ? "Row of " : "Sharded ";
    for (std::size_t at = 0; at < plan_.route.groups.size(); ++at) {
      out += (at == 0 ? "" : " | ") + group(plan_.route.groups[at]);
    }
    if (plan_.route.required_shard) out += " with " + shard(*plan_.route.required_shard);
    return out;
  }

  [[nodiscard]] std::string flags() const {
    std::string out;
    if (plan_.access == Access::kReplica) out += " replica";
    if (plan_.writes) out += " writes";
    if (plan_.returns_rows) out += " rows";
    if (plan_.ddl) out += " ddl";
    if (plan_.pins) out += " pins";
    if (plan_.copy) out += " copy";
    if (plan_.own_transaction) out += " own-transaction";
    return out.empty() ? out : " :" + out;
  }

  void scatter(const Error& error) {
    if (error.sqlstate.empty()) return;
    line(0, fmt::format("{}refused {} {}", plan_.ask_first ? "asked, then " : "Several: ",
                        error.sqlstate, error.message));
    if (!error.hint.empty()) line(1, "hint: " + error.hint);
  }

  void scatter(const Gather& gather) {
    line(0, "Gather" + keys(gather) + window(gather.window) +
                (gather.header_per_target ? " with headers" : ""));
    if (!gather.edits.empty()) line(1, with(gather.edits));
  }

  [[nodiscard]] static std::string keys(const Gather& gather) {
    std::string out;
    for (const SortKey& key : gather.keys) {
      out += fmt::format("{}{}{}{}{}", out.empty() ? " by " : ", ", -static_cast<int>(key.from_end),
                         key.descending ? " desc" : "",
                         key.nulls_first != key.descending
                             ? (key.nulls_first ? " nulls first" : " nulls last")
                             : "",
                         key.bytewise ? "" : " collated");
    }
    if (gather.hidden_columns > 0) out += fmt::format(", {} hidden", gather.hidden_columns);
    return out;
  }

  [[nodiscard]] std::string window(const Window& window) const {
    std::string out;
    if (window.limit) out += " limit " + value(*window.limit);
    if (window.limit_fixed) out += fmt::format(" limit {}", *window.limit_fixed);
    if (window.offset) out += " offset " + value(*window.offset);
    return out;
  }

  void scatter(const Finish& finish) {
    line(0, fmt::format("Finish {} columns", finish.partial_columns));
    line(1, with(finish.edits));
    line(1, render(input(), finish.final_statement, {}));
  }

  void scatter(const WriteAll& write) {
    line(0, write.count_once ? "Write all, count once" : "Write all");
    if (!write.edits.empty()) line(1, with(write.edits));
  }

  void scatter(const InsertSplit& split) {
    std::string what = split.returning ? ", returning" : "";
    if (split.rows_may_vanish) what += ", rows may vanish";
    line(0, fmt::format("Split {} rows{}", split.rows.size(), what));
    for (const auto& row : split.rows) line(1, conditions(row.conditions));
  }

  void scatter(const Ddl& ddl) {
    line(0, "Each in one transaction");
    if (!ddl.edits.empty()) line(1, with(ddl.edits));
  }

  void pins() {
    if (plan_.pinned_constants.empty()) return;
    std::string list;
    for (const std::uint32_t constant : plan_.pinned_constants) {
      list += " " + value({.kind = ValueSource::Kind::kConstant, .index = constant});
    }
    line(0, "Pinned:" + list);
  }

  const Plan& plan_;
  const parser::ParsedStatement& parsed_;
  SlotNames names_;
  std::vector<std::string> types_;
  std::string out_;
};

}  // namespace

std::string describe(const Plan& plan, const parser::ParsedStatement& parsed) {
  return Describer(plan, parsed).run();
}

}  // namespace tessera::plan
