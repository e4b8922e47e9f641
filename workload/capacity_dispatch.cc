#include "workload/capacity_dispatch.h"

#include "workload/expert_routing.h"
#include "workload/local_shape.h"

namespace tessera {
namespace {

constexpr OperatorClass kRouter = OperatorClass::kRouter;

struct Masked {
  GemmShape into_slots, from_slots;
};

Masked MaskedProducts(const ModelSpec& model, const ShardShape& shape, double capacity_factor) {
  const int64_t tokens = LocalShapeOf(model, shape).norm_rows / shape.batch;
  const int64_t slots = model.moe->experts * ExpertCapacity(*model.moe, capacity_factor, tokens);
  return {.into_slots = {.m = slots, .n = model.hidden, .k = tokens, .groups = shape.batch},
          .from_slots = {.m = tokens, .n = model.hidden, .k = slots, .groups = shape.batch}};
}

}  // namespace

std::vector<Operator> CapacityDispatchForward(const ModelSpec& model, const ShardShape& shape,
                                              double capacity_factor) {
  OperatorList list(shape.precision, shape.training);
  const Masked masked = MaskedProducts(model, shape, capacity_factor);
  list.WideGemm({kRouter, "dispatch_product"}, masked.into_slots);
  list.WideGemm({kRouter, "combine_product"}, masked.from_slots);
  return list.Take();
}

std::vector<Operator> CapacityDispatchBackward(const ModelSpec& model, const ShardShape& shape,
                                               double capacity_factor) {
  OperatorList list(shape.precision, shape.training);
  const Masked masked = MaskedProducts(model, shape, capacity_factor);
  GemmShape weights = masked.from_slots;  // [tokens, hidden] x [hidden, slots].
  std::swap(weights.n, weights.k);
  list.WideGemm({kRouter, "combine_product"}, masked.into_slots);
  list.WideGemm({kRouter, "combine_weights"}, weights);
  list.WideGemm({kRouter, "dispatch_product"}, masked.from_slots);
  return list.Take();
}

}  // namespace tessera
