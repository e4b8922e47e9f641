#include <optional>

#include "configs/library.pb.h"
#include "configs/provenance_from_schema.h"
#include "configs/spec_from_schema.h"

namespace tessera {
namespace {

template <typename List>
std::vector<std::string> Texts(const List& list) {
  return {list.begin(), list.end()};
}

std::optional<Bandwidth> Rate(bool known, int64_t bytes_per_second) {
  if (!known) return std::nullopt;
  return Bandwidth::BytesPerSecond(bytes_per_second);
}

LibraryAlgorithm AlgorithmFromSchema(const schema::LibraryAlgorithm& row) {
  LibraryAlgorithm spec;
  spec.algorithm = row.algorithm();
  spec.protocol = row.protocol();
  spec.operations = Texts(row.operations());
  for (const int topology : row.topologies()) {
    spec.topologies.push_back(TopologyFromSchema(topology));
  }
  spec.min_ranks = row.min_ranks();
  spec.max_ranks = row.max_ranks();
  spec.min_nodes = row.min_nodes();
  spec.max_nodes = row.max_nodes();
  spec.min_bytes = Bytes(row.min_bytes());
  spec.max_bytes = Bytes(row.max_bytes());
  spec.base = Duration(row.base());
  spec.scale_up_hop = Duration(row.scale_up_hop());
  spec.scale_out_hop = Duration(row.scale_out_hop());
  spec.scale_up_efficiency = row.scale_up_efficiency();
  spec.max_rate = Rate(row.has_max_rate(), row.max_rate());
  spec.max_rate_two_nodes = Rate(row.has_max_rate_two_nodes(), row.max_rate_two_nodes());
  spec.max_rate_more_nodes = Rate(row.has_max_rate_more_nodes(), row.max_rate_more_nodes());
  spec.scale_out_efficiency = row.scale_out_efficiency();
  spec.local_work = row.local_work();
  spec.segment = Bytes(row.segment());
  spec.max_segments = row.max_segments();
  return spec;
}

}  // namespace

LibrarySpec LibraryFromSchema(const schema::Library& library) {
  LibrarySpec spec;
  spec.name = library.name();
  spec.vendors = Texts(library.vendors());
  const schema::Harness& harness = library.harness();
  spec.harness_graph = Duration(harness.graph());
  spec.harness_nccl_tests = Duration(harness.nccl_tests());
  spec.harness_torch = Duration(harness.torch());
  spec.harness_library = Duration(harness.library());
  spec.harness_in_model = Duration(harness.in_model());
  for (const schema::LibrarySystem& system : library.systems()) {
    LibrarySystem& target = spec.systems.emplace_back();
    target.generations = Texts(system.generations());
    target.scale_up_links = Texts(system.scale_up_links());
    for (const schema::LibraryAlgorithm& row : system.algorithms()) {
      target.algorithms.push_back(AlgorithmFromSchema(row));
    }
  }
  for (const schema::LibraryTransport& transport : library.transports()) {
    spec.transports.push_back({.links = Texts(transport.links()),
                               .hop = Duration(transport.hop()),
                               .efficiency = transport.efficiency()});
  }
  spec.provenance = ProvenanceOf(library);
  return spec;
}

}  // namespace tessera
