#include "collectives/symmetric.h"

#include "absl/strings/str_cat.h"
#include "core/integer.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Peer = SymmetricStep::Peer;

absl::Status CheckMembers(const SymmetricInput& input, bool power_of_two) {
  const bool whole = input.stride > 0 && input.nodes % input.stride == 0;
  if (whole && input.members() > 1 && (!power_of_two || IsPowerOfTwo(input.nodes))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("groups of every ", input.stride, ". of ", input.nodes,
                   " nodes; accepted: a stride that leaves at least two members",
                   power_of_two ? ", and a power of two nodes" : ""));
}

Bytes Part(Bytes bytes, int64_t parts) { return Bytes(CeilDiv(bytes.count(), parts)); }

class Writer {
 public:
  explicit Writer(const SymmetricInput& input) : input_(input) {
    schedule_.nodes = input.nodes;
    schedule_.chips_per_node = input.chips_per_node;
  }

  // Everybody sends `bytes` after all that it sent and received in the step before.
  void Add(Peer peer, int distance, Bytes bytes) {
    SymmetricStep& step = schedule_.steps.emplace_back();
    step.peer = peer;
    step.distance = distance;
    step.bytes = bytes;
    const auto number = static_cast<int32_t>(schedule_.steps.size()) - 1;
    if (number > 0) step.after = {number - 1};
  }

  void AddRing(Peer peer, int distance, int steps, Bytes chunk) {
    for (int s = 0; s < steps; ++s) Add(peer, distance, chunk);
  }

  void AddHalvingDoubling(Bytes bytes) {
    for (int d = input_.members() / 2; d >= 1; d /= 2) {
      Add(Peer::kNodeXor, d * input_.stride, Part(bytes, input_.members() / d));
    }
    for (int d = 1; d < input_.members(); d *= 2) {
      Add(Peer::kNodeXor, d * input_.stride, Part(bytes, input_.members() / d));
    }
  }

  SymmetricSchedule Write() && { return std::move(schedule_); }

 private:
  const SymmetricInput& input_;
  SymmetricSchedule schedule_;
};

}  // namespace

absl::StatusOr<SymmetricSchedule> SymmetricHalvingDoubling(const SymmetricInput& input) {
  TESSERA_RETURN_IF_ERROR(CheckMembers(input, /*power_of_two=*/true));
  Writer writer(input);
  writer.AddHalvingDoubling(input.bytes);
  return std::move(writer).Write();
}

absl::StatusOr<SymmetricSchedule> SymmetricRing(const SymmetricInput& input) {
  TESSERA_RETURN_IF_ERROR(CheckMembers(input, /*power_of_two=*/false));
  Writer writer(input);
  writer.AddRing(Peer::kNodeShift, input.stride, 2 * (input.members() - 1),
                 Part(input.bytes, input.members()));
  return std::move(writer).Write();
}

absl::StatusOr<SymmetricSchedule> SymmetricHierarchical(const SymmetricInput& input) {
  TESSERA_RETURN_IF_ERROR(CheckMembers(input, /*power_of_two=*/true));
  const Bytes shard = Part(input.bytes, input.chips_per_node);
  Writer writer(input);
  writer.AddRing(Peer::kPlaceShift, 1, input.chips_per_node - 1, shard);
  writer.AddHalvingDoubling(shard);
  writer.AddRing(Peer::kPlaceShift, 1, input.chips_per_node - 1, shard);
  return std::move(writer).Write();
}

}  // namespace tessera
