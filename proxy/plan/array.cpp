#include "proxy/plan/array.h"

#include <fmt/format.h>

#include <algorithm>

namespace tessera::plan {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_null_word(std::string_view word) {
  constexpr std::string_view kNull = "null";
  return std::ranges::equal(word, kNull, [](char a, char b) { return (a | '\x20') == b; });
}

// Reads {a, "b", {c}} from left to right. The shape of inner arrays is PostgreSQL's to check: what
// it refuses is an error there, wherever it is sent.
class ArrayText {
 public:
  explicit ArrayText(std::string_view text) : text_(text) {}

  std::optional<ArrayElements> run() {
    skip_space();
    if (!take('{')) return std::nullopt;
    std::size_t depth = 1;
    bool expects_element = true;
    while (depth > 0) {
      skip_space();
      if (at_ == text_.size()) return std::nullopt;
      const char next = text_[at_];
      if (next == '{') {
        ++at_, ++depth, expects_element = true;
      } else if (next == '}') {
        ++at_, --depth, expects_element = false;
      } else if (next == ',') {
        ++at_, expects_element = true;
      } else if (!expects_element || !element()) {
        return std::nullopt;
      } else {
        expects_element = false;
      }
    }
    skip_space();
    if (at_ != text_.size()) return std::nullopt;
    return std::move(out_);
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool element() { return text_[at_] == '"' ? quoted() : bare(); }

  bool quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && ++at_ == text_.size()) return false;
      value += text_[at_];
    }
    out_.elements.emplace_back(std::move(value));
    return take('"');
  }

  // Space around it does not belong to it, unless it is escaped.
  bool bare() {
    std::string value;
    std::size_t kept = 0;
    bool escaped = false;
    for (; at_ < text_.size() && !ends_element(text_[at_]); ++at_) {
      const bool escapes = text_[at_] == '\\';
      if (escapes && ++at_ == text_.size()) return false;
      escaped = escaped || escapes;
      value += text_[at_];
      if (escapes || !is_space(text_[at_])) kept = value.size();
    }
    value.resize(kept);
    if (!escaped && is_null_word(value)) {
      out_.elements.emplace_back(std::nullopt);
    } else {
      out_.elements.emplace_back(std::move(value));
    }
    return true;
  }

  static bool ends_element(char c) { return c == ',' || c == '{' || c == '}' || c == '"'; }

  std::string_view text_;
  std::size_t at_ = 0;
  ArrayElements out_;
};

// Takes fields off the front of a binary value.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

  std::int64_t integer(std::size_t size) { return big_endian(take(size)).value_or(0); }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      broken_ = true;
      return {};
    }
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

 private:
  std::string_view rest_;
  bool broken_ = false;
};

}  // namespace

std::optional<std::int64_t> big_endian(std::string_view bytes) {
  if (bytes.size() != 2 && bytes.size() != 4 && bytes.size() != 8) return std::nullopt;
  // The sign is that of the first byte.
  std::uint64_t out = (bytes.front() & '\x80') != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) out = out << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(out);
}

std::optional<ArrayElements> read_array_text(std::string_view text) {
  return ArrayText(text).run();
}

std::optional<ArrayElements> read_array_binary(std::string_view bytes) {
  constexpr std::int64_t kDimensionsMax = 6;
  Bytes in(bytes);
  const std::int64_t dimensions = in.integer(4);
  in.take(4);  // has nulls
  ArrayElements out;
  out.type = static_cast<std::uint32_t>(in.integer(4));
  if (dimensions < 0 || dimensions > kDimensionsMax) return std::nullopt;
  in.take(static_cast<std::size_t>(dimensions) * 8);
  while (!in.broken() && !in.empty()) {
    const std::int64_t length = in.integer(4);
    if (length < 0) {
      out.elements.emplace_back(std::nullopt);
    } else {
      out.elements.emplace_back(std::string(in.take(static_cast<std::size_t>(length))));
    }
  }
  if (in.broken()) return std::nullopt;
  return out;
}

std::optional<std::string> numeric_digits(std::string_view bytes) {
  constexpr std::int64_t kNegative = 0x4000;
  constexpr std::int64_t kDigitMax = 9999;
  Bytes in(bytes);
  const std::int64_t count = in.integer(2);
  const std::int64_t weight = in.integer(2);
  const std::int64_t sign = in.integer(2);
  in.take(2);  // how many digits are shown
  if (in.broken() || count < 0 || (sign != 0 && sign != kNegative)) return std::nullopt;
  std::string digits;
  for (std::int64_t at = 0; at < count; ++at) {
    const std::int64_t digit = in.integer(2);
    if (in.broken() || digit < 0 || digit > kDigitMax) return std::nullopt;
    digits += fmt::format("{:04}", digit);
  }
  if (!in.empty()) return std::nullopt;
  return fmt::format("{}0.{}e{}", sign == kNegative ? "-" : "", digits.empty() ? "0" : digits,
                     (weight + 1) * 4);
}

}  // namespace tessera::plan
