#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "partition/partition.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/set_job.h"
#include "tests/status_matchers.h"
#include "workload/layer_operators.h"

namespace tessera {
namespace {

LoweredJob LowerOrDie(const ScenarioSpec& scenario) {
  const FakeChip chip(scenario.system.chip);
  absl::StatusOr<LoweredJob> job = Lower(scenario, chip, /*ignore_fit=*/true);
  EXPECT_THAT(job, IsOk());
  return *std::move(job);
}

const Program& ProgramOf(const LoweredJob& job, int rank) {
  return job.programs
      .programs[static_cast<size_t>(job.programs.program_of_rank[static_cast<size_t>(rank)])];
}

// Bytes that ring collectives along `axis` make one rank send.
double RingBytes(const LoweredJob& job, int rank, Axis axis, int group) {
  double bytes = 0;
  for (const Instruction& i : ProgramOf(job, rank).instructions) {
    const bool collective =
        i.kind == InstructionKind::kCollective || i.kind == InstructionKind::kCollectiveAsync;
    if (!collective || i.axis != axis) continue;
    const double passes = i.op == CollectiveOp::kAllReduce ? 2 : 1;
    bytes += passes * static_cast<double>(i.bytes.count()) * i.count * (group - 1) / group;
  }
  return bytes;
}

TEST(LowerTraining, RanksOfAStageShareOneProgram) {
  const LoweredJob job = LowerOrDie(Gpt3Training({.tensor = 8, .pipeline = 4}, 64, 8));
  EXPECT_EQ(job.programs.programs.size(), 4u);
  const RankMap map(job.plan, 64);
  for (int rank = 0; rank < 64; ++rank) {
    EXPECT_EQ(job.programs.program_of_rank[static_cast<size_t>(rank)],
              map.Coordinates(rank).pipeline);
  }
}

// Every message that some rank sends is received, by its peer and under its tag.
void ExpectMessagesMatch(const LoweredJob& job, int ranks) {
  const RankMap map(job.plan, ranks);
  std::map<std::tuple<int, int, int>, int64_t> balance;
  for (int rank = 0; rank < ranks; ++rank) {
    for (const Instruction& i : ProgramOf(job, rank).instructions) {
      if (i.kind == InstructionKind::kSend) {
        balance[{rank, map.AtStage(rank, i.peer), i.tag}] += i.bytes.count();
      } else if (i.kind == InstructionKind::kReceive) {
        balance[{map.AtStage(rank, i.peer), rank, i.tag}] -= i.bytes.count();
      }
    }
  }
  for (const auto& [key, bytes] : balance) EXPECT_EQ(bytes, 0);
}

TEST(LowerTraining, EveryMessageIsReceived) {
  using enum PipelineSchedule;
  for (const PipelineSchedule schedule :
       {kGpipe, kOneForwardOneBackward, kZbH1, kZbH2, kZbV, kDualPipe}) {
    ExpectMessagesMatch(
        LowerOrDie(Gpt3Training({.tensor = 8, .pipeline = 4, .schedule = schedule}, 32, 8)), 32);
  }
  ExpectMessagesMatch(
      LowerOrDie(Gpt3Training({.tensor = 8, .pipeline = 4, .virtual_stages = 3}, 32, 8)), 32);
}

// Every schedule does the same work; only its order differs.
TEST(LowerTraining, AllSchedulesComputeTheSame) {
  using enum PipelineSchedule;
  std::set<int64_t> flops;
  for (const PipelineSchedule schedule : {kGpipe, kOneForwardOneBackward, kZbH1, kZbH2, kZbV}) {
    const LoweredJob job =
        LowerOrDie(Gpt3Training({.tensor = 8, .pipeline = 4, .schedule = schedule}, 32, 8));
    double sum = 0;
    for (const Program& program : job.programs.programs) {
      for (const Instruction& i : program.instructions) sum += i.matrix_flops;
    }
    flops.insert(static_cast<int64_t>(sum * 1e-9));
  }
  EXPECT_EQ(flops.size(), 1u);
}

TEST(LowerTraining, TpLayerTraffic) {
  // Known answer tp-layer-traffic: 8 ranks, one sequence of 4096, hidden 8192, one layer.
  ScenarioSpec scenario = Gpt3Training({.tensor = 8}, 8, 1);
  std::get<TrainingJob>(scenario.job).sequence = 4096;
  scenario.model.hidden = 8192;
  scenario.model.heads = scenario.model.kv_heads = 64;
  scenario.model.ffn = 32768;
  const auto bytes_of = [&scenario](int layers, bool sequence_parallel) {
    scenario.model.layers = layers;
    scenario.plan.sequence_parallel = sequence_parallel;
    return RingBytes(LowerOrDie(scenario), 0, Axis::kTensor, 8);
  };
  const double per_layer = bytes_of(2, false) - bytes_of(1, false);
  EXPECT_EQ(per_layer, 469762048);
  // The repeated gather of each block's input: 10 half all-reduces against 8.
  EXPECT_EQ(bytes_of(2, true) - bytes_of(1, true), per_layer * 10 / 8);
}

TEST(LowerTraining, ZeroTraffic) {
  // Known answer zero-traffic in units of parameters: 2 P (N-1)/N values for stages 0 to 2, 3 P for
  // stage 3. Here gradients travel in bf16.
  for (const int stage : {0, 1, 2, 3}) {
    ScenarioSpec scenario = Gpt3Training({.zero_stage = stage}, 64, 64);
    scenario.model.layers = 8;
    scenario.software.framework = "deepspeed";
    const LoweredJob job = LowerOrDie(scenario);
    const double parameters = CountParameters(scenario.model).total - scenario.model.hidden;
    const double bytes = RingBytes(job, 0, stage == 0 ? Axis::kData : Axis::kShard, 64);
    const double values = stage == 3 ? 3 : 2;
    EXPECT_NEAR(bytes / (values * parameters * 2 * 63 / 64), 1, 1e-6) << "stage " << stage;
  }
}

TEST(LowerTraining, HybridShardingReducesShardsOverReplicas) {
  ScenarioSpec scenario = Gpt3Training({.zero_stage = 3, .zero_group = 8}, 64, 64);
  scenario.model.layers = 2;
  scenario.software.framework = "maxtext";
  const LoweredJob job = LowerOrDie(scenario);
  const double scattered = RingBytes(job, 0, Axis::kShard, 8);
  const double replicated = RingBytes(job, 0, Axis::kReplica, 8);
  // Three passes over the parameters inside, two over an eighth of them across.
  EXPECT_NEAR(replicated / scattered, 2.0 / 8 / 3, 1e-6);
}

TEST(LowerInference, PiecesOfDecodeCountEveryToken) {
  ScenarioSpec scenario = SparseInference({.tensor = 4}, 4, 3);
  std::get<InferenceJob>(scenario.job).output_tokens = 1001;
  const LoweredJob job = LowerOrDie(scenario);
  int tokens = 0;
  for (const Instruction& i : ProgramOf(job, 0).instructions) {
    if (i.kind != InstructionKind::kMark) continue;
    if (job.programs.labels[i.label] == kTokenMark) tokens += i.count;
  }
  EXPECT_EQ(tokens, 1000);
  EXPECT_THAT(job.assumptions, testing::Contains(testing::HasSubstr("1000 decode steps")));
}

TEST(LowerInference, PipelinedMicrobatchesMatchTheirMessages) {
  ExpectMessagesMatch(LowerOrDie(SparseInference({.tensor = 2, .pipeline = 4}, 8, 10)), 8);
}

TEST(LowerInference, ExpertsInsideATensorGroupNeedNoExchange) {
  const LoweredJob job = LowerOrDie(SparseInference({.tensor = 4, .expert = 4}, 4, 8));
  for (const Program& program : job.programs.programs) {
    for (const Instruction& i : program.instructions) EXPECT_NE(i.axis, Axis::kExpert);
  }
}

TEST(LowerInference, SkewedExpertsMakeRanksDiffer) {
  ScenarioSpec scenario = SparseInference({.expert = 8}, 8, 64);
  EXPECT_EQ(LowerOrDie(scenario).programs.programs.size(), 1u);
  scenario.moe_routing = {.kind = MoeRoutingSpec::Kind::kZipf, .zipf_exponent = 1.2};
  const LoweredJob job = LowerOrDie(scenario);
  EXPECT_EQ(job.programs.programs.size(), 8u);
  for (const Program& program : job.programs.programs) {
    for (const Instruction& i : program.instructions) {
      if (i.axis != Axis::kExpert) continue;
      EXPECT_EQ(i.op, CollectiveOp::kAllToAllV);
      ASSERT_GE(i.matrix, 0);
      EXPECT_EQ(job.programs.matrices[static_cast<size_t>(i.matrix)].size(), 64u);
    }
  }
}

TEST(LowerInference, CombineReturnsWhatDispatchSent) {
  ScenarioSpec scenario = SparseInference({.expert = 8}, 8, 64);
  scenario.moe_routing = {.kind = MoeRoutingSpec::Kind::kUniform};
  const LoweredJob job = LowerOrDie(scenario);
  ASSERT_GE(job.programs.matrices.size(), 2u);
  const std::vector<Bytes>& dispatch = job.programs.matrices[0];
  const std::vector<Bytes>& combine = job.programs.matrices[1];
  for (size_t source = 0; source < 8; ++source) {
    for (size_t target = 0; target < 8; ++target) {
      EXPECT_EQ(dispatch[source * 8 + target], combine[target * 8 + source]);
    }
  }
}

TEST(Lower, AJobWithoutAModelIsRefused) {
  ScenarioSpec scenario = Gpt3Training({}, 8, 8);
  SetJob(CollectiveJob{}, scenario);
  const FakeChip chip(scenario.system.chip);
  EXPECT_THAT(Lower(scenario, chip, true),
              FailsWith("partition: the job has no model; accepted: training, inference"));
}

}  // namespace
}  // namespace tessera
