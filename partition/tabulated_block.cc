#include "partition/tabulated_block.h"

namespace tessera {
namespace {

constexpr double kElement = kTabulatedElementBytes;
constexpr double kWide = 4;             // Of a gradient that is accumulated, of a state.
constexpr double kOptimizerFlops = 11;  // Of one parameter.

// A layer of a block: values and FLOPs of one micro-batch on one processor.
struct Layer {
  double forward = 0, input_gradient = 0, weight_gradient = 0;  // FLOPs.
  double in = 0, out = 0, kept = 0, gradient = 0, weights = 0;  // Values.
  bool matrix = false;
  // Kept bytes, and bytes that cross memory; set by the makers below.
  double kept_bytes = 0, gradient_bytes = 0;
  double forward_bytes = 0, input_gradient_bytes = 0, weight_gradient_bytes = 0;
  // What recomputation and storage make of it.
  bool again = false, reused = false, stored = true, output_stored = true;
};

Layer Counted(Layer layer) {
  layer.kept_bytes = layer.kept * kElement;
  layer.gradient_bytes = layer.gradient * kElement;
  layer.forward_bytes = (layer.in + layer.out + layer.weights) * kElement;
  layer.input_gradient_bytes = (layer.weights + layer.kept + layer.gradient) * kElement;
  if (layer.weights > 0) layer.weight_gradient_bytes = layer.input_gradient_bytes;
  return layer;
}

Layer Product(double rows, double in, double out) {
  const double flops = 2 * rows * in * out;
  return Counted({.forward = flops,
                  .input_gradient = flops,
                  .weight_gradient = flops,
                  .in = rows * in,
                  .out = rows * out,
                  .kept = rows * in,
                  .gradient = rows * out,
                  .weights = in * out,
                  .matrix = true});
}

Layer BatchedProduct(double batch, double rows, double depth, double columns) {
  const double flops = batch * 2 * rows * depth * columns;
  const double in = batch * (rows * depth + depth * columns);
  const double out = batch * rows * columns;
  return Counted({.forward = flops,
                  .input_gradient = 2 * flops,
                  .in = in,
                  .out = out,
                  .kept = in,
                  .gradient = out,
                  .matrix = true});
}

Layer Norm(double values, double hidden) {
  return Counted({.forward = 9 * values,
                  .input_gradient = 14 * values,
                  .weight_gradient = 7 * values,
                  .in = values,
                  .out = values,
                  .kept = values,
                  .gradient = values,
                  .weights = 2 * hidden});
}

// Keeps a mask of one byte a value.
Layer Dropout(double values) {
  Layer layer = Counted({.forward = values, .input_gradient = values, .in = values, .out = values});
  layer.kept_bytes = layer.gradient_bytes = values;
  layer.forward_bytes = layer.input_gradient_bytes = 2 * values * kElement + values;
  return layer;
}

Layer Softmax(double values) {
  Layer layer = Counted({.forward = 5 * values,
                         .input_gradient = 8 * values,
                         .in = values,
                         .out = values,
                         .kept = values,
                         .gradient = values});
  layer.input_gradient_bytes = layer.forward_bytes;
  return layer;
}

Layer FusedGelu(double values) {
  Layer layer =
      Counted({.forward = 8 * values, .input_gradient = 13 * values, .in = values, .out = values});
  layer.input_gradient_bytes = layer.forward_bytes;
  return layer;
}

Layer Sum(double values) {
  return Counted({.forward = values,
                  .input_gradient = 2 * values,
                  .in = 2 * values,
                  .out = values,
                  .kept = 2 * values,
                  .gradient = values});
}

// One value used several times; gradients add up.
Layer Fork(double values, double users) {
  Layer layer = Counted({.input_gradient = users * values, .in = values, .kept = values});
  layer.forward_bytes = 0;
  layer.input_gradient_bytes = values * kElement * (users + 1);
  return layer;
}

// A collective of the tensor group before the first product of a half block, or behind the last.
struct Collective {
  bool closes = false;  // Behind the last product.
  bool again = false;   // Repeated in the backward pass.
  bool stored = true;
};

class Block {
 public:
  Block(const TabulatedPlan& plan, const TabulatedModel& model, const TabulatedMachine& machine)
      : plan_(plan), model_(model), machine_(machine) {
    rows_ = plan.micro_batch * model.sequence;
    stream_ = rows_ * model.hidden;
    shard_ = plan.traffic == TensorTraffic::kSplit ? stream_ / plan.tensor : stream_;
  }

  const TabulatedBlock& Add() {
    const bool full = plan_.recompute == Recompute::kFull;
    const bool core = plan_.recompute != Recompute::kNone;
    AddAttention(full, core);
    AddMlp(full);
    if (full) sums_.storage = 0;
    return sums_;
  }

 private:
  struct Options {
    bool again = false, reused = false, stored = true, output_stored = true;
  };
  void Add(Layer layer, const Options& options);
  void Add(const Collective& collective);
  double TrafficSeconds(const Collective& c, bool forward, bool split) const;

