// A pipeline of reads whose replica fails before the client got any byte of the answer is repeated
// on the primary: its messages are kept until Sync.

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

// A longer pipeline is not worth its copy.
constexpr std::size_t kMessagesMax = 64 * 1024;

}  // namespace

void Session::remember(const wire::Frame& frame) {
  Remembered& kept = remembered_;
  if (kept.too_late || !database_->backends.has_replicas() ||
      transaction_->state() != txn::State::kIdle)
    return;
  if (kept.messages.empty()) {
    kept.sent = client_.sent();
    kept.unsent = client_.out().size();
  }
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

// Obeys the pipeline's messages anew, as if none had been obeyed yet.
Task<Status> Session::repeat_on_primary() {
  client_.out().resize(remembered_.unsent);
  const std::string messages = std::move(remembered_.messages);
  remembered_.messages.clear();
  remembered_.wanted = false;
  remembered_.too_late = true;
  for (const auto& participant : transaction_->participants()) participant->conn().taint();
  transaction_->release();
  forget_pipeline();
  force_primary_ = true;
  std::string_view rest = messages;
  while (!rest.empty()) {
    const auto frame = wire::first_frame(rest, rest.size());
    if (!frame) co_return frame.error();
    wire::ParseMessage parsed;
    if ((*frame)->type == 'P' && wire::decode_parse((*frame)->body, parsed))
      statements_.erase(std::string(parsed.name));
    auto obeyed = co_await extended(**frame);
    if (!obeyed) co_return obeyed;
    rest.remove_prefix((*frame)->bytes.size());
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
