#include "collectives/grid_collective.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "collectives/dimension_pass.h"
#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

// Part of the data that goes through the dimensions in its own order.
struct Colour {
  std::vector<int> order;
  int direction = 1;
};

struct Plan {
  std::string name;
  std::vector<GridDimension> grid;
  PassKind wrapped = PassKind::kRing;  // How dimensions that wrap are passed.
  std::vector<Colour> colours = {};
};

class GridWriter {
 public:
  GridWriter(const AlgorithmInput& input, const Plan& plan)
      : input_(input),
        plan_(plan),
        builder_(plan.name, input.ranks,
                 EvenChunks(input.bytes, input.ranks * static_cast<int>(plan.colours.size()),
                            input.element_bytes)) {
    int stride = 1;
    for (const GridDimension& d : plan.grid) {
      strides_.push_back(stride);
      stride *= d.extent;
    }
  }

  Schedule Write() && {
    for (size_t c = 0; c < plan_.colours.size(); ++c) {
      const std::vector<int>& order = plan_.colours[c].order;
      if (input_.op != CollectiveOp::kAllGather) {
        for (size_t p = 0; p < order.size(); ++p) AddPass(c, p, true);
      }
      if (input_.op != CollectiveOp::kReduceScatter) {
        for (size_t p = order.size(); p-- > 0;) AddPass(c, p, false);
      }
      builder_.ForgetSteps();
    }
    return std::move(builder_).Build();
  }

 private:
  int Extent(int dimension) const { return plan_.grid[static_cast<size_t>(dimension)].extent; }
  int Stride(int dimension) const { return strides_[static_cast<size_t>(dimension)]; }
  int Coordinate(int rank, int dimension) const {
    return rank / Stride(dimension) % Extent(dimension);
  }

  // The p-th pass of a colour, along order[p]: a rank deals with the pieces that share its
  // coordinates in the dimensions before.
  void AddPass(size_t colour, size_t p, bool reduce) {
    const Colour& c = plan_.colours[colour];
    const int d = c.order[p];
    const bool wraps = plan_.grid[static_cast<size_t>(d)].wraps || Extent(d) == 2;
    const PassKind kind = wraps ? plan_.wrapped : PassKind::kLine;
    const std::vector<PassMove> moves = reduce ? ReducePass(kind, Extent(d), c.direction)
                                               : GatherPass(kind, Extent(d), c.direction);
    int step = 0;
    for (const PassMove& move : moves) {
      if (move.step != step) builder_.EndStep();
      step = move.step;
      for (int rank = 0; rank < input_.ranks; ++rank) {
        if (Coordinate(rank, d) != move.from) continue;
        Send(colour, p, rank, move, reduce);
      }
    }
    builder_.EndStep();
  }

  void Send(size_t colour, size_t p, int rank, const PassMove& move, bool reduce) {
    const std::vector<int>& order = plan_.colours[colour].order;
    const int d = order[p];
    const int target = rank + (move.to - move.from) * Stride(d);
    const int example = rank + (move.group - move.from) * Stride(d);  // The group's piece here.
    chunks_.assign(1, example);
    // All values of the dimensions that come later.
    for (size_t q = p + 1; q < order.size(); ++q) {
      const size_t known = chunks_.size();
      const int own = Coordinate(rank, order[q]);
      for (int x = 0; x < Extent(order[q]); ++x) {
        if (x == own) continue;
        for (size_t i = 0; i < known; ++i) {
          chunks_.push_back(chunks_[i] + (x - own) * Stride(order[q]));
        }
      }
    }
    for (int& piece : chunks_) piece = ChunkOf(colour, piece);
    std::sort(chunks_.begin(), chunks_.end());
    for (size_t i = 0; i < chunks_.size();) {
      size_t end = i + 1;
      while (end < chunks_.size() && chunks_[end] == chunks_[end - 1] + 1) ++end;
      builder_.Add({.source = rank,
                    .target = target,
                    .chunk = chunks_[i],
                    .count = static_cast<int>(end - i),
                    .reduce = reduce});
      i = end;
    }
  }

