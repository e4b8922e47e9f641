#include "report/timeline_data.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "collectives/collective.h"
#include "report/json_text.h"

namespace tessera {
namespace {

// Finest grid of a page; finer than a screen at 100-fold zoom.
constexpr int64_t kTicks = 4'000'000;
constexpr int kNothing = -1;

class KindTable {
 public:
  int Of(const Span& span) {
    const bool compute = span.stream == 0;
    const std::tuple<bool, bool, int, int> key(compute, span.waiting,
                                               compute ? static_cast<int>(span.category) : 0,
                                               compute ? 0 : static_cast<int>(span.axis));
    const auto [entry, added] = known_.try_emplace(key, static_cast<int>(kinds_.size()));
    if (added) kinds_.push_back(Make(span));
    return entry->second;
  }
  std::vector<TimelineKind> Take() { return std::move(kinds_); }

 private:
  static TimelineKind Make(const Span& span) {
    if (span.stream == 0) {
      const std::string name = OperatorClassName(span.category);
      return {.name = name, .colour = "--op-" + name};
    }
    const std::string axis = AxisName(span.axis);
    if (span.waiting) {
      return {.name = absl::StrCat("waiting (", axis, ")"), .colour = "--wait", .waiting = true};
    }
    return {.name = absl::StrCat("communication (", axis, ")"), .colour = "--ax-" + axis};
  }

  std::map<std::tuple<bool, bool, int, int>, int> known_;
  std::vector<TimelineKind> kinds_;
};

// Communication streams may overlap in time and share one lane: what begins first is shown to its
// end. `pieces` are sorted by begin.
void Unstack(std::vector<TimelinePiece>& pieces) {
  int64_t end = 0;
  for (TimelinePiece& piece : pieces) {
    piece.begin = std::max(piece.begin, end);
    end = std::max(end, piece.end);
  }
  std::erase_if(pieces, [](const TimelinePiece& piece) { return piece.begin >= piece.end; });
}

// Pieces of one lane, spans as they are.
std::vector<TimelineLane> ExactLanes(const SimulationResult& result, Duration tick,
                                     KindTable& kinds) {
  std::map<std::pair<int32_t, bool>, std::vector<TimelinePiece>> lanes;
  for (const Span& span : result.spans) {
    lanes[{span.rank, span.stream >= 2}].push_back({.begin = span.begin.time_since_epoch() / tick,
                                                    .end = span.end.time_since_epoch() / tick,
                                                    .kind = kinds.Of(span)});
  }
  std::vector<TimelineLane> out;
  for (auto& [key, pieces] : lanes) {
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const auto& a, const auto& b) { return a.begin < b.begin; });
    Unstack(pieces);
    out.push_back({.rank = key.first, .side = key.second, .pieces = std::move(pieces)});
  }
  return out;
}

// Cuts a lane in cells of `width` ticks.
class CellCutter {
 public:
  explicit CellCutter(int64_t width) : width_(width) {}

  std::vector<TimelinePiece> Cut(const std::vector<TimelinePiece>& pieces) {
    for (const TimelinePiece& piece : pieces) {
      for (int64_t at = piece.begin; at < piece.end;) {
        const int64_t cell = at / width_;
        if (cell != cell_) Flush(cell);
        // Whole cells inside a long piece are one step.
        const bool whole = at == cell * width_ && piece.end - at >= width_;
        const int64_t next =
            whole ? piece.end / width_ * width_ : std::min(piece.end, (cell + 1) * width_);
        if (whole) {
          Emit(at, next, piece.kind);
        } else {
          used_[piece.kind] += next - at;
        }
        at = next;
      }
    }
    Flush(cell_ + 1);
    return std::move(out_);
  }

 private:
  void Flush(int64_t next_cell) {
    int64_t most = 0, sum = 0;
    int kind = kNothing;
    for (const auto& [k, time] : used_) {
      sum += time;
      if (time > most) std::tie(most, kind) = std::pair(time, k);
    }
    if (kind != kNothing && most >= width_ - sum) Emit(cell_ * width_, (cell_ + 1) * width_, kind);
    used_.clear();
    cell_ = next_cell;
  }
  void Emit(int64_t begin, int64_t end, int kind) {
    if (!out_.empty() && out_.back().kind == kind && out_.back().end == begin) {
      out_.back().end = end;
    } else {
      out_.push_back({.begin = begin, .end = end, .kind = kind});
    }
  }

  const int64_t width_;
  int64_t cell_ = 0;
  std::map<int, int64_t> used_;  // Ticks of the cell in hand by kind.
  std::vector<TimelinePiece> out_;
};

size_t CountPieces(const std::vector<TimelineLane>& lanes) {
  size_t count = 0;
  for (const TimelineLane& lane : lanes) count += lane.pieces.size();
  return count;
}

}  // namespace

TimelineData MakeTimeline(const SimulationResult& result, size_t max_pieces) {
  TimelineData timeline;
  timeline.tick = std::max(Duration(1), result.makespan / kTicks);
  KindTable kinds;
  const std::vector<TimelineLane> exact = ExactLanes(result, timeline.tick, kinds);
  timeline.kinds = kinds.Take();
  timeline.lanes = exact;
  for (int64_t width = 64; CountPieces(timeline.lanes) > max_pieces; width *= 2) {
    for (size_t i = 0; i < exact.size(); ++i) {
      timeline.lanes[i].pieces = CellCutter(width).Cut(exact[i].pieces);
    }
  }
  return timeline;
}

std::string TimelineJson(const TimelineData& timeline, Duration makespan) {
  std::string out =
      absl::StrCat("{\"end\": ", JsonDouble(ToSeconds(makespan)),
                   ", \"tick\": ", JsonDouble(ToSeconds(timeline.tick)), ",\n\"kinds\": [");
  for (size_t i = 0; i < timeline.kinds.size(); ++i) {
    const TimelineKind& kind = timeline.kinds[i];
    absl::StrAppend(&out, i > 0 ? ", " : "", "{\"name\": ", JsonString(kind.name),
                    ", \"colour\": ", JsonString(kind.colour),
                    ", \"waiting\": ", kind.waiting ? "true" : "false", "}");
  }
  absl::StrAppend(&out, "],\n\"lanes\": [");
  std::string rows;
  int row = -1;
  int32_t rank = -1;
  for (size_t i = 0; i < timeline.lanes.size(); ++i) {
    const TimelineLane& lane = timeline.lanes[i];
    if (lane.rank != rank) {
      rank = lane.rank;
      absl::StrAppend(&rows, ++row > 0 ? ", " : "", rank);
    }
    absl::StrAppend(&out, i > 0 ? ",\n" : "\n", "{\"row\": ", row,
                    ", \"side\": ", lane.side ? "true" : "false", ", \"runs\": [");
    int64_t at = 0;
    for (const TimelinePiece& piece : lane.pieces) {
      absl::StrAppend(&out, &piece == lane.pieces.data() ? "" : ",", piece.begin - at, ",",
                      piece.end - piece.begin, ",", piece.kind);
      at = piece.end;
    }
    absl::StrAppend(&out, "]}");
  }
  absl::StrAppend(&out, "],\n\"rows\": [", rows, "]}\n");
  return out;
}

}  // namespace tessera
