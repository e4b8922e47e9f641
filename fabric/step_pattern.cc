#include "fabric/step_pattern.h"

#include <map>
#include <tuple>

namespace tessera {
namespace {

StepPattern PatternOf(const RegularMachine& machine, const SymmetricSchedule& schedule,
                      const SymmetricStep& step) {
  StepPattern pattern;
  for (int chip = 0; chip < machine.chips_per_block(); ++chip) {
    const int target = TargetOf(schedule, step, chip);
    pattern.sends.push_back(target >= 0);
    pattern.routes.push_back(target < 0 ? RegularMachine::Route()
                                        : machine.RouteBetween(chip, target));
    const int source = SourceOf(schedule, step, chip);
    pattern.source.push_back(source < 0 ? -1 : source % machine.chips_per_block());
  }
  return pattern;
}

}  // namespace

StepPatterns PatternsOf(const RegularMachine& machine, const SymmetricSchedule& schedule) {
  using Peer = SymmetricStep::Peer;
  StepPatterns patterns;
  std::map<std::tuple<Peer, int, int, int, int>, int32_t> known;
  for (const SymmetricStep& step : schedule.steps) {
    const auto key = std::make_tuple(step.peer, step.distance, step.period, step.first, step.last);
    const auto [place, is_new] =
        known.try_emplace(key, static_cast<int32_t>(patterns.distinct.size()));
    if (is_new) patterns.distinct.push_back(PatternOf(machine, schedule, step));
    patterns.of_step.push_back(place->second);
  }
  return patterns;
}

}  // namespace tessera
