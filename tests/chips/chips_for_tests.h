// Chips and operators that the tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "chips/chip_model.h"
#include "configs/catalog.h"

namespace tessera {

inline ChipSpec ChipNamed(const std::string& name) {
  absl::StatusOr<ChipSpec> spec = Catalog("configs").LoadChip(name);
  EXPECT_TRUE(spec.ok()) << spec.status();
  return *std::move(spec);
}

inline std::unique_ptr<ChipModel> ModelOf(const ChipSpec& spec) {
  absl::StatusOr<std::unique_ptr<ChipModel>> model = MakeChipModel(spec);
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

inline std::unique_ptr<ChipModel> ModelOf(const std::string& name) {
  return ModelOf(ChipNamed(name));
}

inline OperatorCost CostOf(const ChipModel& chip, const Operator& op, const ChipUse& use = {}) {
  absl::StatusOr<OperatorCost> cost = chip.Cost(op, use);
  EXPECT_TRUE(cost.ok()) << cost.status();
  return *cost;
}

inline Operator Product(int64_t m, int64_t n, int64_t k, Precision precision = Precision::kBf16) {
  Operator op;
  op.kind = OperatorKind::kGemm;
  op.m = m;
  op.n = n;
  op.k = k;
  op.compute = op.weights = op.input = precision;
  return op;
}

inline Operator Pass(Bytes read, Bytes written) {
  Operator op;
  op.read = read;
  op.written = written;
  return op;
}

inline Operator Attention(AttentionPhase phase, int64_t batch, int64_t q_len, int64_t kv_len) {
  Operator op;
  op.kind = OperatorKind::kAttention;
  op.phase = phase;
  op.batch = batch;
  op.heads = 64;
  op.kv_heads = 8;
  op.q_len = q_len;
  op.kv_len = kv_len;
  op.head_dim_qk = op.head_dim_v = 128;
  op.causal = q_len > 1;
  return op;
}

// FLOP/s that the operator reaches.
inline double Rate(const ChipModel& chip, const Operator& op) {
  return MatrixFlops(op).value() / ToSeconds(CostOf(chip, op).time);
}

}  // namespace tessera
