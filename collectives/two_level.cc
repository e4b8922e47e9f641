#include "collectives/two_level.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

class TwoLevelWriter {
 public:
  TwoLevelWriter(const AlgorithmInput& input, const std::string& name, bool direct_inside)
      : g_(input.per_node()),
        nodes_(input.nodes()),
        direct_inside_(direct_inside),
        builder_(name, input.ranks,
                 EvenChunks(input.bytes, input.ranks * input.segments, input.element_bytes)) {}

  // One piece: chunk (piece * G + place) * N + node.
  void AddPiece(int piece) {
    held_.clear();
    for (int node = 0; node < nodes_; ++node) {
      for (int s = 0; s < g_ - 1; ++s) InnerStep(piece, node, s, true);
    }
    for (int place = 0; place < g_; ++place) {
      for (int s = 0; s < 2 * (nodes_ - 1); ++s) OuterStep(piece, place, s);
    }
    for (int node = 0; node < nodes_; ++node) {
      for (int s = 0; s < g_ - 1; ++s) InnerStep(piece, node, s, false);
    }
  }

  Schedule Build() && { return std::move(builder_).Build(); }

 private:
  enum Phase { kScatter, kAcross, kGather };

  int Rank(int node, int place) const { return node * g_ + place; }
  int Chunk(int piece, int place, int node) const { return (piece * g_ + place) * nodes_ + node; }

  // In a node, the chunks of one place (all nodes' parts of them) move: round a ring, or straight
  // to (reducing) or from their owner.
  void InnerStep(int piece, int node, int s, bool reduce) {
    for (int i = 0; i < g_; ++i) {
      const int target = (i + (direct_inside_ ? 1 + s : 1)) % g_;
      int place = (i - (reduce ? 1 : 0) - s + 2 * g_) % g_;
      if (direct_inside_) place = reduce ? target : i;
      Send(reduce ? kScatter : kGather, s,
           {.source = Rank(node, i),
            .target = Rank(node, target),
            .chunk = Chunk(piece, place, 0),
            .count = nodes_,
            .reduce = reduce});
    }
  }

  // In the rail ring of a place: first reducing, then gathering.
  void OuterStep(int piece, int place, int s) {
    const bool reduce = s < nodes_ - 1;
    for (int node = 0; node < nodes_; ++node) {
      const int part = (node - (reduce ? 1 + s : s - (nodes_ - 1)) + 2 * nodes_) % nodes_;
      Send(kAcross, s,
           {.source = Rank(node, place),
            .target = Rank((node + 1) % nodes_, place),
            .chunk = Chunk(piece, place, part),
            .reduce = reduce});
    }
  }

  // After all that the source has received of these chunks, and after the same
  // transfer of the piece before.
  void Send(Phase phase, int step, const ScheduleBuilder::Move& move) {
    int& turn = turns_.try_emplace({move.source, phase, step}, -1).first->second;
    std::vector<int> after = {turn};
    for (int c = move.chunk; c < move.chunk + move.count; ++c) {
      for (const int t : held_[{move.source, c}]) {
        if (std::find(after.begin(), after.end(), t) == after.end()) after.push_back(t);
      }
    }
    turn = builder_.AddAfter(move, after);
    for (int c = move.chunk; c < move.chunk + move.count; ++c) {
      held_[{move.target, c}].push_back(turn);
    }
  }

  int g_;
  int nodes_;
  bool direct_inside_;
  ScheduleBuilder builder_;
  std::map<std::tuple<int, int, int>, int> turns_;  // Last transfer by (source, phase, step).
  // Transfers into (rank, chunk) of this piece.
  std::map<std::pair<int, int>, std::vector<int>> held_;
};

Schedule Write(const AlgorithmInput& input, const std::string& name, bool direct_inside) {
  TwoLevelWriter writer(input, name, direct_inside);
  for (int piece = 0; piece < input.segments; ++piece) writer.AddPiece(piece);
  return std::move(writer).Build();
}

}  // namespace

Schedule TwoLevelSchedule(const AlgorithmInput& input) { return Write(input, "two_level", false); }

Schedule TwoLevelDirectSchedule(const AlgorithmInput& input) {
  return Write(input, "two_level_direct", true);
}

}  // namespace tessera
