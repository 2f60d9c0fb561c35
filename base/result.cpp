#include "base/result.h"

#include <stdexcept>

namespace tessera {

Error* ErrorPlace::keep(Error&& error) { return new Error(std::move(error)); }

void ErrorPlace::drop(Error* error) noexcept { delete error; }

const Error& ErrorPlace::none() {
  static const Error none;
  return none;
}

void ErrorPlace::throw_it() const {
  throw std::logic_error("unexamined error " + get().sqlstate + ": " + get().message);
}

}  // namespace tessera
