#include "chips/dataflow_mimd.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "chips/kernel_chip.h"
#include "chips/operator_work.h"
#include "chips/overlap.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr double kTile = 32;
constexpr double kTileFlops = 2 * kTile * kTile * kTile;
// Share of the products' rate that attention reaches with its softmax between two products of one
// core, and share of a core's scratchpad that a block of results may take.
constexpr double kAttentionShare = 0.6;
constexpr double kBlockShare = 0.5;

struct MimdRates {
  double rows = 1, columns = 1;                      // Grid of cores.
  std::array<double, kPrecisionCount> core_flops{};  // As the format is usually run.
  double core_flops_single_pass = 0;
  double core_scratchpad = 0;
  double vector_flops = 0;
  double read_bandwidth = 0, write_bandwidth = 0;
  double exposed_memory = 0;
  double prologue = 0, memory_operation = 0;
};

// The most square grid that uses every core.
double GridRows(int cores) {
  int rows = static_cast<int>(std::sqrt(static_cast<double>(cores)));
  while (cores % rows != 0) --rows;
  return rows;
}

MimdRates RatesOf(const ChipSpec& spec) {
  MimdRates rates;
  const double cores = spec.core_count;
  rates.rows = GridRows(spec.core_count);
  rates.columns = cores / rates.rows;
  for (int i = 0; i < kPrecisionCount; ++i) {
    const double rate = MatrixRate(spec, static_cast<Precision>(i)) / cores;
    rates.core_flops[static_cast<size_t>(i)] = rate;
    rates.core_flops_single_pass = std::max(rates.core_flops_single_pass, rate);
  }
  rates.core_scratchpad =
      spec.sram ? static_cast<double>(spec.sram->total.count()) / cores : 1 << 20;
  rates.vector_flops = VectorRate(spec, rates.core_flops_single_pass * cores / 64);
  rates.read_bandwidth = ReadBandwidth(spec);
  rates.write_bandwidth = WriteBandwidth(spec);
  rates.exposed_memory = spec.overhead->exposed_memory;
  rates.prologue = ToSeconds(spec.overhead->matrix_prologue);
  rates.memory_operation = ToSeconds(spec.overhead->memory_operation);
  return rates;
}

double CoreFlops(const Operator& op, const MimdRates& rates) {
  return op.math_phases > 0 ? rates.core_flops_single_pass / op.math_phases
                            : rates.core_flops[static_cast<size_t>(op.compute)];
}

// Result tiles of the busiest core: rows over one extent of the grid and columns over the other, so
// that few rows leave cores idle; a single row of tiles (decode) has all cores along its columns.
// Source: tt-metal tech_reports/LLMs/llms.md, 4.3.2 (2D products in prefill, 1D in decode).
double TilesOfBusiestCore(double row_tiles, double column_tiles, const MimdRates& rates) {
  if (row_tiles <= 1) return std::ceil(column_tiles / (rates.rows * rates.columns));
  const auto grid = [&](double rows, double columns) {
    return std::ceil(row_tiles / rows) * std::ceil(column_tiles / columns);
  };
  return std::min(grid(rates.rows, rates.columns), grid(rates.columns, rates.rows));
}

// `exposed`: part of the memory time that the pipeline of readers and writers does not hide.
void SetTotal(const MimdRates& rates, double compute, double exposed, KernelTime& time) {
  time.fixed = rates.prologue;
  time.total = time.fixed + Overlap(compute, time.memory) + exposed * time.memory;
}

KernelTime Product(const Operator& op, const MimdRates& rates) {
  const auto groups = static_cast<double>(op.groups);
  const double row_tiles = std::ceil(static_cast<double>(GemmRows(op)) / groups / kTile);
  const double column_tiles = std::ceil(static_cast<double>(op.n) / kTile);
  const double depth_tiles = std::ceil(static_cast<double>(op.k) / kTile);
  const double busiest = TilesOfBusiestCore(row_tiles, column_tiles, rates);
  const OperatorWork work = WorkOf(op);
  KernelTime time;
  time.matrix = groups * busiest * depth_tiles * kTileFlops / CoreFlops(op, rates);
  // A block of results that a scratchpad cannot hold takes several passes over the left operand.
  const double block = busiest * kTile * kTile * StorageBits(op.output) / 8;
  const double passes = std::ceil(block / (kBlockShare * rates.core_scratchpad));
  const double written = static_cast<double>(GemmRows(op) * op.n) * StorageBits(op.output) / 8;
  const double read = work.stationary_bytes + passes * (work.moving_bytes - written);
  time.memory_bytes = read + written;
  time.memory = read / rates.read_bandwidth + written / rates.write_bandwidth;
  // One row of tiles: weights are sharded over the memory channels and stream past their readers
  // (tech_reports/Saturating_DRAM_bandwidth). More: operands are interleaved over all channels.
  SetTotal(rates, time.matrix, row_tiles <= 1 ? 0 : rates.exposed_memory, time);
  return time;
}

