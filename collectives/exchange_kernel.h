// The exchange of tokens between the ranks of an expert group by kernels of their own
// (configs/exchange_kernels): the transfers of collectives/token_copies.h, and what they cost.
//
// What a copy costs shows as time on the wire (TransferCosts::scale_up_stretch, scale_out_stretch):
// a leg of efficiency e takes bytes / e of the rate, cores that move less than that stretch it
// further, and the time to issue a copy occupies the port for as long. All transfers share links
// max-min fairly with whatever else runs; the bytes on links stay what travels.
//
// Simplifications: all transfers of a rank start together; a drawn matrix stands for one layer and
// one step; polling, flags and acknowledgements are in the start time.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "collectives/collective.h"
#include "collectives/token_copies.h"
#include "configs/exchange_kernel_spec.h"
#include "topology/topology.h"

namespace tessera {

struct ExchangeRequest {
  const TokenExchange& tokens;
  std::vector<ChipId> ranks = {};  // Node by node.
  CopyRule rule = CopyRule::kExpert;
  int cores = 0;            // Given to the kernel; 0: as many as it usually takes.
  bool host_posts = false;  // A thread of the host posts messages to NICs.
};

// `predicted` is the start, the longest way and the time of the busiest link; the schedule run
// alone takes about that, or longer where ranks that are done leave links idle. `explanation` names
// the link. Time and memory grow with the pairs of ranks. Errors: no cost known for what the
// exchange needs (network, ports); those of TransfersOfCopies.
absl::StatusOr<CollectivePlan> PlanExchange(const ExchangeFamily& kernel,
                                            const ExchangeRequest& request,
                                            const Topology& topology);

// By the family of `tokens.mode`, or the only one there is; `algorithm` is its name.
absl::StatusOr<CollectivePlan> PlanExchange(const ExchangeKernelSpec& kernels,
                                            const TokenExchange& tokens,
                                            absl::Span<const ChipId> ranks,
                                            const Topology& topology);

// "deepep_v1 low-latency".
std::string ExchangeName(const ExchangeKernelSpec& kernels, ExchangeMode mode);

// Where the ranks of a group are, and what moves their bytes.
struct ExchangePlace {
  std::vector<int> node_of_rank = {};  // Node by node.
  double port_bytes_per_second = 0;    // Of one rank, one direction, inside its node; 0: no ports.
  double nic_bytes_per_second = 0;     // Likewise, between nodes.
};

// Closed form of PlanExchange without a topology: the start and the time of the busiest port or
// NIC.
absl::StatusOr<Duration> ExchangeTimeAlone(const ExchangeFamily& kernel,
                                           const TokenExchange& tokens, const ExchangePlace& place);

}  // namespace tessera
