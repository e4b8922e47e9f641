// The exchange of tokens between the ranks of an expert group by kernels of their own
// (configs/exchange_kernels): which copies travel where, as a schedule on the real links.
//
// Vocabulary. A *copy* is one token sent for one expert, rank or node (CopyRule). Dispatch sends
// copies from the ranks of the tokens to those of the experts, combine sends the results back the
// same ways. A *forwarder* is the rank of a remote node that has the place in its node which the
// source has in its own: it receives the copies that go to its node over its NIC and hands them on
// inside it. Copies for the own rank travel on no link.
//
// What a copy costs shows as time on the wire (TransferCosts::scale_up_stretch, scale_out_stretch):
// a leg of efficiency e takes bytes / e of the rate, cores that move less than that stretch it
// further, and the time to issue a copy occupies the port for as long. All transfers share links
// max-min fairly with whatever else runs. Both legs of a forwarded copy run at once, as small
// pieces in a pipeline do; only the last part of 32 (of a combine: the first) waits for what it
// follows.
//
// Simplifications: all transfers of a rank start together; a drawn matrix stands for one layer and
// one step; polling, flags and acknowledgements are in the start time.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "collectives/collective.h"
#include "configs/exchange_kernel_spec.h"
#include "topology/topology.h"

namespace tessera {

// The copies of one dispatch, or of the combine after it: counted from the ranks of the tokens to
// those of the experts, whichever way they travel. The rules look at those that they need.
struct TokenExchange {
  bool combine = false;
  double bytes_per_copy = 0;                // Positive.
  std::vector<int64_t> expert_copies = {};  // [source * n + target], one per chosen expert ...
  std::vector<int64_t> rank_copies = {};    // ... and one per distinct rank.
  std::vector<int64_t> node_copies = {};    // [source * nodes + node], one per distinct node.
};

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
// exchange needs (network, ports); copies that do not fit the ranks; with CopyRule::kNode, ranks
// that do not fill nodes alike.
absl::StatusOr<CollectivePlan> PlanExchange(const ExchangeFamily& kernel,
                                            const ExchangeRequest& request,
                                            const Topology& topology);

// With the family of kernels that is fastest, as software chooses by the number of tokens. Errors:
// those of the first family if none can.
absl::StatusOr<CollectivePlan> PlanFastestExchange(const ExchangeKernelSpec& kernels,
                                                   const TokenExchange& tokens,
                                                   absl::Span<const ChipId> ranks,
                                                   const Topology& topology);

}  // namespace tessera
