// A pipeline is obeyed once more if the client has not got any byte of the answer yet: reads whose
// replica fails, on the primary; statements that a change of the schema has made stale, prepared
// anew. The messages of the former are kept until Sync; those of the latter are nearly always still
// in the buffer that they were read into.

#include <algorithm>

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

// A longer pipeline is not worth its copy.
constexpr std::size_t kMessagesMax = 64 * 1024;

}  // namespace

void Session::remember(const wire::Frame& frame) {
  Remembered& kept = remembered_;
  if (kept.too_late || transaction_->state() != txn::State::kIdle) return;
  if (!kept.begun) {
    kept.begun = true;
    kept.sent = client_.sent();
    kept.unsent = client_.out().size();
    client_.mark(frame);
  }
  if (!backends_->has_replicas() && !kept.wanted) return;
  kept.too_late = kept.messages.size() + frame.bytes.size() > kMessagesMax;
  if (!kept.too_late) kept.messages.append(frame.bytes);
}

// Is `error` a replica's that nothing but unanswered reads was lost with?
bool Session::may_repeat(const Error& error) const {
  const Remembered& kept = remembered_;
  if (kept.too_late || kept.wanted || kept.messages.empty() || client_.sent() != kept.sent ||
      transaction_->state() != txn::State::kIdle || !errors::another_may_serve(error))
    return false;
  bool replica = false;
  for (const auto& participant : transaction_->participants()) {
    if (participant->side == backend::Side::kPrimary) return false;
    replica = true;
  }
  return replica;
}

// May the pipeline be repeated if a plan of it is stale? Only where the client has asked for the
// description of what it gets: one that has kept an old description must hear that this is wrong.
// And where the names on the server are ours.
bool Session::may_heal() const {
  const Remembered& kept = remembered_;
  if (kept_ || kept.too_late || kept.wanted || !kept.begun || client_.sent() != kept.sent ||
      client_.since_mark().empty() || transaction_->state() != txn::State::kIdle)
    return false;
  const auto count = [this](Owed::Kind kind) {
    return std::count_if(owed_.begin(), owed_.end(),
                         [kind](const Owed& owed) { return owed.kind == kind; });
  };
  return count(Owed::Kind::kDescribe) >= count(Owed::Kind::kBind);
}

// From here to Sync or Flush the client's messages are only kept.
void Session::want_repetition(bool on_primary) {
  remembered_.wanted = true;
  remembered_.on_primary = on_primary;
  if (!on_primary) remembered_.messages = client_.since_mark();
  owed_.clear();
  owed_special_ = 0;
  skip_until_sync_ = true;
}

// Obeys the pipeline's messages anew, as if none had been obeyed yet.
Task<Status> Session::repeat_pipeline() {
  client_.out().resize(remembered_.unsent);
  const std::string messages = std::move(remembered_.messages);
  remembered_.messages.clear();
  remembered_.wanted = false;
  remembered_.too_late = true;
  for (const auto& participant : transaction_->participants()) {
    if (!participant->conn().clean()) participant->conn().taint();
  }
  transaction_->release();
  forget_pipeline();
  force_primary_ = remembered_.on_primary;
  std::string_view rest = messages;
  while (!rest.empty()) {
    const auto frame = wire::first_frame(rest, rest.size());
    if (!frame) co_return frame.error();
    rest.remove_prefix((*frame)->bytes.size());
    if ((*frame)->type == 'S' || (*frame)->type == 'H') continue;
    wire::ParseMessage parsed;
    if ((*frame)->type == 'P' && wire::decode_parse((*frame)->body, parsed))
      statements_.erase(std::string(parsed.name));
    auto obeyed = co_await extended(**frame);
    if (!obeyed) co_return obeyed;
  }
  co_return Status{};
}

void Session::forget_pipeline() {
  channel_ = nullptr;
  owed_.clear();
  owed_special_ = 0;
  failed_conn_ = nullptr;
  open_parse_.reset();
  drop_portals();
  underway_.clear();
  skip_until_sync_ = false;
  pipeline_failed_ = false;
}

}  // namespace tessera::session
