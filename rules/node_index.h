#pragma once
// What routing looks up about one table, made once: the names its algorithms may answer with.

#include <cstdint>
#include <vector>

#include "rules/rule_set.h"
#include "rules/targets.h"

namespace tessera::rules {

class NodeIndex {
 public:
  // Tables that the table strategy picks among, and the node that each of them is.
  struct Group {
    Targets tables;
    std::vector<std::uint32_t> nodes;
  };

  NodeIndex(const ShardingTable& table, const std::vector<Shard>& shards);

  // The table's name alone settles the node (autoTables, or no database strategy and names that
  // differ over all shards): one group of all nodes. Otherwise there is a group for each of
  // `shards`, in the same order.
  [[nodiscard]] bool flat() const { return flat_; }
  // Does an algorithm of the table have two_widths()?
  [[nodiscard]] bool two_widths() const { return two_widths_; }
  [[nodiscard]] const Targets& shards() const { return shards_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }

 private:
  bool flat_;
  bool two_widths_;
  Targets shards_;
  std::vector<Group> groups_;
};

}  // namespace tessera::rules
