// Asio is compiled once, here (BOOST_ASIO_SEPARATE_COMPILATION); the other files only declare it.
#include <boost/asio/impl/src.hpp>
