#pragma once
// into(error): the completion token by which a coroutine awaits an asynchronous operation of Asio.
// The operation's error code goes to `error`, its value is what co_await gives.

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>
#include <coroutine>
#include <optional>
#include <tuple>
#include <utility>

#include "base/coroutine.h"

namespace tessera {

struct Into {
  boost::system::error_code* error;
};
inline Into into(boost::system::error_code& error) { return {&error}; }

// What an operation completes: the coroutine that awaits it.
template <class Value>
class Waiting {
 public:
  // What Asio calls a completion handler. One that is destroyed without having been called ends its
  // chain.
  class Completion {
   public:
    explicit Completion(Waiting* waiting) : waiting_(waiting) {}
    Completion(Completion&& other) noexcept : waiting_(std::exchange(other.waiting_, nullptr)) {}
    Completion& operator=(Completion&&) = delete;
    ~Completion() {
      if (waiting_ != nullptr) waiting_->abandon();
    }
    template <class... Values>
    void operator()(const boost::system::error_code& error, Values&&... values) {
      Waiting* waiting = std::exchange(waiting_, nullptr);
      *waiting->error_ = error;
      waiting->value_.emplace(std::forward<Values>(values)...);
      waiting->handle_.resume();
    }

   private:
    Waiting* waiting_;
  };

 protected:
  void abandon() {
    // An operation that could not even be begun throws into the coroutine, which runs still.
    if (!beginning_) RootBase::of(*coroutine_).self.destroy();
  }

  boost::system::error_code* error_ = nullptr;
  bool beginning_ = true;
  CoroutineBase* coroutine_ = nullptr;
  std::coroutine_handle<> handle_;
  std::optional<Value> value_;
};

// One asynchronous operation; begun when it is awaited. It lives in the frame that awaits it.
template <class Value, class Initiation, class... Arguments>
class Operation : Waiting<Value> {
 public:
  template <class Begin, class... Given>
  explicit Operation(Into into, Begin&& begin, Given&&... given)
      : begin_(std::forward<Begin>(begin)), arguments_(std::forward<Given>(given)...) {
    this->error_ = into.error;
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) {
    this->coroutine_ = &caller.promise();
    this->handle_ = caller;
    std::apply(
        [this](Arguments&... arguments) {
          std::move(begin_)(typename Waiting<Value>::Completion(this), std::move(arguments)...);
        },
        arguments_);
    this->beginning_ = false;
  }
  auto await_resume() {
    if constexpr (std::tuple_size_v<Value> != 0) {
      return std::get<0>(std::move(*this->value_));
    }
  }

 private:
  Initiation begin_;
  std::tuple<Arguments...> arguments_;
};

// `co_await this_executor`: where the coroutine runs.
struct ThisExecutor {};
inline constexpr ThisExecutor this_executor{};

class AwaitExecutor {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Caller>
  bool await_suspend(std::coroutine_handle<Caller> caller) {
    executor_ = RootBase::of(caller.promise()).executor;
    return false;
  }
  Executor await_resume() const { return *executor_; }

 private:
  std::optional<Executor> executor_;
};

inline AwaitExecutor operator co_await(ThisExecutor /*unused*/) { return {}; }

}  // namespace tessera

template <class R, class... Values>
class boost::asio::async_result<tessera::Into, R(boost::system::error_code, Values...)> {
 public:
  template <class Initiation, class... Arguments>
  static auto initiate(Initiation&& initiation, tessera::Into into, Arguments&&... arguments) {
    return tessera::Operation<std::tuple<std::decay_t<Values>...>, std::decay_t<Initiation>,
                              std::decay_t<Arguments>...>(
        into, std::forward<Initiation>(initiation), std::forward<Arguments>(arguments)...);
  }
};
