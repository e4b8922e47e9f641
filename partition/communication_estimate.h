// Time of a communication alone on idle links, by bandwidth and latency of the tiers it crosses.
// Closed forms and overlap estimates use it; the simulation runs real transfers instead.
//
// A group has g members in each of N nodes. Rings inside nodes move S(g-1)/g, across nodes each of
// the g rails moves its share S/g; both phases add (domain notes 1.2, two-level).
#pragma once

#include "collectives/collective.h"
#include "core/units.h"
#include "partition/plan.h"

namespace tessera {

class CommunicationEstimate {
 public:
  CommunicationEstimate(const SystemSpec& system, const PlanSpec& completed, int ranks);

  // `bytes` as in CollectiveRequest. Zero for groups of one.
  Duration Collective(CollectiveOp op, Axis axis, Bytes bytes) const;
  // One message between ranks of neighbouring pipeline stages.
  Duration Message(Bytes bytes) const;

  // Of the group of rank 0 along `axis`.
  struct Placement {
    int members_per_node = 1;
    int nodes = 1;
  };
  Placement PlacementOf(Axis axis) const;

  // Of one rank, one direction, payload; 0: not known.
  double scale_up_bytes_per_second() const { return scale_up_bytes_per_second_; }
  double scale_out_bytes_per_second() const { return scale_out_bytes_per_second_; }

 private:
  RankMap map_;
  int ranks_per_node_;
  double scale_up_bytes_per_second_;   // One rank, one direction, payload.
  double scale_out_bytes_per_second_;  // One rank's share of the node's NICs.
};

}  // namespace tessera
