#include "nodes/bottleneck.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace tessera {
namespace {

constexpr double kBusyFraction = 0.25;
constexpr double kWorthNaming = 0.1;

struct Cause {
  Duration time{};
  std::string text;
};

std::string Percent(double fraction) { return absl::StrFormat("%.0f %%", 100 * fraction); }

double Fraction(double amount, double rate, Duration time) {
  return rate > 0 && time > Duration::zero() ? amount / rate / ToSeconds(time) : 0;
}

// The classes of one limit, longest first.
struct ComputeGroup {
  Duration time{};
  ComputeWork work;
  std::vector<std::pair<Duration, OperatorClass>> classes;
};

std::string ClassNames(ComputeGroup& group) {
  std::stable_sort(group.classes.begin(), group.classes.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> names;
  for (const auto& [time, category] : group.classes) {
    if (names.size() < 3 && time * 20 >= group.time) {
      names.emplace_back(OperatorClassName(category));
    }
  }
  return absl::StrJoin(names, ", ");
}

Cause ComputeCause(ComputeLimit limit, ComputeGroup& group, const BottleneckInput& input) {
  const std::string names = ClassNames(group);
  const double matrix = Fraction(group.work.matrix_flops, input.peak_flops_per_second, group.time);
  const double memory =
      Fraction(group.work.memory_bytes, input.memory_bytes_per_second, group.time);
  switch (limit) {
    case ComputeLimit::kMatrix:
      return {group.time,
              absl::StrCat("matrix units (", names, " at ", Percent(matrix), " of peak FLOP/s)")};
    case ComputeLimit::kMemory:
      return {group.time, absl::StrCat("main-memory bandwidth (", names, " at ", Percent(memory),
                                       " of its peak)")};
    case ComputeLimit::kHost:
      return {group.time, "host software between kernels"};
    case ComputeLimit::kHostLink:
      return {group.time, "link to the host (offloaded tensors that nothing hides)"};
    case ComputeLimit::kFixedCosts:
      break;
  }
  return {group.time, absl::StrCat("launch and other fixed costs of small operators (", names,
                                   " reach ", Percent(matrix), " of peak FLOP/s and ",
                                   Percent(memory), " of memory bandwidth)")};
}

ComputeWork WorkDone(const ComputeWork& work, Duration time, const BottleneckInput& input) {
  if (!input.interrupted || work.planned <= time) return work;
  const double done = ToSeconds(time) / ToSeconds(work.planned);
  return {.matrix_flops = work.matrix_flops * done, .memory_bytes = work.memory_bytes * done};
}

void AddComputeCauses(const BottleneckInput& input, std::vector<Cause>& causes) {
  std::array<ComputeGroup, kComputeLimitCount> groups;
  for (size_t c = 0; c < input.work.size(); ++c) {
    const Duration time = input.breakdown.compute[c];
    if (time == Duration::zero()) continue;
    const auto category = static_cast<OperatorClass>(c);
    const ComputeWork work = WorkDone(input.work[c], time, input);
    ComputeGroup& group = groups[static_cast<size_t>(LimitOf(category, work, time, input))];
    group.time += time;
    group.work.matrix_flops += work.matrix_flops;
    group.work.memory_bytes += work.memory_bytes;
    group.classes.emplace_back(time, category);
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].time == Duration::zero()) continue;
    causes.push_back(ComputeCause(static_cast<ComputeLimit>(i), groups[i], input));
  }
}

std::string LongestOpAlong(Axis axis, const std::vector<CollectiveSummary>& collectives) {
  for (const CollectiveSummary& row : collectives) {
    if (row.axis == axis) return std::string(CollectiveOpName(row.op));
  }
  return "communication";
}

// Of the tiers that groups along the axis cross, the one with the busiest link; the outermost of
// equals. Null: none is crossed.
const TierSummary* BusiestTier(Axis axis, const BottleneckInput& input) {
  const CrossedTiers& crossed = input.tiers_of_axis[static_cast<size_t>(axis)];
  const TierSummary* busiest = nullptr;
  for (const TierSummary& summary : input.tiers) {
    if (!crossed[static_cast<size_t>(summary.tier)]) continue;
    if (busiest == nullptr || summary.peak_utilisation >= busiest->peak_utilisation) {
      busiest = &summary;
    }
  }
  return busiest;
}

