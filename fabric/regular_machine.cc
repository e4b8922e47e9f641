#include "fabric/regular_machine.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/placement.h"
#include "topology/build.h"
#include "topology/scale_out.h"

namespace tessera {
namespace {

constexpr int kNoBlock = -1;

// The block of every vertex. A network switch belongs to the block of its neighbours if they all
// are of one (a leaf), else to none (a spine).
std::vector<int> BlocksOfVertices(const Topology& topology, int nodes_per_block) {
  std::vector<int> blocks;
  for (const Vertex& vertex : topology.vertices()) {
    blocks.push_back(vertex.node < 0 ? kNoBlock : vertex.node / nodes_per_block);
  }
  for (size_t v = 0; v < blocks.size(); ++v) {
    if (topology.vertices()[v].node >= 0) continue;
    const auto [first, last] = topology.LinksFrom(static_cast<VertexId>(v));
    for (LinkId link = first; link < last; ++link) {
      const auto to = static_cast<size_t>(topology.links()[static_cast<size_t>(link)].target);
      if (topology.vertices()[to].node >= 0) blocks[v] = blocks[to];
    }
  }
  return blocks;
}

// The vertex of the first block that is like each vertex: that of the same rank in its block.
std::vector<VertexId> ImagesOfVertices(const std::vector<int>& blocks) {
  std::vector<VertexId> of_block[2];
  std::vector<VertexId> image;
  for (size_t v = 0; v < blocks.size(); ++v) {
    image.push_back(static_cast<VertexId>(v));
    if (blocks[v] == kNoBlock) continue;
    std::vector<VertexId>& members = of_block[blocks[v]];
    members.push_back(static_cast<VertexId>(v));
    if (blocks[v] == 1) image.back() = of_block[0][members.size() - 1];
  }
  TESSERA_CHECK(of_block[1].empty() || of_block[1].size() == of_block[0].size());
  return image;
}

}  // namespace

absl::StatusOr<RegularMachine> RegularMachine::Make(const SystemSpec& system, int nodes,
                                                    const MachineRouting& routing) {
  if (system.inside.any()) {
    return absl::InvalidArgumentError(
        absl::StrCat("system \"", system.name, "\": dies and tiles are not folded"));
  }
  const int per_leaf = NodesPerLeaf(system);
  const int block = nodes <= per_leaf || per_leaf == 0 ? nodes : per_leaf;
  if (nodes < 1 || nodes % block != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("system \"", system.name, "\": ", nodes,
                     " nodes cannot be folded; accepted: up to the nodes under a leaf, ", per_leaf,
                     ", or a multiple of them"));
  }
  const int blocks = nodes / block;
  if (blocks > 1 && routing.spread.kind == SpreadRule::Kind::kHash) {
    return absl::InvalidArgumentError(
        absl::StrCat("system \"", system.name,
                     "\": a hash puts every pair on another way, which does not fold; accepted: "
                     "routes by destination, spraying"));
  }
  const int built = blocks > 1 ? 2 * block : block;
  TESSERA_ASSIGN_OR_RETURN(std::unique_ptr<Topology> sample,
                           BuildTopology(system, built, built * system.chips_per_node, routing));
  return RegularMachine(std::move(sample), block, blocks);
}

RegularMachine::RegularMachine(std::unique_ptr<Topology> sample, int nodes_per_block, int blocks)
    : sample_(std::move(sample)), nodes_per_block_(nodes_per_block), blocks_(blocks) {
  FindImages();
}

void RegularMachine::FindImages() {
  const std::vector<int> block = BlocksOfVertices(*sample_, nodes_per_block_);
  const std::vector<VertexId> image = ImagesOfVertices(block);
  for (const Link& link : sample_->links()) {
    const auto source = static_cast<size_t>(link.source);
    const auto target = static_cast<size_t>(link.target);
    const LinkId in_first = sample_->FindLink(image[source], image[target]);
    TESSERA_CHECK(in_first >= 0);
    const Link& like = sample_->links()[static_cast<size_t>(in_first)];
    TESSERA_CHECK(like.bandwidth == link.bandwidth && like.latency == link.latency);
    image_.push_back(in_first);
    const bool fixed = block[source] == kNoBlock && block[target] == kNoBlock;
    count_.push_back(fixed ? 1 : blocks_);
  }
}

RegularMachine::Route RegularMachine::RouteBetween(ChipId source, ChipId target) const {
  const int per_block = chips_per_block();
  const bool same = source / per_block == target / per_block;
  const PairRoute found = tessera::RouteBetween(*sample_, source % per_block,
                                                target % per_block + (same ? 0 : per_block));
  Route route{.head = found.head, .tail = found.tail, .leaves_node = found.leaves_node};
  for (size_t hop = 0; hop < found.links.size(); ++hop) {
    route.links.push_back(image_[static_cast<size_t>(found.links[hop])]);
    route.coefficients.push_back(found.coefficients.empty() ? 1 : found.coefficients[hop]);
  }
  return route;
}

}  // namespace tessera
