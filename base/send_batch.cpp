#include "base/send_batch.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/socket.h"
#include "base/watch.h"

namespace tessera {
namespace {

// Since Linux 6.1: only we use the ring, so what it completes is completed while we are in it.
constexpr unsigned kOneThread =
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL;

}  // namespace

SendBatch::~SendBatch() {
  if (state_ == Ring::kThere) io_uring_queue_exit(&ring_);
}

bool SendBatch::has_ring() {
  if (state_ == Ring::kNotMade) make_ring();
  return state_ == Ring::kThere;
}

void SendBatch::make_ring() {
  const int made = io_uring_queue_init(kSendsMax, &ring_, kOneThread);
  state_ = made == 0 ? Ring::kThere : Ring::kRefused;
  // A call then need not look up the ring's descriptor; a system that cannot do it has no harm.
  if (made == 0) return static_cast<void>(io_uring_register_ring_fd(&ring_));
  static std::atomic_flag told;
  if (!told.test_and_set())
    log::info("no io_uring ({}): every send is a system call of its own", std::strerror(-made));
}

void SendBatch::give_up_ring() {
  io_uring_queue_exit(&ring_);
  state_ = Ring::kRefused;
}

bool SendBatch::put(Watch& watch, int descriptor, std::string_view bytes) {
  const bool fits =
      bytes.size() <= kOneMax && bytes.size() <= kBytesMax - bytes_used_ && size_ < kSendsMax;
  if (!fits || !has_ring()) return false;
  char* const to = bytes_.data() + bytes_used_;
  std::copy_n(bytes.data(), bytes.size(), to);
  sends_[size_++] = {&watch, descriptor, {to, bytes.size()}};
  bytes_used_ += bytes.size();
  return true;
}

void SendBatch::send() {
  const unsigned size = std::exchange(size_, 0);
  bytes_used_ = 0;
  unsigned done = 0;
  // One alone is cheaper by the plain call.
  if (size > 1) {
    for (unsigned i = 0; i < size; ++i) {
      io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
      const Send& send = sends_[i];
      io_uring_prep_send(entry, send.descriptor, send.bytes.data(), send.bytes.size(),
                         MSG_DONTWAIT | MSG_NOSIGNAL);
      io_uring_sqe_set_data64(entry, i);
    }
    done = submit();
  }
  while (done < size) send_itself(sends_[done++]);
}

// How many have been done. With MSG_DONTWAIT each ends at once, if only with EAGAIN.
unsigned SendBatch::submit() {
  const int taken = io_uring_submit(&ring_);
  const auto submitted = static_cast<unsigned>(std::max(taken, 0));
  for (unsigned seen = 0; seen < submitted; ++seen) {
    io_uring_cqe* completion = nullptr;
    while (io_uring_wait_cqe(&ring_, &completion) != 0) {
    }
    sent(sends_[io_uring_cqe_get_data64(completion)], completion->res);
    io_uring_cqe_seen(&ring_, completion);
  }
  // What it has not taken it would take the next time.
  if (io_uring_sq_ready(&ring_) > 0) give_up_ring();
  return submitted;
}

void SendBatch::send_itself(const Send& send) {
  boost::system::error_code error;
  const auto bytes = send_now(send.descriptor, send.bytes, error);
  sent(send, error ? -error.value() : static_cast<std::ptrdiff_t>(bytes.value_or(0)));
}

// An error shows again at the next send, and at the next receive.
void SendBatch::sent(const Send& send, std::ptrdiff_t outcome) {
  const bool failed = outcome < 0 && outcome != -EAGAIN && outcome != -EINTR;
  const auto bytes = static_cast<std::size_t>(std::max<std::ptrdiff_t>(outcome, 0));
  send.watch->has_sent(failed ? std::string_view() : send.bytes.substr(bytes));
}

}  // namespace tessera
