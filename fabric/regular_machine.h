// A machine of equal blocks, of any size, known by two of them: the folding of its graph.
//
// A block is all that belongs to the nodes under one group of leaves: chips, scale-up switches,
// NICs, leaves. Spines belong to no block and join all of them alike; routes look at places in
// blocks only (destination modulo spines, spraying; not hashes). So exchanging blocks changes
// nothing, a route between two blocks is that between the first and the second, and a link of any
// block is like that of the first.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/system_spec.h"
#include "core/units.h"
#include "topology/build.h"
#include "topology/topology.h"

namespace tessera {

class RegularMachine {
 public:
  // Errors: as of BuildTopology; nodes that fill no whole number of blocks, routes by hash. Time
  // and memory: those of two blocks.
  static absl::StatusOr<RegularMachine> Make(const SystemSpec& system, int nodes,
                                             const MachineRouting& routing = {});

  int nodes() const { return blocks_ * nodes_per_block_; }
  int blocks() const { return blocks_; }
  int nodes_per_block() const { return nodes_per_block_; }
  int chips_per_node() const { return sample_->chips_per_node(); }
  int chips_per_block() const { return nodes_per_block_ * chips_per_node(); }
  // The first two blocks, or the only one.
  const Topology& sample() const { return *sample_; }

  // Links are those of the sample, each moved to the first block; coefficients as in PairRoute.
  struct Route {
    std::vector<LinkId> links = {};
    std::vector<int32_t> coefficients = {};
    Duration head{};
    Duration tail{};
    bool leaves_node = false;
  };
  // Between two chips of the whole machine.
  Route RouteBetween(ChipId source, ChipId target) const;
  // Links of the whole machine that one of the first block (or between spines) stands for.
  int64_t CountOf(LinkId link) const { return count_[static_cast<size_t>(link)]; }

 private:
  RegularMachine(std::unique_ptr<Topology> sample, int nodes_per_block, int blocks);
  void FindImages();

  std::unique_ptr<Topology> sample_;
  int nodes_per_block_ = 1;
  int blocks_ = 1;
  std::vector<LinkId> image_;   // Of each link: where it lies in the first block.
  std::vector<int64_t> count_;  // Of each link.
};

}  // namespace tessera
