#include "chips/fusion.h"

#include <algorithm>

#include "chips/energy.h"
#include "chips/kernel_chip.h"
#include "chips/overlap.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int64_t kTileRows = 128;
constexpr int64_t kTileColumns = 128;
constexpr int64_t kBuffers = 2;

Bytes ResultBytes(const Operator& op) {
  switch (op.kind) {
    case OperatorKind::kGemm:
      return StorageBytes(op.output, GemmRows(op) * op.n);
    case OperatorKind::kAttention:
      return StorageBytes(op.output, op.batch * op.heads * op.q_len * op.head_dim_v);
    case OperatorKind::kVector:
      break;
  }
  return op.written;
}

// What the consumer reads of activations; it cannot save more.
Bytes ActivationBytes(const Operator& op) {
  switch (op.kind) {
    case OperatorKind::kGemm:
      return StorageBytes(op.input, GemmRows(op) * op.k);
    case OperatorKind::kAttention:
      return Bytes(MinimumBytes(op).count() / op.count) - ResultBytes(op);
    case OperatorKind::kVector:
      break;
  }
  return op.read;
}

// Values of one row of the intermediate; 0: not known.
int64_t RowValues(const Operator& producer, const Operator& consumer) {
  if (consumer.kind == OperatorKind::kGemm) return consumer.k;
  return producer.kind == OperatorKind::kGemm ? producer.n : 0;
}

Bytes WorkingSet(const Operator& producer, const Operator& consumer, Bytes intermediate) {
  if (consumer.kind == OperatorKind::kAttention) return intermediate;
  const int64_t row = RowValues(producer, consumer);
  const bool whole_rows =
      consumer.kind == OperatorKind::kGemm || consumer.category == OperatorClass::kNorm;
  const int64_t columns = whole_rows && row > 0 ? row : kTileColumns;
  return std::min(intermediate, kBuffers * StorageBytes(producer.output, kTileRows * columns));
}

// GPUs tile within one core; the others spread a tile over the memories of all cores.
Bytes OnChip(const ChipSpec& chip) {
  if (!chip.sram) return Bytes();
  const bool per_core = chip.style == ExecutionStyle::kSimt;
  return Bytes(chip.sram->total.count() / (per_core ? std::max(1, chip.core_count) : 1));
}

void AddTo(OperatorCost& sum, const OperatorCost& part) {
  sum.time += part.time;
  sum.matrix_time += part.matrix_time;
  sum.vector_time += part.vector_time;
  sum.memory_time += part.memory_time;
  sum.overhead += part.overhead;
  sum.matrix_flops += part.matrix_flops;
  sum.memory_bytes += part.memory_bytes;
  sum.energy += part.energy;
}

Duration Scaled(Duration time, Bytes part, Bytes whole) {
  if (whole == Bytes()) return time;
  return CeilSeconds(ToSeconds(time) * static_cast<double>(part.count()) /
                     static_cast<double>(whole.count()));
}

// Operators first..last as one kernel without the bytes of the edges between them.
OperatorCost FusedRun(const ChipSpec& chip, const ChainCost& chain, size_t first, size_t last) {
  OperatorCost run;
  Duration longest_fixed{};
  for (size_t i = first; i <= last; ++i) {
    AddTo(run, chain.operators[i]);
    longest_fixed = std::max(longest_fixed, chain.operators[i].overhead);
  }
  if (first == last) return chain.operators[first];
  Bytes saved;
  for (size_t i = first; i < last; ++i) saved += 2 * chain.edges[i].intermediate;
  const Duration apart = run.time;
  const Bytes before = run.memory_bytes;
  const Bytes left = before > saved ? before - saved : Bytes();
  run.memory_time = Scaled(run.memory_time, left, before);
  run.memory_bytes = left;
  run.overhead = longest_fixed;
  run.time =
      longest_fixed + CeilSeconds(Overlap(ToSeconds(run.matrix_time), ToSeconds(run.vector_time),
                                          ToSeconds(run.memory_time)));
  // Saved: the bytes, and idle power for the time.
  if (const auto rates = EnergyRatesOf(chip)) {
    const double bytes = static_cast<double>((before - left).count());
    run.energy = run.energy - Energy(rates->per_memory_byte * bytes +
                                     rates->static_watts * ToSeconds(apart - run.time));
  }
  return run;
}

}  // namespace

std::vector<ChainEdge> ChainEdges(const ChipSpec& chip, absl::Span<const Operator> chain) {
  std::vector<ChainEdge> edges;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    ChainEdge edge;
    edge.intermediate = std::min(ResultBytes(chain[i]), ActivationBytes(chain[i + 1]));
    edge.working_set = WorkingSet(chain[i], chain[i + 1], edge.intermediate);
    edge.fits = edge.working_set <= OnChip(chip);
    edges.push_back(edge);
  }
  return edges;
}

Bytes UnfusedBytes(absl::Span<const Operator> chain) {
  Bytes bytes;
  for (const Operator& op : chain) bytes += MinimumBytes(op);
  return bytes;
}

Bytes FusedBytes(absl::Span<const Operator> chain, absl::Span<const ChainEdge> edges) {
  Bytes bytes = UnfusedBytes(chain);
  for (const ChainEdge& edge : edges) {
    if (edge.fits) bytes = bytes - 2 * edge.intermediate;
  }
  return bytes;
}

absl::StatusOr<ChainCost> CostOfChain(const ChipModel& chip, absl::Span<const Operator> chain,
                                      const ChipUse& use) {
  if (chain.empty()) return absl::InvalidArgumentError("a chain of no operators");
  ChainCost cost;
  cost.edges = ChainEdges(chip.spec(), chain);
  for (const Operator& op : chain) {
    TESSERA_ASSIGN_OR_RETURN(const OperatorCost one, chip.Cost(op, use));
    cost.operators.push_back(one);
    AddTo(cost.unfused, one);
  }
  for (size_t first = 0; first < chain.size();) {
    size_t last = first;
    while (last < cost.edges.size() && cost.edges[last].fits) ++last;
    AddTo(cost.fused, FusedRun(chip.spec(), cost, first, last));
    first = last + 1;
  }
  cost.unfused.limiter = LongestOf(cost.unfused);
  cost.fused.limiter = LongestOf(cost.fused);
  return cost;
}

}  // namespace tessera
