#include "fabric/packet/credit_network.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fabric/packet/credit_router.h"
#include "fabric/packet/network_base.h"
#include "fabric/wait_cycle.h"

namespace tessera {
namespace {

class CreditNetwork final : public NetworkBase {
 public:
  CreditNetwork(Engine& engine, const Topology& topology, const PacketParams& params,
                const PacketPart& part)
      : NetworkBase(engine, topology, params, part), ports_(topology.links().size()) {
    for (VertexId v = 0; v < static_cast<VertexId>(topology.vertices().size()); ++v) {
      AddVertex(ports_, routers_.emplace_back(), v);
    }
  }

  std::vector<PacketLinkUse> link_use() const override { return UseOf(ports_, engine_.now()); }

 protected:
  std::string DescribeDeadlock() const override;

 private:
  std::string NameOf(int32_t buffer) const {
    return absl::StrCat(context_.topology.LinkName(buffer / PacketKind::kChannels), " channel ",
                        buffer % PacketKind::kChannels);
  }

  std::vector<PortState> ports_;
  std::vector<std::unique_ptr<CreditRouter>> routers_;
};

std::string CreditNetwork::DescribeDeadlock() const {
  const auto waits_for = [this](int32_t buffer) {
    const LinkId link = buffer / PacketKind::kChannels;
    const auto end = static_cast<size_t>(context_.LinkOf(link).target);
    std::vector<int32_t> full;
    for (const CreditRouter::Buffer& next :
         routers_[end]->WaitsFor({.link = link, .channel = buffer % PacketKind::kChannels})) {
      full.push_back(next.link * PacketKind::kChannels + next.channel);
    }
    return full;
  };
  const std::vector<int32_t> cycle =
      FindWaitCycle(static_cast<int32_t>(ports_.size()) * PacketKind::kChannels, waits_for);
  std::string text = cycle.empty() ? "" : "deadlock of buffers:\n";
  for (size_t i = 0; i < cycle.size(); ++i) {
    absl::StrAppend(&text, "  ", NameOf(cycle[i]), " waits for room in ",
                    NameOf(cycle[(i + 1) % cycle.size()]), "\n");
  }
  return text;
}

}  // namespace

std::unique_ptr<PacketNetwork> MakeCreditNetwork(Engine& engine, const Topology& topology,
                                                 const PacketParams& params,
                                                 const PacketPart& part) {
  return std::make_unique<CreditNetwork>(engine, topology, params, part);
}

}  // namespace tessera
