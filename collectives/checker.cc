#include "collectives/checker.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// A set of ranks.
class Contributors {
 public:
  explicit Contributors(int ranks) : words_(static_cast<size_t>(ranks + 63) / 64, 0) {}
  static Contributors All(int ranks) {
    Contributors all(ranks);
    for (int r = 0; r < ranks; ++r) all.Insert(r);
    return all;
  }
  void Insert(int rank) { words_[static_cast<size_t>(rank) / 64] |= uint64_t{1} << (rank % 64); }
  bool Contains(int rank) const {
    return (words_[static_cast<size_t>(rank) / 64] >> (rank % 64) & 1) != 0;
  }
  bool Intersects(const Contributors& other) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i] & other.words_[i]) != 0) return true;
    }
    return false;
  }
  bool empty() const { return !Intersects(*this); }
  void Unite(const Contributors& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  // Members of this set that `other` has too (`wanted`) or has not.
  std::string Members(const Contributors& other, bool wanted) const {
    std::vector<int> members;
    for (int r = 0; r < static_cast<int>(words_.size()) * 64; ++r) {
      if (Contains(r) && other.Contains(r) == wanted) members.push_back(r);
    }
    const size_t kept = members.size() < 8 ? members.size() : 8;
    const std::string more = members.size() > kept ? ", ..." : "";
    members.resize(kept);
    return absl::StrCat(absl::StrJoin(members, ", "), more);
  }

 private:
  std::vector<uint64_t> words_;
};

// What the operation starts from and promises.
class Promise {
 public:
  Promise(const Schedule& schedule, CollectiveOp op, absl::Span<const Bytes> matrix)
      : n_(schedule.ranks), chunks_(schedule.chunks), op_(op), matrix_(matrix) {}

  absl::Status CheckChunks() const {
    const bool per_rank = op_ == CollectiveOp::kReduceScatter || op_ == CollectiveOp::kAllGather ||
                          op_ == CollectiveOp::kGather || op_ == CollectiveOp::kScatter;
    if (per_rank && chunks_ % n_ != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(chunks_, " chunks are not a multiple of the ", n_, " ranks that own them"));
    }
    if (pairs() && int64_t{chunks_} != int64_t{n_} * n_) {
      return absl::InvalidArgumentError(
          absl::StrCat(chunks_, " chunks; an exchange of ", n_, " ranks has ", n_ * n_));
    }
    return absl::OkStatus();
  }

  bool idempotent() const { return op_ == CollectiveOp::kBarrier; }

  Contributors Initial(int endpoint, int chunk) const {
    Contributors set(n_);
    if (endpoint >= n_) return set;
    if (Reduces() || endpoint == Origin(chunk)) set.Insert(endpoint);
    return set;
  }

  // Empty: nothing is promised.
  Contributors Final(int rank, int chunk) const {
    if (!Wants(rank, chunk)) return Contributors(n_);
    if (Reduces()) return Contributors::All(n_);
    Contributors set(n_);
    set.Insert(Origin(chunk));
    return set;
  }

 private:
  bool pairs() const { return op_ == CollectiveOp::kAllToAll || op_ == CollectiveOp::kAllToAllV; }
  bool Reduces() const {
    return op_ == CollectiveOp::kAllReduce || op_ == CollectiveOp::kReduce ||
           op_ == CollectiveOp::kReduceScatter || op_ == CollectiveOp::kBarrier;
  }
  int Owner(int chunk) const { return chunk / (chunks_ / n_); }
  // The rank that holds the chunk at first, where each has one.
  int Origin(int chunk) const {
    if (pairs()) return chunk / n_;
    const bool gathers = op_ == CollectiveOp::kAllGather || op_ == CollectiveOp::kGather;
    return gathers ? Owner(chunk) : 0;
  }
  bool Wants(int rank, int chunk) const {
    switch (op_) {
      case CollectiveOp::kReduce:
      case CollectiveOp::kGather:
        return rank == 0;
      case CollectiveOp::kReduceScatter:
      case CollectiveOp::kScatter:
        return rank == Owner(chunk);
      case CollectiveOp::kAllToAll:
        return rank == chunk % n_;
      case CollectiveOp::kAllToAllV:
        return rank == chunk % n_ &&
               (matrix_.empty() || matrix_[static_cast<size_t>(chunk)] > Bytes(0));
      case CollectiveOp::kSendRecv:
        return rank == 1;
      default:
        return true;
    }
  }

  int n_;
  int chunks_;
  CollectiveOp op_;
  absl::Span<const Bytes> matrix_;
};

class Proof {
 public:
  Proof(const Schedule& schedule, const Promise& promise) : schedule_(schedule), promise_(promise) {
    const auto endpoints = static_cast<size_t>(schedule.ranks + schedule.switches);
    writes_.resize(endpoints * static_cast<size_t>(schedule.chunks));
    mark_.assign(schedule.transfers.size(), -1);
  }

  absl::Status Run() {
    for (int t = 0; t < size(); ++t) {
      TESSERA_RETURN_IF_ERROR(CheckForm(t));
      MarkAncestors(t);
      TESSERA_RETURN_IF_ERROR(Carry(t));
      TESSERA_RETURN_IF_ERROR(Deliver(t));
    }
    for (int rank = 0; rank < schedule_.ranks; ++rank) {
      for (int chunk = 0; chunk < schedule_.chunks; ++chunk) {
        TESSERA_RETURN_IF_ERROR(CheckEnd(rank, chunk));
      }
    }
    return absl::OkStatus();
  }

