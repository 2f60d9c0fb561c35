#pragma once
// The shapes of texts that were scanned lately. Applications send the same statement with other
// numbers again and again; a text that differs from one of those in its small integers only has the
// same tokens, and comparing costs a tenth of scanning.
//
// One thread's. A few dozen texts, the latest of those that begin alike.

#include <array>
#include <string>
#include <string_view>

#include "parser/shape.h"

namespace tessera::parser {

class ShapeMemo {
 public:
  // As scan() from the text's beginning: the same shape, the same errors.
  [[nodiscard]] Status scan(std::string_view text, const ScanOptions& options, Shape& shape);

 private:
  static constexpr std::size_t kTexts = 64;

  struct Known {
    std::string text;  // empty: none
    ScanOptions options;
    Shape shape;
  };

  std::array<Known, kTexts> known_;
};

}  // namespace tessera::parser
