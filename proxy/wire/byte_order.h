#pragma once
// Integers in network byte order, at any address.

#include <bit>
#include <cstdint>
#include <cstring>

namespace tessera::wire {

inline std::uint8_t big_endian(std::uint8_t value) { return value; }
inline std::uint16_t big_endian(std::uint16_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap16(value);
}
inline std::uint32_t big_endian(std::uint32_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
}
inline std::uint64_t big_endian(std::uint64_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap64(value);
}

// The caller knows that sizeof(T) bytes are there.
template <class T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return big_endian(value);
}

template <class T>
void store(char* to, T value) {
  value = big_endian(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace tessera::wire
