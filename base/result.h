#pragma once
// A Result<T> is a value or an Error; a Status is success or an Error. Test it on the next line
// after it was given.
//
// An Error is 200 bytes and rare, so it stays out of the Result, on the heap: a Status is a pointer
// that is null. What is made of Results (coroutine frames, which idle clients hold, and the code
// that ends their lives) stays as small as that, and the compiler moves the ways of errors out of
// the way of what succeeds.

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace tessera {

template <class T = void>
class Result;
using Status = Result<void>;

// Where a Result keeps its Error.
class ErrorPlace {
 public:
  ErrorPlace() = default;
  explicit ErrorPlace(Error error) : error_(keep(std::move(error))) {}
  ErrorPlace(const ErrorPlace& other)
      : error_(other.error_ == nullptr ? nullptr : keep(Error(*other.error_))) {}
  ErrorPlace(ErrorPlace&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
  ErrorPlace& operator=(ErrorPlace other) noexcept {
    std::swap(error_, other.error_);
    return *this;
  }
  ~ErrorPlace() {
    if (error_ != nullptr) drop(error_);
  }

  [[nodiscard]] bool empty() const { return error_ == nullptr; }
  [[nodiscard]] const Error& get() const { return error_ != nullptr ? *error_ : none(); }
  [[noreturn, gnu::cold]] void throw_it() const;

 private:
  [[nodiscard, gnu::cold]] static Error* keep(Error&& error);
  [[gnu::cold]] static void drop(Error* error) noexcept;
  [[nodiscard, gnu::cold]] static const Error& none();

  Error* error_ = nullptr;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result() requires std::default_initializable<T> : value_(std::in_place) {}
  template <class A>
  requires(std::is_convertible_v<A, T> && !std::is_same_v<std::remove_cvref_t<A>, Error>)
      Result(A&& value)
      : value_(std::forward<A>(value)) {}
  Result(const Error& error) : error_(Error(error)) {}
  Result(Error&& error) : error_(std::move(error)) {}
  template <class U>
  requires(std::is_convertible_v<U, T> && !std::is_same_v<U, T>) Result(Result<U> other) {
    if (other) {
      value_.emplace(std::move(*other));
    } else {
      error_ = ErrorPlace(other.error());
    }
  }

  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return has_value(); }
  // There is a value.
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  // Throws if there is none, which is a bug of ours.
  T& value() & {
    if (!value_) error_.throw_it();
    return *value_;
  }
  T value() && {
    if (!value_) error_.throw_it();
    return std::move(*value_);
  }
  // There is no value.
  [[nodiscard]] const Error& error() const& { return error_.get(); }
  [[nodiscard]] Error error() && { return error_.get(); }

 private:
  std::optional<T> value_;
  ErrorPlace error_;
};

// One that was moved from has succeeded.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(const Error& error) : error_(Error(error)) {}
  Result(Error&& error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const { return error_.empty(); }
  explicit operator bool() const { return has_value(); }
  void value() const {
    if (!error_.empty()) error_.throw_it();
  }
  [[nodiscard]] const Error& error() const& { return error_.get(); }
  [[nodiscard]] Error error() && { return error_.get(); }

 private:
  ErrorPlace error_;
};

}  // namespace tessera
