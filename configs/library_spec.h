// The constants of one communication library (NCCL, RCCL, ...) by system type: what software adds
// to the algorithms of the room `collectives`. A file of configs/libraries.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "configs/provenance.h"
#include "core/units.h"

namespace tessera {

struct ChipSpec;             // configs/chip_spec.h
enum class ScaleUpTopology;  // configs/system_spec.h

// Whether one of `patterns` is `name`, a trailing * standing for any ending; no patterns: yes.
bool MatchesAny(const std::vector<std::string>& patterns, absl::string_view name);

// One algorithm with one protocol on one type of system. Predicted time =
//   base + scale-up hops * scale_up_hop + scale-out hops * scale_out_hop + pipeline fill
//   + max(bytes through a chip's scale-up port / scale-up rate, bytes through a NIC / its rate),
// scale-up rate = min(scale_up_efficiency * payload rate of the port, max_rate).
struct LibraryAlgorithm {
  std::string algorithm;                // Of AlgorithmNames() in collectives/algorithm.h.
  std::string protocol;                 // "LL", "LL128", "Simple", ...; "" if there is one only.
  std::vector<std::string> operations;  // Empty: all that the algorithm knows.
  std::vector<ScaleUpTopology> topologies;  // Empty: any.
  int min_ranks = 1;
  int max_ranks = 0;  // 0: no limit.
  int min_nodes = 1;
  int max_nodes = 0;  // 0: no limit.
  Bytes min_bytes;    // Of the operation.
  Bytes max_bytes;    // 0: no limit.
  Duration base{};    // Once an operation: kernel start, first synchronisation.
  Duration scale_up_hop{};
  Duration scale_out_hop{};
  double scale_up_efficiency = 1;
  std::optional<Bandwidth> max_rate;             // Of one chip, in one node ...
  std::optional<Bandwidth> max_rate_two_nodes;   // ... on two (default: max_rate) ...
  std::optional<Bandwidth> max_rate_more_nodes;  // ... and on more (default: as on two).
  double scale_out_efficiency = 1;
  // Cost of a byte that a chip copies or reduces in its own memory without sending it, as a share
  // of the cost of a byte sent.
  double local_work = 0;
  // Pipelined algorithms run in as many segments (a power of two) as make them fastest, but each at
  // least this large (0: one segment), and at most so many.
  Bytes segment;
  int max_segments = 1;
};

struct LibrarySystem {
  // What it holds for: generations of chips and links inside a node. Each may end in a * that
  // stands for any ending; none: any.
  std::vector<std::string> generations;
  std::vector<std::string> scale_up_links;
  std::vector<LibraryAlgorithm> algorithms;
};

// What a network between nodes adds to every scale-out hop.
struct LibraryTransport {
  std::vector<std::string> links;  // Likewise, between nodes.
  Duration hop{};
  double efficiency = 1;
};

struct LibrarySpec {
  std::string name;
  std::vector<std::string> vendors;  // Whose chips use it by default.
  // Added to every operation by the way it is launched and timed.
  Duration harness_graph{};
  Duration harness_nccl_tests{};
  Duration harness_torch{};
  Duration harness_library{};
  Duration harness_in_model{};
  std::vector<LibrarySystem> systems;
  std::vector<LibraryTransport> transports;
  Provenance provenance;

  bool Knows(const ChipSpec& chip) const;
};

}  // namespace tessera