  // Where the chunks belong to ranks, a rank's lie together. An all-reduce is free to number them
  // so that what a rank sends in one step is one run: by the colour's first dimension, then the
  // second, ...
  int ChunkOf(size_t colour, int piece) const {
    const int colours = static_cast<int>(plan_.colours.size());
    if (input_.op != CollectiveOp::kAllReduce) return piece * colours + static_cast<int>(colour);
    int index = 0;
    for (const int d : plan_.colours[colour].order)
      index = index * Extent(d) + Coordinate(piece, d);
    return static_cast<int>(colour) * input_.ranks + index;
  }

  const AlgorithmInput& input_;
  const Plan& plan_;
  ScheduleBuilder builder_;
  std::vector<int> strides_;
  std::vector<int> chunks_;
};

std::vector<GridDimension> GridOf(const AlgorithmInput& input) {
  if (!input.grid.empty()) return input.grid;
  return {{.extent = input.ranks}};
}

std::vector<int> RotatedOrder(size_t dimensions, size_t first) {
  std::vector<int> order(dimensions);
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin(), order.begin() + static_cast<int>(first), order.end());
  return order;
}

Schedule OneDimension(const AlgorithmInput& input, const std::string& name, PassKind kind) {
  const bool wraps = kind != PassKind::kLine;
  return GridWriter(input, {.name = name,
                            .grid = {{.extent = input.ranks, .wraps = wraps}},
                            .wrapped = kind,
                            .colours = {{.order = {0}}}})
      .Write();
}

}  // namespace

Schedule HalfRingSchedule(const AlgorithmInput& input) {
  return OneDimension(input, "half_ring", PassKind::kHalfRing);
}

Schedule LineSchedule(const AlgorithmInput& input) {
  return OneDimension(input, "line", PassKind::kLine);
}

Schedule BidirectionalRingSchedule(const AlgorithmInput& input) {
  return GridWriter(input,
                    {.name = "bidirectional_ring",
                     .grid = {{.extent = input.ranks}},
                     .colours = {{.order = {0}, .direction = 1}, {.order = {0}, .direction = -1}}})
      .Write();
}

Schedule TorusSchedule(const AlgorithmInput& input) {
  Plan plan{.name = "torus", .grid = GridOf(input)};
  const bool both_ways = std::all_of(plan.grid.begin(), plan.grid.end(),
                                     [](const auto& d) { return d.wraps || d.extent <= 2; });
  for (size_t first = 0; first < plan.grid.size(); ++first) {
    for (const int direction : {1, -1}) {
      if (direction < 0 && !both_ways) continue;
      plan.colours.push_back({RotatedOrder(plan.grid.size(), first), direction});
    }
  }
  return GridWriter(input, plan).Write();
}

Schedule TorusOneColourSchedule(const AlgorithmInput& input) {
  Plan plan{.name = "torus_one_colour", .grid = GridOf(input)};
  plan.colours.push_back({RotatedOrder(plan.grid.size(), 0), 1});
  return GridWriter(input, plan).Write();
}

std::vector<std::vector<int>> ThemisOrders(const std::vector<GridDimension>& grid, int chunks) {
  std::vector<double> load(grid.size(), 0);
  std::vector<std::vector<int>> orders;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    std::vector<int> order = RotatedOrder(grid.size(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return load[static_cast<size_t>(a)] < load[static_cast<size_t>(b)];
    });
    double bytes = 1;
    for (const int d : order) {
      const GridDimension& dimension = grid[static_cast<size_t>(d)];
      load[static_cast<size_t>(d)] += bytes * (1 - 1.0 / dimension.extent) / dimension.bandwidth;
      bytes /= dimension.extent;
    }
    orders.push_back(std::move(order));
  }
  return orders;
}

Schedule ThemisSchedule(const AlgorithmInput& input) {
  Plan plan{.name = "themis", .grid = GridOf(input)};
  for (std::vector<int>& order : ThemisOrders(plan.grid, input.segments)) {
    plan.colours.push_back({std::move(order), 1});
  }
  return GridWriter(input, plan).Write();
}

}  // namespace tessera
