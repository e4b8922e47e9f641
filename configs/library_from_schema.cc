#include "configs/library.pb.h"
#include "configs/provenance_from_schema.h"
#include "configs/spec_from_schema.h"

namespace tessera {
namespace {

ProtocolDurations DurationsFromSchema(const schema::ProtocolDurations& d) {
  return {.ll = Duration(d.ll()), .ll128 = Duration(d.ll128()), .simple = Duration(d.simple())};
}

AlgorithmLatencies LatenciesFromSchema(const schema::AlgorithmLatencies& l) {
  return {.tree = DurationsFromSchema(l.tree()),
          .ring = DurationsFromSchema(l.ring()),
          .collnet_direct = DurationsFromSchema(l.collnet_direct()),
          .collnet_chain = DurationsFromSchema(l.collnet_chain()),
          .nvls = DurationsFromSchema(l.nvls()),
          .nvls_tree = DurationsFromSchema(l.nvls_tree()),
          .pat = DurationsFromSchema(l.pat())};
}

NodeCountRates RatesFromSchema(const schema::NodeCountRates& rates) {
  return {.one_node = Bandwidth::BytesPerSecond(rates.one_node()),
          .two_nodes = Bandwidth::BytesPerSecond(rates.two_nodes()),
          .four_nodes = Bandwidth::BytesPerSecond(rates.four_nodes())};
}

template <typename Values>
std::vector<Bandwidth> SpeedsFromSchema(const Values& values) {
  std::vector<Bandwidth> speeds;
  for (const int64_t value : values) speeds.push_back(Bandwidth::BytesPerSecond(value));
  return speeds;
}

NcclGeneration GenerationFromSchema(const schema::NcclGeneration& generation) {
  return {.name = generation.name(),
          .ll_max_busbw = RatesFromSchema(generation.ll_max_busbw()),
          .ring_ll128_channel = RatesFromSchema(generation.ring_ll128_channel()),
          .tree_ll128_channel = RatesFromSchema(generation.tree_ll128_channel()),
          .tree_channel = RatesFromSchema(generation.tree_channel()),
          .nvls_tree_channel = RatesFromSchema(generation.nvls_tree_channel()),
          .nvls_efficiency = generation.nvls_efficiency(),
          .nvlink_payload = Bandwidth::BytesPerSecond(generation.nvlink_payload()),
          .channel_speeds_in_node = SpeedsFromSchema(generation.channel_speeds_in_node()),
          .channel_speeds_across = SpeedsFromSchema(generation.channel_speeds_across()),
          .ring_simple_large_latency = generation.ring_simple_large_latency()};
}

NcclBandwidthFactors FactorsFromSchema(const schema::NcclBandwidthFactors& factors) {
  return {.ring_ll = factors.ring_ll(),
          .ring_ll128 = factors.ring_ll128(),
          .tree_simple = factors.tree_simple(),
          .tree_ll = factors.tree_ll(),
          .tree_ll128_one_node = factors.tree_ll128_one_node(),
          .tree_ll128_multi_node = factors.tree_ll128_multi_node(),
          .tree_pattern_tree = factors.tree_pattern_tree(),
          .collnet_direct_hopper = factors.collnet_direct_hopper(),
          .nvls_pipelining = factors.nvls_pipelining()};
}

NcclSpec NcclFromSchema(const schema::Nccl& nccl) {
  const schema::NcclTreeCorrection& tree = nccl.tree_correction();
  NcclSpec spec;
  spec.base_latency = LatenciesFromSchema(nccl.base_latency());
  spec.nvlink_latency = LatenciesFromSchema(nccl.nvlink_latency());
  spec.pcie_latency = LatenciesFromSchema(nccl.pcie_latency());
  spec.network_latency = LatenciesFromSchema(nccl.network_latency());
  spec.network_post_overhead = Duration(nccl.network_post_overhead());
  spec.network_post_overhead_simple_factor = nccl.network_post_overhead_simple_factor();
  for (const auto& generation : nccl.generations()) {
    spec.generations.push_back(GenerationFromSchema(generation));
  }
  spec.ll_max_busbw_multi_node_generation = nccl.ll_max_busbw_multi_node_generation();
  spec.bandwidth_factors = FactorsFromSchema(nccl.bandwidth_factors());
  spec.tree_correction_ll.assign(tree.ll().begin(), tree.ll().end());
  spec.tree_correction_ll128.assign(tree.ll128().begin(), tree.ll128().end());
  spec.tree_correction_simple.assign(tree.simple().begin(), tree.simple().end());
  spec.max_channels = nccl.max_channels();
  spec.pipeline_steps = nccl.pipeline_steps();
  spec.simple_buffer = Bytes(nccl.simple_buffer());
  spec.network_rate_100g = Bandwidth::BytesPerSecond(nccl.network_rate_100g());
  spec.pci_gen3_x16_rate = Bandwidth::BytesPerSecond(nccl.pci_gen3_x16_rate());
  spec.p2p_network_chunk = Bytes(nccl.p2p_network_chunk());
  spec.p2p_pcie_chunk = Bytes(nccl.p2p_pcie_chunk());
  spec.p2p_nvlink_chunk = Bytes(nccl.p2p_nvlink_chunk());
  return spec;
}

HarnessFloors HarnessFromSchema(const schema::HarnessFloors& harness) {
  return {.graph = Duration(harness.graph()),
          .nccl_tests = Duration(harness.nccl_tests()),
          .torch = Duration(harness.torch()),
          .library = Duration(harness.library()),
          .in_model = Duration(harness.in_model()),
          .provenance = ProvenanceOf(harness)};
}

LineRingFit FitFromSchema(const schema::LineRingFit& fit) {
  return {.generation = fit.generation(),
          .operation = fit.operation(),
          .wiring = fit.wiring() == schema::LineRingFit::WIRING_RING ? LineRingFit::Wiring::kRing
                                                                     : LineRingFit::Wiring::kLine,
          .fixed = Duration(fit.fixed()),
          .per_hop = Duration(fit.per_hop()),
          .peak = Bandwidth::BytesPerSecond(fit.peak())};
}

}  // namespace

const NcclGeneration* NcclSpec::Find(const std::string& generation) const {
  for (const NcclGeneration& known : generations) {
    if (known.name == generation) return &known;
  }
  return nullptr;
}

LibrarySpec LibraryFromSchema(const schema::Library& library) {
  LibrarySpec spec;
  spec.name = library.name();
  if (library.has_nccl()) spec.nccl = NcclFromSchema(library.nccl());
  for (const auto& fit : library.fits()) spec.fits.push_back(FitFromSchema(fit));
  spec.harness = HarnessFromSchema(library.harness());
  spec.provenance = ProvenanceOf(library);
  return spec;
}

}  // namespace tessera
