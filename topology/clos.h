// Folded Clos networks of switches: leaf-spine (two levels) and the k-ary fat tree (three).
// Routes go up and down; which way up is a choice among equals, made by a SpreadRule.
#pragma once

#include <memory>

#include "topology/grid.h"
#include "topology/spread.h"
#include "topology/topology.h"

namespace tessera {

struct LeafSpineParams {
  int leaves = 0;
  int hosts_per_leaf = 0;
  int spines = 0;
  int planes = 1;  // Networks side by side, a link of every host in each; the rule picks one.
  LinkKind host_link;
  LinkKind uplink;
  SpreadRule spread;
};
// Every leaf has a link to every spine of its plane. Host h is on leaf h / hosts_per_leaf.
std::unique_ptr<Topology> MakeLeafSpine(const LeafSpineParams& params);

struct FatTreeParams {
  int k = 0;  // Ports per switch; even.
  LinkKind link;
  double oversubscription = 1;  // Of edge and aggregation switches: divides the rate of uplinks.
  SpreadRule spread;
};
// k pods of k/2 edge and k/2 aggregation switches and (k/2)^2 core switches join k^3/4 hosts.
// Source: Al-Fares, Loukissas, Vahdat, "A scalable, commodity data center network architecture",
// 2008.
std::unique_ptr<Topology> MakeFatTree(const FatTreeParams& params);

}  // namespace tessera
