#pragma once
// Runs a plan on several targets: opens what Plan::scatter describes and gives the Cursor of its
// answer.

#include <memory>

#include "proxy/exec/cursor.h"

namespace tessera::exec {

struct Opened {
  std::unique_ptr<Cursor> cursor;
  bool returns_rows = false;
  // Kept here: another session that describes the same plan puts its own in the plan's place.
  std::shared_ptr<const Described> described;
  std::vector<wire::Field>
      fields;  // the client's columns; names point into `described` or the cursor's first stream
};

// request.targets has two or more entries, or the plan's scatter must be used anyway. A write needs
// the transaction in a block already (begin or begin_implicit). Errors: the plan's own (0A000);
// those of open_streams; 53200 more rows to combine than the memory bound allows; 0A000 a sort
// key's type or collation cannot be merged here.
Task<Result<Opened>> open_scatter(Request& request);

}  // namespace tessera::exec
