#pragma once
// Names of relations inside strings: 't_order'::regclass, has_table_privilege('t_order', 'select').

#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {

// The edits that make such names those of the default shard's. A constant's value decides and is
// pinned; a parameter, and what is computed, is looked up by the server.
void add_relation_name_edits(const Query& query, Edits& edits, Pins& pins);

}  // namespace tessera::plan
