// Copies of tokens on their way between the ranks of an expert group: which transfers carry them.
//
// Vocabulary. A *copy* is one token sent for one expert, rank or node (CopyRule). Dispatch sends
// copies from the ranks of the tokens to those of the experts, combine sends the results back the
// same ways. A *forwarder* is the rank of a remote node that has the place in its node which the
// source has in its own: it receives the copies that go to its node over its NIC and hands them on
// inside it. Copies for the own rank travel on no link.
//
// Both legs of a forwarded copy run at once, as small pieces in a pipeline do; only the last part
// of 32 (of a combine: the first) waits for what it follows.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "configs/exchange_kernel_spec.h"

namespace tessera {

// The copies of one dispatch, or of the combine after it: counted from the ranks of the tokens to
// those of the experts, whichever way they travel. Means over many draws may be fractions.
struct TokenExchange {
  ExchangeMode mode = ExchangeMode::kLowLatency;  // The kernels that move them.
  bool combine = false;
  double bytes_per_copy = 0;  // Positive.
  // [source * n + target]: one per chosen expert, or with other rules one per distinct rank.
  std::vector<double> copies = {};
  std::vector<double> node_copies = {};  // [source * nodes + node]; CopyRule::kNode.
};

struct CopyTransfer {
  int source = 0;
  int target = 0;
  double bytes = 0;
  std::vector<int> after = {};  // Transfers before it in the list.
};

// `node_of_rank`: ranks stand node by node. O(pairs of ranks). Errors: copies that do not fit the
// ranks; with CopyRule::kNode, ranks that do not fill nodes alike.
absl::StatusOr<std::vector<CopyTransfer>> TransfersOfCopies(const TokenExchange& tokens,
                                                            CopyRule rule,
                                                            absl::Span<const int> node_of_rank);

}  // namespace tessera