 private:
  int size() const { return static_cast<int>(schedule_.transfers.size()); }
  const Transfer& At(int t) const { return schedule_.transfers[static_cast<size_t>(t)]; }
  std::vector<int>& WritesTo(int endpoint, int chunk) {
    return writes_[static_cast<size_t>(endpoint) * static_cast<size_t>(schedule_.chunks) +
                   static_cast<size_t>(chunk)];
  }
  int ChunkOf(const Transfer& t, int i) const { return (t.chunk + i) % schedule_.chunks; }
  const Contributors& Carried(int t, int chunk) const {
    const int i = (chunk - At(t).chunk + schedule_.chunks) % schedule_.chunks;
    return carried_[static_cast<size_t>(t)][static_cast<size_t>(i)];
  }
  std::string Name(int t) const {
    return absl::StrCat("transfer ", t, " (", At(t).source, " to ", At(t).target, ")");
  }
  template <typename... Parts>
  static absl::Status Fault(const Parts&... parts) {
    return absl::FailedPreconditionError(absl::StrCat(parts...));
  }

  absl::Status CheckForm(int t) const {
    const Transfer& x = At(t);
    const int endpoints = schedule_.ranks + schedule_.switches;
    const auto outside = [&](int e) { return e < 0 || e >= endpoints; };
    if (outside(x.source) || outside(x.target) || x.source == x.target) {
      return Fault(Name(t), ": endpoints must be two different ones of 0 to ", endpoints - 1);
    }
    if (x.chunk < 0 || x.chunk >= schedule_.chunks || x.chunk_count < 1 ||
        x.chunk_count > schedule_.chunks) {
      return Fault(Name(t), ": chunks ", x.chunk, " + ", x.chunk_count, " are not among the ",
                   schedule_.chunks);
    }
    for (const int p : schedule_.PredecessorsOf(x)) {
      if (p < 0 || p >= t) return Fault(Name(t), " waits for ", p, ", which is not before it");
    }
    return absl::OkStatus();
  }

  // Afterwards mark_[u] == t exactly for the ancestors u of t.
  void MarkAncestors(int t) {
    stack_.assign(1, t);
    while (!stack_.empty()) {
      const int u = stack_.back();
      stack_.pop_back();
      for (const int p : schedule_.PredecessorsOf(At(u))) {
        if (mark_[static_cast<size_t>(p)] == t) continue;
        mark_[static_cast<size_t>(p)] = t;
        stack_.push_back(p);
      }
    }
  }
  bool Before(int u, int t) const { return mark_[static_cast<size_t>(u)] == t; }

  // What `endpoint` holds of `chunk` once those of its writes that precede transfer `reader` have
  // been done; reader == size(): all writes.
  absl::StatusOr<Contributors> Held(int endpoint, int chunk, int reader) {
    Contributors held = promise_.Initial(endpoint, chunk);
    for (const int w : WritesTo(endpoint, chunk)) {
      if (reader < size() && !Before(w, reader)) continue;
      const Contributors& brought = Carried(w, chunk);
      if (!At(w).reduce) {
        held = brought;
        continue;
      }
      if (!promise_.idempotent() && held.Intersects(brought)) {
        return Fault(Name(w), " adds to chunk ", chunk, " of ", endpoint,
                     " a second time the contribution of ", held.Members(brought, true));
      }
      held.Unite(brought);
    }
    return held;
  }

  absl::Status Carry(int t) {
    const Transfer& x = At(t);
    carried_.emplace_back();
    for (int i = 0; i < x.chunk_count; ++i) {
      const int chunk = ChunkOf(x, i);
      TESSERA_ASSIGN_OR_RETURN(Contributors held, Held(x.source, chunk, t));
      if (held.empty()) {
        return Fault(Name(t), " sends chunk ", chunk, ", of which ", x.source,
                     " holds nothing yet");
      }
      carried_.back().push_back(std::move(held));
    }
    return absl::OkStatus();
  }

  absl::Status Deliver(int t) {
    const Transfer& x = At(t);
    for (int i = 0; i < x.chunk_count; ++i) {
      const int chunk = ChunkOf(x, i);
      std::vector<int>& writes = WritesTo(x.target, chunk);
      for (const int w : writes) {
        if (Before(w, t) || (x.reduce && At(w).reduce)) continue;
        return Fault(Name(t), " and ", Name(w), " both write chunk ", chunk, " of ", x.target,
                     " in no order");
      }
      writes.push_back(t);
    }
    return absl::OkStatus();
  }

  absl::Status CheckEnd(int rank, int chunk) {
    const Contributors wanted = promise_.Final(rank, chunk);
    if (wanted.empty()) return absl::OkStatus();
    TESSERA_ASSIGN_OR_RETURN(const Contributors held, Held(rank, chunk, size()));
    // No other contribution than the wanted ones exists, so that only a lack can be wrong.
    const std::string lacking = wanted.Members(held, false);
    if (lacking.empty()) return absl::OkStatus();
    return Fault("rank ", rank, " lacks in chunk ", chunk, " the contribution of ", lacking);
  }

  const Schedule& schedule_;
  const Promise& promise_;
  std::vector<std::vector<int>> writes_;            // [endpoint * chunks + chunk], in order.
  std::vector<std::vector<Contributors>> carried_;  // [transfer][chunk of the transfer].
  std::vector<int> mark_;
  std::vector<int> stack_;
};

}  // namespace

absl::Status CheckSchedule(const Schedule& schedule, CollectiveOp op,
                           absl::Span<const Bytes> matrix) {
  if (schedule.ranks < 1 || schedule.chunks < 1) {
    return absl::InvalidArgumentError("a schedule needs at least one rank and one chunk");
  }
  const Promise promise(schedule, op, matrix);
  TESSERA_RETURN_IF_ERROR(promise.CheckChunks());
  return Proof(schedule, promise).Run();
}

}  // namespace tessera