Cause CommunicationCause(Axis axis, Duration time, const BottleneckInput& input) {
  const TierSummary* tier = BusiestTier(axis, input);
  std::string text = absl::StrCat(tier != nullptr ? TierName(tier->tier) : "local", " links (",
                                  LongestOpAlong(axis, input.collectives), " along ",
                                  AxisName(axis), " that nothing hides");
  if (tier != nullptr && !tier->hottest.empty()) {
    absl::StrAppend(&text, "; busiest ", tier->hottest.front().name, ", ",
                    Percent(tier->peak_utilisation), " used over the run");
  }
  return {time, absl::StrCat(text, ")")};
}

Cause WaitingCause(Axis axis, Duration time) {
  switch (axis) {
    case Axis::kPipeline:
      return {time, "pipeline bubble (stages wait for one another)"};
    case Axis::kExpert:
      return {time, "expert imbalance (ranks wait for the one with the most tokens)"};
    default:
      return {time,
              absl::StrCat("stragglers (ranks wait for the slowest along ", AxisName(axis), ")")};
  }
}

}  // namespace

ComputeLimit LimitOf(OperatorClass category, const ComputeWork& work, Duration time,
                     const BottleneckInput& input) {
  if (category == OperatorClass::kHostTransfer) return ComputeLimit::kHostLink;
  const double matrix = Fraction(work.matrix_flops, input.peak_flops_per_second, time);
  const double memory = Fraction(work.memory_bytes, input.memory_bytes_per_second, time);
  if (work.matrix_flops == 0 && work.memory_bytes == 0) return ComputeLimit::kHost;
  if (std::max(matrix, memory) < kBusyFraction) return ComputeLimit::kFixedCosts;
  return matrix >= memory ? ComputeLimit::kMatrix : ComputeLimit::kMemory;
}

std::array<ComputeWork, kOperatorClassCount> WorkOf(const ProgramSet& programs) {
  std::vector<double> ranks(programs.programs.size());
  for (const int32_t program : programs.program_of_rank) ++ranks[static_cast<size_t>(program)];
  const auto all = static_cast<double>(programs.program_of_rank.size());
  std::array<ComputeWork, kOperatorClassCount> work{};
  std::array<double, kOperatorClassCount> planned{};
  for (size_t i = 0; i < programs.programs.size(); ++i) {
    for (const Instruction& instruction : programs.programs[i].instructions) {
      ComputeWork& sum = work[static_cast<size_t>(instruction.category)];
      sum.matrix_flops += instruction.matrix_flops * ranks[i] / all;
      sum.memory_bytes += static_cast<double>(instruction.memory_bytes.count()) * ranks[i] / all;
      if (instruction.kind != InstructionKind::kCompute) continue;
      planned[static_cast<size_t>(instruction.category)] +=
          static_cast<double>(instruction.duration.count()) * ranks[i] / all;
    }
  }
  for (size_t c = 0; c < work.size(); ++c) {
    work[c].planned = Duration(static_cast<int64_t>(planned[c]));
  }
  return work;
}

std::string NameBottleneck(const BottleneckInput& input) {
  std::vector<Cause> causes;
  AddComputeCauses(input, causes);
  for (int axis = 0; axis < kAxisCount; ++axis) {
    const auto i = static_cast<size_t>(axis);
    causes.push_back(CommunicationCause(static_cast<Axis>(axis),
                                        input.breakdown.exposed_communication[i], input));
    causes.push_back(WaitingCause(static_cast<Axis>(axis), input.breakdown.waiting[i]));
  }
  causes.push_back(
      {input.breakdown.finished, "stragglers (ranks that are done wait for the last)"});
  std::stable_sort(causes.begin(), causes.end(),
                   [](const Cause& a, const Cause& b) { return a.time > b.time; });
  const auto share = [&input](const Cause& cause) {
    return ToSeconds(cause.time) / ToSeconds(input.makespan);
  };
  std::string text = absl::StrCat(causes[0].text, ", ", Percent(share(causes[0])), " of the time");
  if (causes.size() > 1 && share(causes[1]) >= kWorthNaming) {
    absl::StrAppend(&text, "; next: ", causes[1].text, ", ", Percent(share(causes[1])));
  }
  return text;
}

}  // namespace tessera
