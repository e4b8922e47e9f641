#include "core/graph_cut.h"

#include <fcntl.h>
#include <metis.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

// METIS' compressed rows: the neighbours of vertex v are adjacent[first[v] .. first[v + 1]).
struct CompressedGraph {
  std::vector<idx_t> first;
  std::vector<idx_t> adjacent;
  std::vector<idx_t> edge_weights;
  std::vector<idx_t> vertex_weights;
};

// Weights so that their sum fits METIS' 32-bit integers.
std::vector<idx_t> ScaledWeights(const std::vector<int64_t>& weights) {
  constexpr double kLargestSum = 1e9;
  double sum = 0;
  for (const int64_t weight : weights) sum += static_cast<double>(weight);
  const double scale = std::min(1.0, kLargestSum / std::max(1.0, sum));
  std::vector<idx_t> scaled;
  scaled.reserve(weights.size());
  for (const int64_t weight : weights) {
    scaled.push_back(std::max<idx_t>(1, static_cast<idx_t>(static_cast<double>(weight) * scale)));
  }
  return scaled;
}

CompressedGraph Compress(const CutGraph& graph) {
  CompressedGraph rows;
  rows.vertex_weights = ScaledWeights(graph.vertex_weights);
  rows.first.assign(graph.vertex_weights.size() + 1, 0);
  for (const CutGraph::Edge& edge : graph.edges) {
    ++rows.first[static_cast<size_t>(edge.a) + 1];
    ++rows.first[static_cast<size_t>(edge.b) + 1];
  }
  for (size_t v = 1; v < rows.first.size(); ++v) rows.first[v] += rows.first[v - 1];
  std::vector<idx_t> next(rows.first.begin(), rows.first.end() - 1);
  rows.adjacent.resize(2 * graph.edges.size());
  rows.edge_weights.resize(2 * graph.edges.size());
  const auto add = [&](int32_t from, int32_t to, int32_t weight) {
    const auto at = static_cast<size_t>(next[static_cast<size_t>(from)]++);
    rows.adjacent[at] = to;
    rows.edge_weights[at] = weight;
  };
  for (const CutGraph::Edge& edge : graph.edges) {
    add(edge.a, edge.b, edge.weight);
    add(edge.b, edge.a, edge.weight);
  }
  return rows;
}

// Each vertex in turn to the lightest part.
std::vector<int32_t> DealOut(const std::vector<int64_t>& weights, int parts) {
  std::vector<int64_t> load(static_cast<size_t>(parts));
  std::vector<int32_t> part_of;
  for (const int64_t weight : weights) {
    const auto lightest = std::min_element(load.begin(), load.end());
    part_of.push_back(static_cast<int32_t>(lightest - load.begin()));
    *lightest += std::max<int64_t>(1, weight);
  }
  return part_of;
}

// METIS complains on stdout, where results go, of graphs in which one vertex outweighs the others;
// it cuts them all the same. What this process writes to stdout meanwhile is dropped.
class SilentStdout {
 public:
  SilentStdout() : saved_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)) {
    std::fflush(stdout);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved_ >= 0 && nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
    if (nowhere >= 0) close(nowhere);
  }
  SilentStdout(const SilentStdout&) = delete;
  SilentStdout& operator=(const SilentStdout&) = delete;
  ~SilentStdout() {
    std::fflush(stdout);
    if (saved_ < 0) return;
    dup2(saved_, STDOUT_FILENO);
    close(saved_);
  }

 private:
  int saved_;  // -1: there is no stdout.
};

}  // namespace

absl::StatusOr<std::vector<int32_t>> CutIntoParts(const CutGraph& graph, int parts) {
  const size_t vertices = graph.vertex_weights.size();
  std::vector<int32_t> part_of(vertices);
  if (parts == 1) return part_of;
  // METIS wants several vertices a part.
  if (vertices < 4 * static_cast<size_t>(parts)) return DealOut(graph.vertex_weights, parts);
  CompressedGraph rows = Compress(graph);
  auto count = static_cast<idx_t>(vertices);
  idx_t constraints = 1;
  auto wanted = static_cast<idx_t>(parts);
  idx_t cut = 0;
  std::array<idx_t, METIS_NOPTIONS> options{};
  METIS_SetDefaultOptions(options.data());
  options[METIS_OPTION_UFACTOR] = 5;  // No part is more than 0.5 % above the mean, if that can be.
  std::vector<idx_t> found(vertices);
  // METIS seeds and draws from rand(), which all threads share: cuts at a time would mix.
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  const SilentStdout silent;
  const int answer =
      METIS_PartGraphKway(&count, &constraints, rows.first.data(), rows.adjacent.data(),
                          rows.vertex_weights.data(), nullptr, rows.edge_weights.data(), &wanted,
                          nullptr, nullptr, options.data(), &cut, found.data());
  if (answer != METIS_OK) {
    return absl::InternalError(absl::StrCat("METIS cannot cut a graph of ", vertices,
                                            " vertices into ", parts, " parts: error ", answer));
  }
  std::copy(found.begin(), found.end(), part_of.begin());
  return part_of;
}

}  // namespace tessera
