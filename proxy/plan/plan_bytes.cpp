#include "proxy/plan/plan_bytes.h"

namespace tessera::plan {
namespace {

constexpr std::size_t kShortText = 15;  // a string keeps so many bytes inside itself

std::size_t extra(const std::string& text) {
  return text.capacity() > kShortText ? text.capacity() + 1 : 0;
}

// What the elements own must be added by the caller.
template <typename T>
std::size_t extra(const std::vector<T>& list) {
  return list.capacity() * sizeof(T);
}

std::size_t extra(const Error& error) { return extra(error.message) + extra(error.hint); }

std::size_t extra(const std::vector<Piece>& pieces) {
  std::size_t bytes = pieces.capacity() * sizeof(Piece);
  for (const Piece& piece : pieces) bytes += extra(piece.text);
  return bytes;
}

std::size_t extra(const Edits& edits) {
  std::size_t bytes = edits.capacity() * sizeof(Edit);
  for (const Edit& edit : edits) bytes += extra(edit.pieces);
  return bytes;
}

std::size_t extra(const std::vector<Condition>& conditions) {
  std::size_t bytes = conditions.capacity() * sizeof(Condition);
  for (const Condition& condition : conditions)
    bytes += extra(condition.column) + extra(condition.values);
  return bytes;
}

std::size_t extra(const std::vector<Alternatives>& all) {
  std::size_t bytes = all.capacity() * sizeof(Alternatives);
  for (const Alternatives& branches : all) {
    bytes += branches.capacity() * sizeof(std::vector<Condition>);
    for (const std::vector<Condition>& branch : branches) bytes += extra(branch);
  }
  return bytes;
}

std::size_t extra(const AuditRefusal& audit) {
  std::size_t bytes = extra(audit.error) + audit.auditors.capacity() * sizeof(std::string);
  for (const std::string& auditor : audit.auditors) bytes += extra(auditor);
  return bytes;
}

struct ExtraOfScatter {
  std::size_t operator()(const Error& error) const { return extra(error); }
  std::size_t operator()(const Gather& gather) const {
    return extra(gather.edits) + extra(gather.keys);
  }
  std::size_t operator()(const Finish& finish) const {
    return extra(finish.edits) + extra(finish.final_statement);
  }
  std::size_t operator()(const WriteAll& write) const { return extra(write.edits); }
  std::size_t operator()(const InsertSplit& split) const {
    std::size_t bytes = extra(split.rows);
    for (const InsertSplit::Row& row : split.rows) bytes += extra(row.conditions);
    return bytes;
  }
  std::size_t operator()(const Ddl& ddl) const { return extra(ddl.edits); }
};

std::size_t extra(const RouteSpec& route) {
  std::size_t bytes = extra(route.groups);
  for (const RouteGroup& group : route.groups) {
    bytes += extra(group);
    for (const TableRoute& table : group)
      bytes += extra(table.conditions) + extra(table.alternatives);
  }
  return bytes;
}

}  // namespace

std::size_t bytes_of(const Plan& plan) {
  std::size_t bytes = sizeof plan + extra(plan.route) + extra(plan.slot_tables) +
                      extra(plan.rename) + extra(plan.pinned_constants);
  if (plan.completion) bytes += extra(plan.completion->blanks) + extra(plan.completion->edits);
  if (plan.apart) bytes += extra(*plan.apart);
  if (plan.audit) bytes += extra(*plan.audit);
  if (plan.transaction) bytes += extra(plan.transaction->name) + extra(plan.transaction->modes);
  if (plan.set) bytes += extra(plan.set->name);
  if (plan.show) bytes += extra(plan.show->name);
  return bytes + std::visit(ExtraOfScatter{}, plan.scatter);
}

}  // namespace tessera::plan
