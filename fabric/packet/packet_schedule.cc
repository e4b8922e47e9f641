#include "fabric/packet/packet_schedule.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

// Adds transfers in their order; knows which messages must be over before each is.
class ScheduleAdder {
 public:
  ScheduleAdder(const Schedule& schedule, absl::Span<const VertexId> endpoints,
                const TransferCosts& costs, const Topology& topology, PacketExchange& exchange)
      : schedule_(schedule),
        endpoints_(endpoints),
        costs_(costs),
        topology_(topology),
        exchange_(exchange) {}

  void AddAll() {
    over_with_.reserve(schedule_.transfers.size());
    for (const Transfer& transfer : schedule_.transfers) {
      std::vector<int32_t> before = MessagesBefore(transfer);
      if (VertexOf(transfer.source) != VertexOf(transfer.target)) {
        before = {AddMessage(transfer, before)};
      }
      over_with_.push_back(std::move(before));
    }
  }

 private:
  VertexId VertexOf(int32_t endpoint) const { return endpoints_[static_cast<size_t>(endpoint)]; }

  std::vector<int32_t> MessagesBefore(const Transfer& transfer) const {
    std::vector<int32_t> messages;
    for (const int32_t predecessor : schedule_.PredecessorsOf(transfer)) {
      const std::vector<int32_t>& more = over_with_[static_cast<size_t>(predecessor)];
      messages.insert(messages.end(), more.begin(), more.end());
    }
    std::sort(messages.begin(), messages.end());
    messages.erase(std::unique(messages.begin(), messages.end()), messages.end());
    return messages;
  }

  int32_t AddMessage(const Transfer& transfer, const std::vector<int32_t>& before) {
    const VertexId source = VertexOf(transfer.source);
    const VertexId target = VertexOf(transfer.target);
    const bool leaves_node = topology_.vertices()[static_cast<size_t>(source)].node !=
                             topology_.vertices()[static_cast<size_t>(target)].node;
    Duration delay = leaves_node ? costs_.per_transfer_scale_out : costs_.per_transfer_scale_up;
    if (before.empty()) delay += costs_.start;
    const auto number = static_cast<int32_t>(exchange_.messages.size());
    exchange_.messages.push_back(
        {.source = source,
         .target = target,
         .bytes = std::max(transfer.bytes, Bytes(1)),
         .delay = delay,
         .first_predecessor = static_cast<int32_t>(exchange_.predecessors.size()),
         .predecessor_count = static_cast<int32_t>(before.size())});
    exchange_.predecessors.insert(exchange_.predecessors.end(), before.begin(), before.end());
    return number;
  }

  const Schedule& schedule_;
  const absl::Span<const VertexId> endpoints_;
  const TransferCosts& costs_;
  const Topology& topology_;
  PacketExchange& exchange_;
  std::vector<std::vector<int32_t>> over_with_;  // Messages, by transfer.
};

}  // namespace

absl::Status AddSchedule(const Schedule& schedule, absl::Span<const VertexId> endpoints,
                         const TransferCosts& costs, const Topology& topology,
                         PacketExchange& exchange) {
  if (schedule.switches > 0) {
    return absl::UnimplementedError(
        absl::StrCat("algorithm \"", schedule.algorithm,
                     "\" reduces in switches, which packets cannot do; choose another one"));
  }
  ScheduleAdder(schedule, endpoints, costs, topology, exchange).AddAll();
  return absl::OkStatus();
}

}  // namespace tessera
