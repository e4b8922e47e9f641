// The constants of a communication library as described in configs/libraries. Meanings and units
// of every field: configs/library.proto. What is absent there is zero here.
#pragma once

#include <string>
#include <vector>

#include "configs/chip_spec.h"
#include "core/units.h"

namespace tessera {

// By protocol of NCCL.
struct ProtocolDurations {
  Duration ll{};
  Duration ll128{};
  Duration simple{};
};

struct AlgorithmLatencies {
  ProtocolDurations tree, ring, collnet_direct, collnet_chain, nvls, nvls_tree, pat;
};

// Zero: not available with so many nodes.
struct NodeCountRates {
  Bandwidth one_node, two_nodes, four_nodes;
};

struct NcclGeneration {
  std::string name;  // ChipSpec::generation.
  NodeCountRates ll_max_busbw;
  NodeCountRates ring_ll128_channel;
  NodeCountRates tree_ll128_channel;
  NodeCountRates tree_channel;
  NodeCountRates nvls_tree_channel;
  double nvls_efficiency = 0;
  Bandwidth nvlink_payload;
  std::vector<Bandwidth> channel_speeds_in_node;
  std::vector<Bandwidth> channel_speeds_across;
  double ring_simple_large_latency = 1;
};

struct NcclBandwidthFactors {
  double ring_ll = 1;
  double ring_ll128 = 1;
  double tree_simple = 1;
  double tree_ll = 1;
  double tree_ll128_one_node = 1;
  double tree_ll128_multi_node = 1;
  double tree_pattern_tree = 1;
  double collnet_direct_hopper = 1;
  double nvls_pipelining = 1;
};

struct NcclSpec {
  AlgorithmLatencies base_latency;
  AlgorithmLatencies nvlink_latency;
  AlgorithmLatencies pcie_latency;
  AlgorithmLatencies network_latency;
  Duration network_post_overhead{};
  double network_post_overhead_simple_factor = 1;
  std::vector<NcclGeneration> generations;
  std::string ll_max_busbw_multi_node_generation;
  NcclBandwidthFactors bandwidth_factors;
  // Factors at 64 B, 128 B, ... 256 MB.
  std::vector<double> tree_correction_ll;
  std::vector<double> tree_correction_ll128;
  std::vector<double> tree_correction_simple;
  int max_channels = 0;
  int pipeline_steps = 0;
  Bytes simple_buffer;
  Bandwidth network_rate_100g;
  Bandwidth pci_gen3_x16_rate;
  Bytes p2p_network_chunk;
  Bytes p2p_pcie_chunk;
  Bytes p2p_nvlink_chunk;

  const NcclGeneration* Find(const std::string& generation) const;  // Null: unknown.
};

// time = fixed + per_hop * hops + bottleneck bytes / peak.
struct LineRingFit {
  enum class Wiring { kLine, kRing };  // hops = ranks - 1, ranks / 2.
  std::string generation;
  std::string operation;
  Wiring wiring = Wiring::kLine;
  Duration fixed{};
  Duration per_hop{};
  Bandwidth peak;
};

// Time that launching and timing adds to one operation.
struct HarnessFloors {
  Duration graph{};
  Duration nccl_tests{};
  Duration torch{};
  Duration library{};
  Duration in_model{};
  Provenance provenance;
};

struct LibrarySpec {
  std::string name;
  std::optional<NcclSpec> nccl;
  std::vector<LineRingFit> fits;
  HarnessFloors harness;
  Provenance provenance;
};

}  // namespace tessera
