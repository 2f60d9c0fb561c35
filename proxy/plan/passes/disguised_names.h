#pragma once
// SQL that turns the names and numbers in the default shard's catalogs into what clients are to
// see. Nothing here depends on the session's search path.

#include <string>
#include <string_view>
#include <vector>

#include "proxy/catalog/schema.h"

namespace tessera::plan {

// `disguises` outlive it.
class DisguisedNames {
 public:
  using Kind = catalog::Disguise::Kind;

  explicit DisguisedNames(const std::vector<catalog::Disguise>& disguises);

  // Among which things one is looked for: relations (tables, indexes, sequences) or constraints.
  struct Subject {
    bool constraints = false;
    bool by_name = false;  // by "schema.name" (text), not by number
  };
  // The logical name of the thing whose key is `key`, else `name`; empty: no name differs.
  [[nodiscard]] std::string mapped(Subject subject, const std::string& key,
                                   const std::string& name) const;
  // Is the thing not to be hidden? Empty: nothing is hidden.
  [[nodiscard]] std::string visible(Subject subject, const std::string& key) const;
  // The same for the number of the type of rows; 0 is none.
  [[nodiscard]] std::string visible_row_type(const std::string& type) const;
  // Around the text of an SQL definition: every name of an actual table or index in it becomes the
  // logical one. The whole is a subquery whose column is called `column`.
  [[nodiscard]] std::string before_definition(std::string_view column) const;
  [[nodiscard]] std::string after_definition() const;

 private:
  const std::vector<catalog::Disguise>& disguises_;
};

// `values` as a constant array of `type`.
[[nodiscard]] std::string array_constant(const std::vector<std::string>& values,
                                         std::string_view type);

}  // namespace tessera::plan
