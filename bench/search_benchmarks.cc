// Pricing of plan spaces: the shipped search scenarios.
#include <memory>

#include "bench/benchmarks.h"
#include "chips/chip_model.h"
#include "configs/catalog.h"
#include "core/check.h"
#include "partition/plan_evaluator.h"
#include "partition/plan_space.h"
#include "study/search.h"

namespace tessera {
namespace {

SearchScenario Load(const char* name) {
  const auto configs = FindConfigs();
  TESSERA_CHECK(configs.ok());
  const Catalog catalog(*configs);
  auto search = catalog.LoadSearch(*configs + "/scenarios/" + name + ".yaml");
  TESSERA_CHECK(search.ok());
  return *std::move(search);
}

// Every legal plan of the space, its memory and its time, whether it fits or not. The items.
int64_t PriceAll(const char* name) {
  const SearchScenario search = Load(name);
  const auto chip = MakeChipModel(search.scenario.system.chip);
  TESSERA_CHECK(chip.ok());
  const PlanSpace space(search.scenario, search.space);
  PlanEvaluator evaluator(search.scenario, **chip);
  int64_t priced = 0;
  for (int64_t index = 0; index < space.size(); ++index) {
    const auto plan = evaluator.Complete(space.At(index));
    if (!plan.ok()) continue;
    TESSERA_CHECK(evaluator.Memory(*plan).total > Bytes());
    const auto cost = evaluator.Time(*plan);
    TESSERA_CHECK(cost.ok() && cost->step > Duration::zero());
    ++priced;
  }
  return priced;
}

// The whole declared space on two processes: rules, memory, time, the best ones. All candidates.
int64_t SearchAll(const char* name) {
  const auto result = SearchPlans(Load(name), {.top = 0, .jobs = 2});
  TESSERA_CHECK(result.ok());
  TESSERA_CHECK(result->illegal + result->too_large + result->priced == result->candidates);
  return result->candidates;
}

}  // namespace

std::vector<Benchmark> SearchBenchmarks() {
  return {
      {.name = "search_megatron_22b_8",
       .item = "plan",
       .run = [] { return PriceAll("megatron_22b_search_a100"); }},
      {.name = "search_gpt3_175b_1024",
       .item = "plan",
       .run = [] { return SearchAll("gpt3_175b_search_a100"); }},
  };
}

}  // namespace tessera
