#include "study/collective_sweep.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"
#include "collectives/algorithm.h"
#include "core/status_macros.h"
#include "study/collective_bench.h"

namespace tessera {
namespace {

using WinnerAt = std::function<absl::StatusOr<std::string>(Bytes)>;

// The size from which on the winner at `low` is no longer that.
absl::StatusOr<CollectiveCrossover> FirstCrossover(const CollectiveBench& bench,
                                                   const WinnerAt& winner, Bytes low, Bytes high) {
  CollectiveCrossover crossing;
  TESSERA_ASSIGN_OR_RETURN(crossing.below, winner(low));
  TESSERA_ASSIGN_OR_RETURN(crossing.above, winner(high));
  while (static_cast<double>(high.count()) > 1.01 * static_cast<double>(low.count())) {
    const double middle =
        std::sqrt(static_cast<double>(low.count()) * static_cast<double>(high.count()));
    const Bytes between = bench.WholeElements(Bytes(static_cast<int64_t>(middle)));
    if (between <= low || between >= high) break;
    TESSERA_ASSIGN_OR_RETURN(std::string there, winner(between));
    if (there == crossing.below) {
      low = between;
    } else {
      high = between;
      crossing.above = std::move(there);
    }
  }
  crossing.bytes = high;
  return crossing;
}

// Between neighbouring sizes of different winners there may be several.
absl::StatusOr<std::vector<CollectiveCrossover>> Crossovers(const CollectiveBench& bench,
                                                            const std::vector<Bytes>& sizes,
                                                            const WinnerAt& winner) {
  std::vector<CollectiveCrossover> crossovers;
  for (size_t i = 1; i < sizes.size(); ++i) {
    Bytes low = sizes[i - 1];
    TESSERA_ASSIGN_OR_RETURN(std::string at_low, winner(low));
    TESSERA_ASSIGN_OR_RETURN(const std::string at_high, winner(sizes[i]));
    while (at_low != at_high) {
      TESSERA_ASSIGN_OR_RETURN(CollectiveCrossover crossing,
                               FirstCrossover(bench, winner, low, sizes[i]));
      low = crossing.bytes;
      at_low = crossing.above;
      crossovers.push_back(std::move(crossing));
    }
  }
  return crossovers;
}

// Groups beyond this are compared by closed forms only: schedules of all pairs grow with n^2.
constexpr int kMostComparedRanks = 256;

class Comparer {
 public:
  Comparer(const CollectiveBench& bench, const CollectiveSweep& sweep)
      : bench_(bench), sweep_(sweep) {}

  absl::StatusOr<CollectiveComparison> Compare(const std::vector<Bytes>& sizes) {
    const std::vector<std::string> all = AlgorithmsFor(sweep_.request.op);
    const bool chosen = !sweep_.algorithms.empty();
    for (const std::string& name : chosen ? sweep_.algorithms : all) {
      TESSERA_RETURN_IF_ERROR(Consider(name, chosen));
    }
    for (const Bytes size : sizes) {
      std::vector<Duration>& row = result_.times.emplace_back();
      for (const std::string& name : result_.algorithms) {
        TESSERA_ASSIGN_OR_RETURN(const CollectiveRow run, bench_.Run(name, size));
        row.push_back(run.time);
      }
    }
    if (!result_.algorithms.empty()) {
      TESSERA_ASSIGN_OR_RETURN(
          result_.crossovers, Crossovers(bench_, sizes, [&](Bytes size) { return Fastest(size); }));
    }
    return std::move(result_);
  }

 private:
  // Takes the algorithm up if it can run at all. What the user named must.
  absl::Status Consider(const std::string& name, bool chosen) {
    if (bench_.ranks() > kMostComparedRanks && !HasClosedForm(name) && !chosen) {
      result_.left_out.emplace_back(
          name, absl::StrCat("no closed form for more than ", kMostComparedRanks, " ranks"));
      return absl::OkStatus();
    }
    absl::Status able = bench_.Weigh(name, bench_.Sizes().front()).status();
    if (able.ok()) {
      result_.algorithms.push_back(name);
    } else if (chosen) {
      return able;
    } else {
      result_.left_out.emplace_back(name, able.message());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Fastest(Bytes size) const {
    std::string best;
    Duration least = Duration::max();
    for (const std::string& name : result_.algorithms) {
      TESSERA_ASSIGN_OR_RETURN(const CollectiveRow run, bench_.Run(name, size));
      if (run.time >= least) continue;
      least = run.time;
      best = name;
    }
    return best;
  }

  const CollectiveBench& bench_;
  const CollectiveSweep& sweep_;
  CollectiveComparison result_;
};

}  // namespace

absl::StatusOr<CollectiveTable> RunCollectiveSweep(const CollectiveSweep& sweep) {
  TESSERA_ASSIGN_OR_RETURN(const CollectiveBench bench, CollectiveBench::Make(sweep));
  CollectiveTable table;
  table.ranks = bench.ranks();
  table.groups = bench.groups();
  const std::vector<Bytes> sizes = bench.Sizes();
  for (const Bytes size : sizes) {
    TESSERA_ASSIGN_OR_RETURN(CollectiveRow row, bench.Run(sweep.request.algorithm, size));
    table.rows.push_back(std::move(row));
  }
  const auto choice = [&](Bytes size) -> absl::StatusOr<std::string> {
    TESSERA_ASSIGN_OR_RETURN(const auto candidates, bench.Weigh(sweep.request.algorithm, size));
    return candidates[0].Name();
  };
  TESSERA_ASSIGN_OR_RETURN(table.crossovers, Crossovers(bench, sizes, choice));
  if (sweep.compare && !sizes.empty()) {
    TESSERA_ASSIGN_OR_RETURN(table.comparison, Comparer(bench, sweep).Compare(sizes));
  }
  return table;
}

}  // namespace tessera
