// Costs of operators with distinct shapes on one chip of every execution style: what a search over
// plans asks of the chip models, without any cache between.
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/benchmarks.h"
#include "chips/chip_model.h"
#include "configs/catalog.h"
#include "core/check.h"
#include "core/random.h"

namespace tessera {
namespace {

constexpr int kShapes = 2'000'000;
constexpr std::array<const char*, 8> kChips = {
    "nvidia_h100_sxm_80gb", "google_tpu_v5p", "aws_trainium2", "tenstorrent_wormhole_n150",
    "groq_tsp_v1",          "cerebras_wse3",  "graphcore_bow", "sambanova_sn40l"};

std::vector<std::unique_ptr<ChipModel>> OneChipOfEveryStyle() {
  const absl::StatusOr<std::string> folder = FindConfigs();
  TESSERA_CHECK(folder.ok());
  const Catalog catalog(*folder);
  std::vector<std::unique_ptr<ChipModel>> chips;
  for (const char* name : kChips) {
    const absl::StatusOr<ChipSpec> spec = catalog.LoadChip(name);
    TESSERA_CHECK(spec.ok());
    absl::StatusOr<std::unique_ptr<ChipModel>> chip = MakeChipModel(*spec);
    TESSERA_CHECK(chip.ok());
    chips.push_back(*std::move(chip));
  }
  return chips;
}

int64_t Between(RandomStream& random, int64_t least, int64_t most) {
  return least + static_cast<int64_t>(random.Below(static_cast<uint64_t>(most - least + 1)));
}

// Six products in ten, two attentions, two passes over memory.
Operator RandomOperator(RandomStream& random) {
  Operator op;
  const uint64_t kind = random.Below(10);
  if (kind < 6) {
    op.kind = OperatorKind::kGemm;
    op.m = Between(random, 1, int64_t{1} << random.Below(15));
    op.n = Between(random, 64, 32768);
    op.k = Between(random, 64, 32768);
  } else if (kind < 8) {
    op.kind = OperatorKind::kAttention;
    op.phase = kind == 6 ? AttentionPhase::kPrefill : AttentionPhase::kDecode;
    op.batch = Between(random, 1, 256);
    op.kv_heads = Between(random, 1, 16);
    op.heads = op.kv_heads * Between(random, 1, 16);
    op.kv_len = Between(random, 1, 32768);
    op.q_len = kind == 6 ? op.kv_len : 1;
    op.head_dim_qk = op.head_dim_v = 128;
    op.causal = kind == 6;
  } else {
    op.read = Bytes(Between(random, 1, 1 << 30));
    op.written = Bytes(Between(random, 1, 1 << 30));
    op.vector_flops = Flops(static_cast<double>(op.read.count()));
  }
  return op;
}

int64_t CostDistinctOperators() {
  const std::vector<std::unique_ptr<ChipModel>> chips = OneChipOfEveryStyle();
  RandomStream random({.run_seed = 1});
  for (int i = 0; i < kShapes; ++i) {
    const ChipModel& chip = *chips[static_cast<size_t>(i) % chips.size()];
    const absl::StatusOr<OperatorCost> cost = chip.Cost(RandomOperator(random), {});
    TESSERA_CHECK(cost.ok() && cost->time > Duration::zero());
  }
  return kShapes;
}

}  // namespace

std::vector<Benchmark> ChipBenchmarks() {
  return {{.name = "chip_ops", .item = "operator", .run = CostDistinctOperators}};
}

}  // namespace tessera
