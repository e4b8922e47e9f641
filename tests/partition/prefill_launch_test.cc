// How software issues the kernels of a prefill.
#include <set>

#include "partition/framework.h"
#include "partition/partition.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// Remembers how operators were issued.
class WatchedChip final : public ChipModel {
 public:
  explicit WatchedChip(const ChipSpec& spec) : chip_(spec) {}
  const ChipSpec& spec() const override { return chip_.spec(); }
  absl::StatusOr<OperatorCost> Cost(const Operator& op, const ChipUse& use) const override {
    const bool attends = op.kind == OperatorKind::kAttention;
    if (attends) (op.phase == AttentionPhase::kDecode ? decode_ : prefill_).insert(use.launch);
    return chip_.Cost(op, use);
  }
  const std::set<LaunchMode>& prefill() const { return prefill_; }
  const std::set<LaunchMode>& decode() const { return decode_; }

 private:
  FakeChip chip_;
  mutable std::set<LaunchMode> prefill_, decode_;
};

using Modes = std::set<LaunchMode>;

void ExpectModes(const char* framework, int chips_per_node, const Modes& prefill) {
  ScenarioSpec scenario = SparseInference({.tensor = 4}, chips_per_node, 8);
  scenario.system.chips_per_node = chips_per_node;
  scenario.software.framework = framework;
  const WatchedChip chip(scenario.system.chip);
  ASSERT_THAT(Lower(scenario, chip, true), IsOk());
  EXPECT_EQ(chip.prefill(), prefill) << framework << chips_per_node;
  EXPECT_EQ(chip.decode(), Modes({LaunchMode::kGraph})) << framework << chips_per_node;
}

TEST(PrefillLaunchTest, TtMetalIssuesPrefillsOneByOne) {
  ExpectModes("tt_metal", 4, {LaunchMode::kFramework});
  ExpectModes("tt_metal", 8, {LaunchMode::kFramework});
}

TEST(PrefillLaunchTest, LargeDomainsReplayGraphsOfPrefills) {
  ExpectModes("tt_metal", 32, {LaunchMode::kGraph});
  ExpectModes("vllm", 8, {LaunchMode::kGraph});
}

}  // namespace
}  // namespace tessera
