// Graphs in the languages of other tools. Rates are in bytes per second and latencies in seconds,
// by tier; a pair of opposite equal links is one edge where the language has undirected ones.
#pragma once

#include <string>

#include "topology/topology.h"

namespace tessera {

// Graphviz: `dot -Tsvg`, `sfdp -Tsvg`.
std::string ToGraphviz(const Topology& topology);

// GraphML: a directed graph; keys kind, node, bytes_per_s, latency_s, tier.
std::string ToGraphMl(const Topology& topology);

// {"vertices": [{"name", "kind", "node"}], "links": [{"source", "target", "bytes_per_s",
// "latency_s", "tier"}]}; source and target are places in `vertices`.
std::string ToGraphJson(const Topology& topology);

}  // namespace tessera
