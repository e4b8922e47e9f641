#include "partition/tabulated_plan.h"

#include <algorithm>
#include <vector>

#include "partition/tabulated_block.h"

namespace tessera {
namespace {

constexpr double kElement = kTabulatedElementBytes;

double MemoryOf(const TabulatedPlan& plan, const TabulatedModel& model,
                const TabulatedBlock& sums) {
  const int blocks = model.blocks / plan.pipeline;
  const int microbatches = plan.batch / plan.data / plan.micro_batch;
  const double p = plan.pipeline;
  double in_flight = std::min(microbatches, plan.pipeline);
  if (plan.interleaving > 1) in_flight *= 1 + (p - 1) / (plan.interleaving * p);
  double activations = sums.working;
  if (plan.recompute == Recompute::kFull) {
    activations += blocks * in_flight * plan.micro_batch * model.sequence * model.hidden * kElement;
  } else {
    activations += sums.storage * (blocks * in_flight - 1);
  }
  return (sums.weights + sums.states) * blocks + sums.gradients +
         sums.shard_gradients * (blocks - 1) + activations + sums.value_gradients;
}

double DataSeconds(const TabulatedPlan& plan, const TabulatedMachine& machine, double bytes) {
  if (plan.data == 1) return 0;
  const TabulatedNetwork& network = machine.networks[static_cast<size_t>(plan.data_network)];
  if (!plan.shards_optimizer) return network.Seconds(TabulatedOp::kAllReduce, bytes, plan.data);
  return network.Seconds(TabulatedOp::kReduceScatter, bytes, plan.data) +
         network.Seconds(TabulatedOp::kAllGather, bytes, plan.data);
}

double MessageSeconds(const TabulatedPlan& plan, const TabulatedModel& model,
                      const TabulatedMachine& machine) {
  if (plan.pipeline == 1) return 0;
  const double whole = plan.micro_batch * model.sequence * model.hidden * kElement;
  const bool split = plan.traffic != TensorTraffic::kAllReduce;
  return machine.networks[static_cast<size_t>(plan.pipeline_network)].Seconds(
      TabulatedOp::kMessage, split ? whole / plan.tensor : whole, 2);
}

std::vector<int> Divisors(int n) {
  std::vector<int> divisors;
  for (int d = 1; d <= n; ++d) {
    if (n % d == 0) divisors.push_back(d);
  }
  return divisors;
}

bool Divides(int d, double n) { return static_cast<int64_t>(n) % d == 0; }

// Sets every choice that the degrees and the batch leave open.
class Choices {
 public:
  Choices(const TabulatedModel& model, const TabulatedMachine& machine,
          const std::function<void(const TabulatedPlan&)>& visit)
      : model_(model), networks_(static_cast<int>(machine.networks.size())), visit_(visit) {}

  // Every way to cut the stages and the batches of `plan`.
  void VisitCuts(TabulatedPlan plan) {
    const int chunks = plan.pipeline == 1 ? 1 : model_.blocks / plan.pipeline;
    for (const int interleaving : Divisors(chunks)) {
      for (const int micro_batch : Divisors(plan.batch / plan.data)) {
        if (!Divides(plan.tensor, micro_batch * model_.sequence)) continue;
        plan.interleaving = interleaving;
        plan.micro_batch = micro_batch;
        Visit(plan);
      }
    }
  }

 private:
  void Visit(TabulatedPlan plan) {
    for (const Recompute r : {Recompute::kFull, Recompute::kSelective, Recompute::kNone}) {
      plan.recompute = r;
      for (const bool shards : {true, false}) {
        if (shards && plan.data == 1) continue;
        plan.shards_optimizer = shards;
        VisitTraffic(plan);
      }
    }
  }

