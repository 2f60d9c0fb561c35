#pragma once
// Sharding algorithms: value → name of a data source or an actual table. Algorithm is that of the
// strategy standard; complex and hint have their own.

#include <boost/system/result.hpp>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/targets.h"
#include "rules/value.h"

namespace tessera::rules {

class Algorithm {
 public:
  virtual ~Algorithm() = default;

  // Which of `targets` holds rows whose column equals `value` (not Null)? Its ordinal.
  // Errors: 22023 none of them does; 22P02 or 22003 the value does not fit the algorithm;
  // 22012 the expression divides by zero.
  [[nodiscard]] virtual Result<std::uint32_t> pick(const Targets& targets, const Value& value,
                                                   ValueType type) const = 0;

  // pick() for an integer column's value where that takes little; kNone: ask pick().
  [[nodiscard]] virtual std::uint32_t quick_pick(const Targets& /*targets*/,
                                                 std::int64_t /*value*/) const {
    return Targets::kNone;
  }

  // The number by whose remainder quick_pick() chooses for values that are not negative; 0: it does
  // not.
  [[nodiscard]] virtual std::int64_t modulus() const { return 0; }

  // Does a negative number go elsewhere as Java's int than as its long? ShardingSphere takes the
  // one or the other by how a statement wrote it, so its rows may be in both places.
  [[nodiscard]] virtual bool two_widths() const { return false; }

  // Ordinals of the targets that may hold rows in [lower, upper]; a missing bound is open.
  // Errors: 0A000 this algorithm cannot route ranges; those of pick() for a bound.
  [[nodiscard]] virtual Result<std::vector<std::uint32_t>> pick_range(
      const Targets& targets, const std::optional<Value>& lower, const std::optional<Value>& upper,
      ValueType type) const = 0;

  // Algorithms of one `shape` give every value targets with the same `residue`: what remains of a
  // target's name without the part that the algorithm always gives. Binding tables rest on it.
  [[nodiscard]] virtual std::string shape() const = 0;
  [[nodiscard]] virtual std::string residue(std::string_view target) const = 0;

  // How many tables an autoTables entry has by this algorithm; absent: it cannot stand there.
  [[nodiscard]] virtual std::optional<std::uint32_t> table_count() const { return std::nullopt; }
};

// What a statement says about one column of a complex strategy.
struct Constraint {
  enum class Kind : std::uint8_t { kNothing, kValues, kRange };
  Kind kind = Kind::kNothing;
  ValueType type = ValueType::kUnknown;
  std::vector<Value> values;  // kValues; none: no row can match
  std::optional<Value> lower;
  std::optional<Value> upper;
};

// One value of a column. It outlives the call.
struct TypedValue {
  const Value* value = nullptr;
  ValueType type = ValueType::kUnknown;
};

// The strategy complex: all columns' values together.
class ComplexAlgorithm {
 public:
  virtual ~ComplexAlgorithm() = default;

  // Which of `targets` holds rows whose columns have these values (none is Null), given in the
  // order of the strategy's columns? Errors: those of Algorithm::pick().
  [[nodiscard]] virtual Result<std::uint32_t> pick(const Targets& targets,
                                                   std::span<const TypedValue> values) const = 0;

  // Ordinals of the targets that may hold rows, where some column has no value or a range and
  // others are constrained. Errors: 0A000 this algorithm cannot route that.
  [[nodiscard]] virtual Result<std::vector<std::uint32_t>> pick_partly(
      const Targets& targets, std::span<const Constraint> constraints) const = 0;

  // As those of Algorithm.
  [[nodiscard]] virtual std::string shape() const = 0;
  [[nodiscard]] virtual std::string residue(std::string_view target) const = 0;
};

// The strategy hint: a value that the statement's author gives beside it.
class HintAlgorithm {
 public:
  virtual ~HintAlgorithm() = default;
  // Errors: those of Algorithm::pick().
  [[nodiscard]] virtual Result<std::uint32_t> pick(const Targets& targets,
                                                   const Value& value) const = 0;
};

using Properties = std::map<std::string, std::string, std::less<>>;

// What is wrong with an algorithm's definition, and which property says so (empty: the type).
struct AlgorithmFault {
  Error error;
  std::string property;
};

template <class Kind>
using BuiltAlgorithm = boost::system::result<std::shared_ptr<const Kind>, AlgorithmFault>;
using AlgorithmResult = BuiltAlgorithm<Algorithm>;

// Makes the algorithm `type` (case does not matter) for `column`, for `columns`, or for hints.
// Errors: 0A000 a type that is not built, or not for this strategy; 22023 a property is missing,
// unknown or wrong, named in the message.
[[nodiscard]] AlgorithmResult build_algorithm(std::string_view type, const Properties& properties,
                                              std::string_view column);
[[nodiscard]] BuiltAlgorithm<ComplexAlgorithm> build_complex_algorithm(
    std::string_view type, const Properties& properties, const std::vector<std::string>& columns);
[[nodiscard]] BuiltAlgorithm<HintAlgorithm> build_hint_algorithm(std::string_view type,
                                                                 const Properties& properties);

// Is it a type that one of them builds? Errors: 0A000 it is not.
[[nodiscard]] Status check_algorithm_type(std::string_view type);

// build_algorithm() for those who need no place.
[[nodiscard]] Result<std::shared_ptr<const Algorithm>> make_algorithm(std::string_view type,
                                                                      const Properties& properties,
                                                                      std::string_view column);

[[noreturn]] void throw_exception_from_error(const AlgorithmFault& fault,
                                             const boost::source_location& where);

}  // namespace tessera::rules
