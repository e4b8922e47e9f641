// Collectives of regular jobs on whole machines, step by step for all nodes alike: what
// fabric/symmetric_fold.h folds, for machines too large to list transfers.
//
// A group takes the chips of one place in every node whose number is equal modulo `stride`; all
// groups run at once. So with tensor parallelism inside a node and p pipeline stages of a node
// each, `stride` p makes the data-parallel groups.
#pragma once

#include "absl/status/statusor.h"
#include "core/units.h"
#include "fabric/symmetric_schedule.h"

namespace tessera {

struct SymmetricInput {
  int nodes = 1;
  int chips_per_node = 1;
  int stride = 1;  // Divides `nodes`; a group has nodes / stride members.
  Bytes bytes{};   // Buffer of a rank. Chunks are rounded up to whole bytes.

  int members() const { return nodes / stride; }
};

// All-reduce by halving and doubling in every group (collectives/halving_doubling.h).
// Errors: members that are no power of two, or fewer than two.
absl::StatusOr<SymmetricSchedule> SymmetricHalvingDoubling(const SymmetricInput& input);

// All-reduce on a ring of every group: 2 (n - 1) steps of bytes / n to the next member.
// Errors: fewer than two members.
absl::StatusOr<SymmetricSchedule> SymmetricRing(const SymmetricInput& input);

// All-reduce of all chips of the nodes in a group: ring reduce-scatter inside each node, halving
// and doubling between nodes among the chips of one place, ring all-gather inside.
// Errors: as of SymmetricHalvingDoubling.
absl::StatusOr<SymmetricSchedule> SymmetricHierarchical(const SymmetricInput& input);

}  // namespace tessera
