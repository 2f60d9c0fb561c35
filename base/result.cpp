#include "base/result.h"

#include <stdexcept>

namespace tessera {

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("unexamined error " + error.sqlstate + ": " + error.message);
}

}  // namespace tessera