  void VisitTraffic(TabulatedPlan plan) {
    for (const TensorTraffic traffic :
         {TensorTraffic::kAllReduce, TensorTraffic::kSplitBetweenStages, TensorTraffic::kSplit}) {
      plan.traffic = traffic;
      const bool can_repeat =
          traffic == TensorTraffic::kSplit && plan.recompute != Recompute::kFull;
      for (const bool again : {true, false}) {
        if (again && !can_repeat) continue;
        plan.gathers_again = again;
        VisitNetworks(plan);
      }
    }
  }

  void VisitNetworks(TabulatedPlan plan) {
    const auto tiers = [this](int degree) { return degree > 1 ? networks_ : 1; };
    for (int t = 0; t < tiers(plan.tensor); ++t) {
      for (int p = 0; p < tiers(plan.pipeline); ++p) {
        for (int d = 0; d < tiers(plan.data); ++d) {
          plan.tensor_network = t;
          plan.pipeline_network = p;
          plan.data_network = d;
          visit_(plan);
        }
      }
    }
  }

  const TabulatedModel& model_;
  int networks_;
  const std::function<void(const TabulatedPlan&)>& visit_;
};

}  // namespace

bool FitsNetworks(const TabulatedPlan& plan, const TabulatedMachine& machine) {
  std::vector<int> used(machine.networks.size(), 1);
  if (plan.tensor > 1) used[static_cast<size_t>(plan.tensor_network)] *= plan.tensor;
  if (plan.pipeline > 1) used[static_cast<size_t>(plan.pipeline_network)] *= plan.pipeline;
  if (plan.data > 1) used[static_cast<size_t>(plan.data_network)] *= plan.data;
  for (size_t i = 0; i < used.size(); ++i) {
    const TabulatedNetwork& network = machine.networks[i];
    if (used[i] == 1) continue;
    if (used[i] > network.size) return false;
    if (network.must_be_filled && network.size % used[i] != 0) return false;
  }
  return true;
}

TabulatedCost CostOfTabulated(const TabulatedPlan& plan, const TabulatedModel& model,
                              const TabulatedMachine& machine) {
  const TabulatedBlock sums = AddUpBlock(plan, model, machine);
  const int blocks = model.blocks / plan.pipeline;
  const int chunk_blocks = blocks / plan.interleaving;
  const int microbatches = plan.batch / plan.data / plan.micro_batch;
  const double message = MessageSeconds(plan, model, machine);
  const auto block = [&](size_t last) {
    return sums.forward + sums.again + sums.input_gradient + sums.weight_gradient +
           sums.forward_traffic[last] + sums.backward_traffic[last] + sums.again_traffic[last];
  };
  const double chunk = (chunk_blocks - 1) * block(0) + block(1) + 2 * message;
  // Micro-batches that a last, incomplete group lacks leave bubbles in all chunks but one.
  const int rest = microbatches % plan.pipeline;
  const int missing = rest == 0 ? 0 : (plan.interleaving - 1) * (plan.pipeline - rest);
  TabulatedCost cost;
  cost.seconds = chunk * (microbatches * plan.interleaving + plan.pipeline - 1 + missing) +
                 blocks * (sums.optimizer + DataSeconds(plan, machine, sums.weights));
  cost.memory_bytes = MemoryOf(plan, model, sums);
  cost.samples_per_second = plan.batch / cost.seconds;
  return cost;
}

void VisitTabulatedPlans(const TabulatedSpace& space, const TabulatedModel& model,
                         const TabulatedMachine& machine,
                         const std::function<void(const TabulatedPlan&)>& visit) {
  Choices choices(model, machine, visit);
  for (const int tensor : Divisors(space.processors)) {
    if (!Divides(tensor, model.hidden) || !Divides(tensor, model.heads)) continue;
    for (const int pipeline : Divisors(space.processors / tensor)) {
      if (model.blocks % pipeline != 0) continue;
      const int data = space.processors / tensor / pipeline;
      const int batch = space.max_batch / data * data;
      if (batch == 0) continue;
      choices.VisitCuts({.tensor = tensor, .pipeline = pipeline, .data = data, .batch = batch});
    }
  }
}

}  // namespace tessera
