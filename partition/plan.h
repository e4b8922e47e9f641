// The plan: how a job is sharded over ranks. Pure functions of a plan and a model.
//
// Ranks stand in a grid. The default order is tier-aware: tensor fastest (it talks most), then
// context, then data, then pipeline, so that the chattiest groups lie inside a scale-up domain:
//
//   rank = tensor + T * (context + C * (data + D * pipeline))
//
// A plan may name any other order of the axes (configs/rank_order.h); the grid and its groups stay,
// only the numbers of the ranks change. Experts reuse the ranks of one pipeline stage, whose T * C
// * D ranks are counted anew as
//
//   tensor + T * (context + C * data) = expert_tensor + ET * (expert + E * expert_data)
//
// (the folded layout of Megatron-Core). With ET = T experts spread over data ranks; with ET < T
// they spread over the tensor ranks too. Attention replicas of inference are data ranks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/job_spec.h"
#include "configs/model_spec.h"
#include "configs/system_spec.h"
#include "core/units.h"

namespace tessera {

// Axes of parallelism. A rank's group along an axis are the ranks that differ from it there only.
enum class Axis : uint8_t {
  kTensor,
  kContext,
  kExpert,
  kData,  // Ranks with the same dense weights: every data and context position.
  kPipeline,
  kExpertData,  // Ranks with the same experts.
  kWorld,
  kExpertTensor,  // The parts of one expert.
  kShard,         // Blocks of zero_group neighbours of the data group: they share states (ZeRO).
  kReplica,       // Equal positions of these blocks (hybrid sharding).
  kEmbedding,     // First and last stage, where tied embeddings live.
};
inline constexpr int kAxisCount = 11;
const char* AxisName(Axis axis);

// Where a rank stands.
struct RankCoordinates {
  int tensor = 0, context = 0, data = 0, pipeline = 0;
  int expert = 0;  // Position in its expert group; follows from the others.
};

// Of a completed plan. All functions are O(size of what they return).
class RankMap {
 public:
  RankMap(const PlanSpec& plan, int ranks);
  int ranks() const { return ranks_; }
  RankCoordinates Coordinates(int rank) const;
  int RankAt(const RankCoordinates& c) const;  // `expert` is not looked at.
  // The group of `rank` along `axis` in group order, itself included.
  std::vector<int> Group(int rank, Axis axis) const;
  int GroupSize(Axis axis) const;
  int StageOf(int rank) const { return rank / strides_[3] % plan_.pipeline; }
  // The rank at pipeline stage `stage` that stands otherwise where `rank` stands.
  int AtStage(int rank, int stage) const;

 private:
  // A group is an arithmetic progression of ranks; kData and kWorld too, by the rank order.
  struct Progression {
    int first, stride, size;
  };
  Progression GroupOf(int grid, Axis axis) const;
  // Between a rank and its number in the default order.
  int GridOf(int rank) const;
  int RankOf(int grid) const;

  PlanSpec plan_;
  int ranks_;
  std::array<int, 4> strides_{};  // Of tensor, context, data, pipeline in the numbers of ranks.
};

// Devices that software sees: chips of the scenario times ranks per chip.
int RanksOf(const ScenarioSpec& scenario);

// Checks that `plan` is legal for the model on so many ranks; fills what the plan leaves open:
// data = what remains, zero_group = data * context, expert_tensor = what the rank count leaves of
// `tensor` (experts outside the tensor group keep its split). The error names the rule that is
// broken and what would be accepted.
absl::StatusOr<PlanSpec> CompletePlan(const PlanSpec& plan, const ModelSpec& model, int ranks);

// The same with what the job adds: the batch must divide over replicas and micro-batches, the
// pipeline order has rules about their number. Fills micro_batch too.
absl::StatusOr<PlanSpec> CompletePlan(const ScenarioSpec& scenario);

// Micro-batches that one replica runs in a step (training) or keeps in flight (inference).
int64_t MicrobatchCount(const ScenarioSpec& scenario, const PlanSpec& completed);

// Layers of every model chunk in model order; pipeline * virtual_stages entries (2 * pipeline
// for ZB-V, which places two chunks on each stage by itself). Even where that divides. Where layers
// + 2 divides, the embedding and the output layer count as one layer each, so the first and last
// chunk hold one less (Megatron's account_for_embedding/loss options). Else the layers that remain
// go one each to the chunks behind the first.
std::vector<int> LayersOfChunks(const ModelSpec& model, const PlanSpec& completed);

}  // namespace tessera
