// A machine and a transformer described by tables, as analytical peers describe them: rates with an
// efficiency by the size of the operation, networks with a factor by the kind of collective.
#pragma once

#include <array>
#include <vector>

#include "configs/job_spec.h"

namespace tessera {

// Rate times the share of the first step whose `least` the amount reaches; the last step else.
struct TabulatedRate {
  struct Step {
    double least = 0;
    double share = 1;
  };
  double per_second = 0;
  std::vector<Step> steps{};

  double Seconds(double amount) const;  // 0 for 0.
};

enum class TabulatedOp { kMessage, kReduceScatter, kAllGather, kAllReduce };
inline constexpr int kTabulatedOpCount = 4;

struct TabulatedNetwork {
  double bytes_per_second = 0;  // Efficiency included.
  double latency_seconds = 0;   // Once an operation.
  int size = 1;
  bool must_be_filled = false;  // Groups divide it.
  // Bytes count factor * (1 + offset / members).
  struct Factor {
    double factor = 1;
    double offset = 0;
  };
  std::array<Factor, kTabulatedOpCount> factors{};

  double Seconds(TabulatedOp op, double bytes, int members) const;
};

struct TabulatedMachine {
  TabulatedRate matrix{};  // FLOP/s by FLOP.
  TabulatedRate vector{};
  TabulatedRate memory{};  // Bytes/s by bytes. Computation and memory add up.
  double memory_bytes = 0;
  std::vector<TabulatedNetwork> networks{};
};

// GPT blocks; embeddings and the output layer are not counted.
struct TabulatedModel {
  double hidden = 0, feedforward = 0, sequence = 0, heads = 0, head_size = 0;
  int blocks = 0;
};

enum class TensorTraffic { kAllReduce, kSplitBetweenStages, kSplit };  // ar, p2p_rs_ag, rs_ag.

struct TabulatedPlan {
  int tensor = 1, pipeline = 1, data = 1;
  int tensor_network = 0, pipeline_network = 0, data_network = 0;
  int batch = 1, micro_batch = 1;
  Recompute recompute = Recompute::kNone;  // Selective: the attention core.
  int interleaving = 1;
  bool shards_optimizer = false;
  TensorTraffic traffic = TensorTraffic::kAllReduce;
  bool gathers_again = false;  // Keeps shards only and repeats the gather in the backward pass.
};

}  // namespace tessera
