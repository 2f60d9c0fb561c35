#pragma once
// PostgreSQL folds some settings into a statement when it parses it: `timestamptz '2024-06-01
// 12:00'` prepared in one time zone keeps it after SET TimeZone. A statement that is prepared
// again, later and on another connection, must be parsed under the settings of its own Parse.

#include <memory>
#include <string>

#include "proxy/backend/session_settings.h"
#include "proxy/exec/request.h"
#include "proxy/txn/transaction.h"

namespace tessera::session {

// The settings of the session now that are folded in, SET LOCAL before SET, each as SET.
[[nodiscard]] std::shared_ptr<const backend::SessionSettings> parse_settings(
    const txn::Transaction& transaction);

// The settings of a statement that PostgreSQL analyses anew under those of `now`: what it read the
// text by, under `then`, stays.
[[nodiscard]] std::shared_ptr<const backend::SessionSettings> analysed_anew(
    const backend::SessionSettings& now, const backend::SessionSettings& then);

// What to put around a Parse on a connection with the settings `now`, so that it means what it
// meant under `then`. `in_block`: the connection is in a transaction block.
[[nodiscard]] exec::ParseScope parse_scope(const backend::SessionSettings& now,
                                           const backend::SessionSettings& then, bool in_block);

}  // namespace tessera::session
