#pragma once
// Result<T>: a value or an Error. Test it on the next line after it was given.

#include <boost/system/result.hpp>

#include "base/error.h"

namespace tessera {

template <class T = void>
using Result = boost::system::result<T, Error>;
using Status = Result<void>;

// boost::system::result calls this when value() is asked of a result that holds an error: a bug of
// ours.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace tessera