  void AddAttention(bool full, bool core) {
    const double t = plan_.tensor;
    const double width = model_.heads * model_.head_size / t;
    const double scores = model_.heads / t * model_.sequence * model_.sequence * plan_.micro_batch;
    const double heads = plan_.micro_batch * model_.heads / t;
    const bool gather = core || plan_.gathers_again;
    Add(Fork(shard_, 2), {.again = full});
    Add(Norm(shard_, model_.hidden), {.again = full, .reused = true, .stored = false});
    Add(Collective{.again = gather});
    Add(Fork(stream_, 3), {.again = gather, .stored = !gather});
    for (int i = 0; i < 3; ++i) {
      Add(Product(rows_, model_.hidden, width), {.again = full, .reused = true, .stored = false});
    }
    Add(BatchedProduct(heads, model_.sequence, model_.head_size, model_.sequence),
        {.again = core, .output_stored = !core});
    Add(Softmax(scores), {.again = core, .output_stored = !core});
    Add(Dropout(scores), {.again = core, .stored = !core});
    Add(BatchedProduct(heads, model_.sequence, model_.sequence, model_.head_size), {.again = full});
    Add(Product(rows_, width, model_.hidden), {.again = full});
    AddEnd(full);
  }

  void AddMlp(bool full) {
    const double width = model_.feedforward / plan_.tensor;
    const bool gather = full || plan_.gathers_again;
    Add(Fork(shard_, 2), {.again = full});
    Add(Norm(shard_, model_.hidden), {.again = full, .reused = true, .stored = false});
    Add(Collective{.again = gather});
    Add(Product(rows_, model_.hidden, width), {.again = full, .stored = !gather});
    Add(FusedGelu(width * rows_), {.again = full});
    Add(Product(rows_, width, model_.hidden), {.again = full});
    AddEnd(full);
  }

  void AddEnd(bool full) {
    Add(Collective{.closes = true, .again = full, .stored = false});
    Add(Dropout(shard_), {.again = full});
    Add(Sum(shard_), {.again = full, .reused = true, .stored = false});
  }

  const TabulatedPlan& plan_;
  const TabulatedModel& model_;
  const TabulatedMachine& machine_;
  double rows_ = 0, stream_ = 0, shard_ = 0;
  TabulatedBlock sums_;
};

void Block::Add(Layer layer, const Options& options) {
  const TabulatedRate& engine = layer.matrix ? machine_.matrix : machine_.vector;
  const auto seconds = [&](double flops, double bytes) {
    return engine.Seconds(flops) + machine_.memory.Seconds(bytes);
  };
  const double forward = seconds(layer.forward, layer.forward_bytes);
  sums_.forward += forward;
  if (options.again) sums_.again += forward;
  sums_.input_gradient += seconds(layer.input_gradient, layer.input_gradient_bytes);
  sums_.weight_gradient += seconds(layer.weight_gradient, layer.weight_gradient_bytes);
  const double owners = plan_.shards_optimizer ? plan_.data : 1;
  const double states = layer.weights * 3 * kWide / owners;  // Master and two moments.
  sums_.optimizer += machine_.vector.Seconds(layer.weights / owners * kOptimizerFlops) +
                     machine_.memory.Seconds(states);
  sums_.states += states;
  sums_.weights += layer.weights * kElement;
  sums_.shard_gradients += layer.weights * kElement / owners;
  sums_.gradients += layer.weights * kWide;
  sums_.value_gradients += layer.gradient_bytes;
  if (!options.reused) sums_.working += layer.kept_bytes;
  if (options.stored) sums_.storage += layer.kept_bytes;
  if (!options.output_stored) sums_.storage -= layer.out * kElement;
}

// The collective on the wire, and its passes over memory with their additions.
double Block::TrafficSeconds(const Collective& c, bool forward, bool split) const {
  const bool reduces = c.closes == forward;
  if (!split && !reduces) return 0;
  const TabulatedNetwork& network = machine_.networks[static_cast<size_t>(plan_.tensor_network)];
  const TabulatedOp op = !split    ? TabulatedOp::kAllReduce
                         : reduces ? TabulatedOp::kReduceScatter
                                   : TabulatedOp::kAllGather;
  return network.Seconds(op, stream_ * kElement, plan_.tensor);
}

void Block::Add(const Collective& c) {
  if (plan_.tensor == 1) return;
  const double t = plan_.tensor;
  const bool always_split = plan_.traffic == TensorTraffic::kSplit;
  const double additions = stream_ * (t - 1) / t;
  for (const bool last_block : {false, true}) {
    const bool split =
        always_split || (plan_.traffic == TensorTraffic::kSplitBetweenStages && last_block);
    const size_t at = last_block ? 1 : 0;
    for (const bool forward : {true, false}) {
      const bool reduces = c.closes == forward;
      const double passes = always_split || reduces ? 2 * stream_ * kElement : 0;
      const double local =
          machine_.vector.Seconds(reduces ? additions : 0) + machine_.memory.Seconds(passes);
      (forward ? sums_.forward_traffic : sums_.backward_traffic)[at] +=
          TrafficSeconds(c, forward, split) + local;
    }
    if (c.again) sums_.again_traffic[at] += TrafficSeconds(c, /*forward=*/true, split);
  }
  const double bytes = stream_ * kElement;
  const double kept = always_split ? bytes / t : c.closes ? bytes : 0;
  sums_.value_gradients += always_split ? bytes / t : c.closes ? 0 : bytes;
  sums_.working += kept;
  if (c.stored) sums_.storage += kept;
}

}  // namespace

TabulatedBlock AddUpBlock(const TabulatedPlan& plan, const TabulatedModel& model,
                          const TabulatedMachine& machine) {
  return Block(plan, model, machine).Add();
}

}  // namespace tessera