KernelTime Attend(const Operator& op, const MimdRates& rates) {
  const OperatorWork work = WorkOf(op);
  const double cores = rates.rows * rates.columns;
  // Short query blocks still occupy whole tiles.
  const int64_t rows_per_head = op.q_len * op.heads / op.kv_heads;
  const auto rows = static_cast<double>(rows_per_head);
  const double padding = std::ceil(rows / kTile) * kTile / rows;
  KernelTime time;
  time.matrix = work.matrix_flops * padding / (CoreFlops(op, rates) * cores * kAttentionShare);
  time.vector = work.vector_flops / rates.vector_flops;
  time.memory_bytes = work.stationary_bytes + work.moving_bytes;
  time.memory = time.memory_bytes / rates.read_bandwidth;
  SetTotal(rates, std::max(time.matrix, time.vector), rates.exposed_memory, time);
  return time;
}

KernelTime Pass(const Operator& op, const MimdRates& rates) {
  KernelTime time;
  const auto read = static_cast<double>(op.read.count());
  const auto written = static_cast<double>(op.written.count());
  time.memory_bytes = read + written;
  time.memory = read / rates.read_bandwidth + written / rates.write_bandwidth;
  time.vector = op.vector_flops.value() / rates.vector_flops;
  time.fixed = rates.memory_operation;
  time.total = time.fixed + std::max(time.memory, time.vector);
  return time;
}

class DataflowChip final : public KernelChip {
 public:
  explicit DataflowChip(const ChipSpec& spec) : KernelChip(spec), rates_(RatesOf(spec)) {}

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override {
    MimdRates rates = rates_;
    rates.columns = std::max(1.0, std::floor(rates.columns * use.cores()));
    rates.read_bandwidth *= use.chip_share;
    rates.write_bandwidth *= use.chip_share;
    switch (op.kind) {
      case OperatorKind::kGemm:
        return Product(op, rates);
      case OperatorKind::kAttention:
        return Attend(op, rates);
      case OperatorKind::kVector:
        break;
    }
    return Pass(op, rates);
  }

  MimdRates rates_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ChipModel>> MakeDataflowChip(const ChipSpec& spec) {
  TESSERA_RETURN_IF_ERROR(CheckCommonFigures(spec));
  return std::make_unique<DataflowChip>(spec);
}

absl::StatusOr<Bandwidth> ReadersBandwidth(const ChipSpec& spec, const DramReaders& readers) {
  constexpr double kBlock = 16 << 10;
  constexpr double kMemoryLatency = 335e-9;  // Request to first data, reader beside the channel.
  constexpr double kMeanHops = 14;           // Half of both extents of a one-way torus of 17 x 12.
  constexpr double kFarShare = 0.67;
  if (spec.matrix_ghz <= 0) return MissingFigure(spec, "no clock");
  if (!spec.noc || !spec.noc->bytes_per_cycle_per_link || !spec.noc->hop_latency_cycles) {
    return MissingFigure(spec, "no width or hop latency of its on-chip network");
  }
  const double clock = spec.matrix_ghz * 1e9;
  const double way = readers.adjacent ? 0 : 2 * kMeanHops * *spec.noc->hop_latency_cycles / clock;
  const double block_time =
      kMemoryLatency + way + kBlock / (*spec.noc->bytes_per_cycle_per_link * clock);
  const double peak = static_cast<double>(spec.memory[0].bandwidth.bytes_per_second());
  const double most = peak * (readers.adjacent ? spec.memory[0].achieved_fraction : kFarShare);
  const double rate = std::min(readers.readers * readers.buffers * kBlock / block_time, most);
  return Bandwidth::BytesPerSecond(static_cast<int64_t>(rate));
}

}  // namespace tessera
