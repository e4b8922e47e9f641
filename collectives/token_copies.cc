#include "collectives/token_copies.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// Of what a forwarder handles, this part is not yet (or no longer) in the pipeline of both legs.
// DeepEP hands on 16 to 32 tokens at a time, of 512 between a rank and a node in its benchmark.
constexpr double kPipelineFill = 1.0 / 32;

class CopyList {
 public:
  CopyList(const TokenExchange& tokens, CopyRule rule, absl::Span<const int> node_of_rank)
      : tokens_(tokens),
        rule_(rule),
        node_of_rank_(node_of_rank),
        n_(static_cast<int>(node_of_rank.size())) {
    if (n_ == 0) return;
    per_node_ = static_cast<int>(
        std::count(node_of_rank.begin(), node_of_rank.end(), node_of_rank.front()));
    nodes_ = (n_ + per_node_ - 1) / per_node_;
  }

  absl::StatusOr<std::vector<CopyTransfer>> List() {
    TESSERA_RETURN_IF_ERROR(Check());
    if (Forwards()) {
      AddForwarded();
    } else {
      AddDirect();
    }
    return std::move(transfers_);
  }

 private:
  bool Forwards() const { return rule_ == CopyRule::kNode && nodes_ > 1; }
  double Copies(int source, int target) const {
    return tokens_.copies[static_cast<size_t>(source) * static_cast<size_t>(n_) +
                          static_cast<size_t>(target)];
  }

  absl::Status Check() const {
    const auto n = static_cast<size_t>(n_);
    if (n_ == 0 || tokens_.copies.size() != n * n || tokens_.bytes_per_copy <= 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("an exchange among ", n_, " ranks needs n * n copies of some bytes, not ",
                       tokens_.copies.size(), " of ", tokens_.bytes_per_copy));
    }
    return Forwards() ? CheckForwarding() : absl::OkStatus();
  }

  absl::Status CheckForwarding() const {
    for (int r = 0; r < n_; ++r) {
      const auto first = static_cast<size_t>(r / per_node_ * per_node_);
      if (n_ % per_node_ == 0 && node_of_rank_[static_cast<size_t>(r)] == node_of_rank_[first]) {
        continue;
      }
      return absl::InvalidArgumentError(absl::StrCat("copies are forwarded inside nodes of ",
                                                     per_node_, ", which ", n_,
                                                     " ranks do not fill"));
    }
    if (tokens_.node_copies.size() != static_cast<size_t>(n_) * static_cast<size_t>(nodes_)) {
      return absl::InvalidArgumentError("forwarding needs the copies of each rank for each node");
    }
    return absl::OkStatus();
  }

  // From the side of the tokens to the side of the experts, or back.
  int Add(int near, int far, double copies, std::vector<int> after = {}) {
    if (tokens_.combine) std::swap(near, far);
    transfers_.push_back({.source = near,
                          .target = far,
                          .bytes = copies * tokens_.bytes_per_copy,
                          .after = std::move(after)});
    return static_cast<int>(transfers_.size()) - 1;
  }

  void AddDirect() {
    for (int s = 0; s < n_; ++s) {
      for (int t = 0; t < n_; ++t) {
        const double copies = Copies(s, t);
        if (s != t && copies > 0) Add(s, t, copies);
      }
    }
  }

  // What forwarder `f` handles for rank `t` of its node, its own tokens included.
  double Forwarded(int f, int t) const {
    double copies = 0;
    for (int s = f % per_node_; s < n_; s += per_node_) copies += Copies(s, t);
    return copies;
  }

  void AddForwarded() {
    for (int f = 0; f < n_; ++f) {
      if (tokens_.combine) {
        AddNetwork(f, AddPart(f, kPipelineFill, {}));
      } else {
        AddPart(f, kPipelineFill, AddNetwork(f, {}));
      }
      AddPart(f, 1 - kPipelineFill, {});
    }
  }

  // A part of what `f` forwards inside its node; returns the transfers.
  std::vector<int> AddPart(int f, double part, const std::vector<int>& after) {
    std::vector<int> added;
    const int first = f / per_node_ * per_node_;
    for (int t = first; t < first + per_node_; ++t) {
      const double copies = Forwarded(f, t);
      if (t == f || copies == 0) continue;
      added.push_back(Add(f, t, part * copies, after));
    }
    return added;
  }

  // What `f` receives over its NIC from the ranks of other nodes (or sends back to them).
  std::vector<int> AddNetwork(int f, const std::vector<int>& after) {
    std::vector<int> added;
    for (int s = f % per_node_; s < n_; s += per_node_) {
      const auto at =
          static_cast<size_t>(s) * static_cast<size_t>(nodes_) + static_cast<size_t>(f / per_node_);
      const double copies = tokens_.node_copies[at];
      if (s == f || copies == 0) continue;
      added.push_back(Add(s, f, copies, after));
    }
    return added;
  }

  const TokenExchange& tokens_;
  const CopyRule rule_;
  const absl::Span<const int> node_of_rank_;
  const int n_;
  int per_node_ = 1;
  int nodes_ = 0;
  std::vector<CopyTransfer> transfers_;
};

}  // namespace

absl::StatusOr<std::vector<CopyTransfer>> TransfersOfCopies(const TokenExchange& tokens,
                                                            CopyRule rule,
                                                            absl::Span<const int> node_of_rank) {
  return CopyList(tokens, rule, node_of_rank).List();
}

}  // namespace tessera
