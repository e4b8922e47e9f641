// Passes of model chunks in training, as instructions of one rank without the messages between
// stages. Built once a variant and used for every micro-batch.
#pragma once

#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "partition/data_axis.h"
#include "partition/host_issue.h"
#include "partition/lowering_context.h"
#include "partition/sparse_block.h"
#include "partition/stage_parameters.h"
#include "partition/training_block.h"

namespace tessera {

struct PassVariant {
  int chunk = 0;
  int position = 0;  // Of the rank in its expert group.
  bool forward = true;
  BackwardPart part = BackwardPart::kWhole;
  bool gather = false;  // Parameters come layer by layer before they are needed.
  bool reduce = false;  // Gradients leave layer by layer.
  bool final = false;   // And it is the last reduction of the step.

  auto operator<=>(const PassVariant&) const = default;
};

class TrainingChunks {
 public:
  TrainingChunks(const LoweringContext& context, const ModelPartition& partition,
                 const DataAxis& data);

  absl::Status Prepare();
  // Ranks at different positions of an expert group do the same.
  bool uniform() const { return sparse_ == nullptr || sparse_->uniform(); }
  const ShardShape& shape() const { return shape_; }

  absl::StatusOr<const std::vector<Instruction>*> Pass(const PassVariant& variant);

  // Parts of a pass: one layer; the model's ends, written only if the variant's chunk holds them.
  absl::Status WriteLayer(InstructionWriter& out, const PassVariant& variant, int layer);
  absl::Status WriteEnds(InstructionWriter& out, const PassVariant& variant);

 private:
  // Attention over everything, or over a sliding window.
  struct LayerBlocks {
    std::unique_ptr<TrainingBlock> attention;  // With the MLP in parallel-attention models.
    Work again;                                // What selective recomputation repeats.
  };
  absl::StatusOr<LayerBlocks> MakeLayerBlocks(bool windowed) const;
  absl::Status PrepareEnds();

  absl::Status Write(InstructionWriter& out, const PassVariant& variant);
  absl::Status WriteLayerWork(InstructionWriter& out, const PassVariant& variant, int layer);
  absl::Status WriteLayerForward(InstructionWriter& out, const PassVariant& variant, int layer);
  absl::Status WriteLayerBackward(InstructionWriter& out, const PassVariant& variant, int layer);
  absl::Status WriteRecompute(InstructionWriter& out, const PassVariant& variant, int layer);
  absl::Status WriteSelective(InstructionWriter& out, const PassVariant& variant, int layer);
  void WriteEmbedding(InstructionWriter& out, const PassVariant& variant) const;
  void WriteHead(InstructionWriter& out, const PassVariant& variant) const;
  absl::Status WritePrediction(InstructionWriter& out, const PassVariant& variant);

  bool Windowed(int layer) const;
  bool HasMlpBlock(int layer) const;
  const LayerBlocks& BlocksOf(int layer) const { return Windowed(layer) ? windowed_ : full_; }

  const LoweringContext& context_;
  const ModelPartition& partition_;
  const DataAxis& data_;
  ShardShape shape_;
  LayerBlocks full_, windowed_;
  std::unique_ptr<TrainingBlock> mlp_;
  Work mlp_again_;  // What selective recomputation repeats of a dense MLP block.
  std::unique_ptr<SparseBlock> sparse_;
  HostIssueTime issue_;  // Of a sparse layer.
  Work embedding_, embedding_gradient_, head_, head_gradient_, prediction_, prediction_gradient_;
  std::map<PassVariant, std::vector<Instruction>> passes_;
};

}  // namespace tessera
