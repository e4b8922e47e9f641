#include "tests/report/sample_run.h"

#include "tests/set_job.h"

namespace tessera {
namespace {

using std::chrono::microseconds;

constexpr auto kPipeline = static_cast<size_t>(Axis::kPipeline);

Time At(int us) { return Time(microseconds(us)); }

void AddSpans(SimulationResult& result) {
  const auto compute = [&](int rank, int begin, int end, int32_t microbatch) {
    result.spans.push_back({.rank = rank,
                            .category = OperatorClass::kMlp,
                            .label = 0,
                            .microbatch = microbatch,
                            .begin = At(begin),
                            .end = At(end)});
  };
  const auto message = [&](int rank, int begin, int end, bool waiting) {
    result.spans.push_back({.rank = rank,
                            .stream = 1,
                            .waiting = waiting,
                            .op = CollectiveOp::kSendRecv,
                            .axis = Axis::kPipeline,
                            .label = 1,
                            .begin = At(begin),
                            .end = At(end)});
  };
  compute(0, 0, 30, 0);
  compute(0, 30, 60, 1);
  message(0, 60, 100, true);
  result.spans.push_back({.rank = 0,
                          .stream = static_cast<uint8_t>(2 + static_cast<int>(Axis::kData)),
                          .op = CollectiveOp::kAllReduce,
                          .axis = Axis::kData,
                          .label = 1,
                          .begin = At(60),
                          .end = At(90)});
  compute(1, 40, 70, 0);
  compute(1, 70, 100, 1);
  message(1, 0, 30, true);
  message(1, 30, 40, false);
}

void AddTraffic(SimulationResult& result) {
  const LinkSummary link = {.link = 0,
                            .name = "node0/chip0 -> node0/chip1",
                            .bytes = Bytes(1'000'000),
                            .utilisation = 0.1};
  result.tiers.push_back({.tier = Tier::kScaleUp,
                          .bytes = Bytes(1'000'000),
                          .mean_utilisation = 0.05,
                          .peak_utilisation = 0.1,
                          .hottest = {link}});
  result.timelines.push_back({.tier = Tier::kScaleUp,
                              .link = 0,
                              .name = link.name,
                              .bin = microseconds(10),
                              .utilisation = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0}});
  result.collectives.push_back({.op = CollectiveOp::kSendRecv,
                                .axis = Axis::kPipeline,
                                .algorithm = "direct",
                                .ranks = 2,
                                .groups = 1,
                                .calls = 1,
                                .bytes_per_call = Bytes(1'000'000),
                                .total = microseconds(10)});
}

}  // namespace

ScenarioSpec SampleScenario() {
  ScenarioSpec scenario;
  scenario.name = "sample";
  scenario.system.name = "pair";
  scenario.system.chip.name = "chip_a";
  scenario.system.chips_per_node = 2;
  MemoryTierSpec hbm;
  hbm.name = "hbm";
  hbm.capacity = Bytes::GiB(80);
  hbm.bandwidth = Bandwidth::GigabytesPerSecond(2000);
  hbm.provenance = {.source = "a guess", .confidence = Confidence::kEstimate};
  scenario.system.chip.memory.push_back(hbm);
  scenario.model.name = "model_a";
  TrainingJob job;
  job.sequence = 1024;
  job.global_batch = 2;
  SetJob(job, scenario);
  return scenario;
}

SimulationResult SampleResult() {
  SimulationResult result;
  result.job.plan = {.pipeline = 2, .data = 1, .micro_batch = 1};
  result.job.programs.labels = {"layer forward", "activations"};
  result.job.programs.program_of_rank = {0, 1};
  result.job.memory.by_class[static_cast<size_t>(TensorClass::kWeights)] = Bytes::GiB(20);
  result.job.memory.by_class[static_cast<size_t>(TensorClass::kActivations)] = Bytes::GiB(4);
  result.job.memory.total = Bytes::GiB(24);
  result.job.memory.capacity = Bytes::GiB(80);
  result.job.assumptions = {"activations are kept in bf16"};
  result.makespan = microseconds(100);
  result.headline.step_time = microseconds(100);
  result.headline.tokens_per_second = 20.48e6;
  result.headline.mfu = 0.4321;
  result.marks = {{kStepEndMark, At(100)}};
  result.breakdown.compute[static_cast<size_t>(OperatorClass::kMlp)] = microseconds(60);
  result.breakdown.exposed_communication[kPipeline] = microseconds(5);
  result.breakdown.waiting[kPipeline] = microseconds(35);
  result.breakdown.idle = microseconds(35);
  result.rank_busy = {microseconds(60), microseconds(60)};
  result.lower_bound = microseconds(50);
  result.bottleneck = "matrix units (mlp at 72 % of peak FLOP/s), 60 % of the time";
  result.events = 1234;
  AddSpans(result);
  AddTraffic(result);
  return result;
}

}  // namespace tessera
