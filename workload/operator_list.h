// Builds lists of operators with one precision plan: weight products with the casts that narrow
// formats need, their two backward products, and passes over memory counted per element.
#pragma once

#include <utility>
#include <vector>

#include "configs/job_spec.h"
#include "core/integer.h"
#include "workload/operator.h"

namespace tessera {

// What a product belongs to.
struct OperatorTag {
  OperatorClass category = OperatorClass::kOther;
  const char* name = "";
};

struct GemmShape {
  int64_t m = 0, n = 0, k = 0;
  int64_t groups = 1;
  int64_t total_rows = 0;
};

class OperatorList {
 public:
  // Training keeps a transposed copy of every narrow operand for the backward products.
  OperatorList(const PrecisionPlan& precision, bool training)
      : precision_(precision), training_(training) {}

  // Product with weights at the plan's compute precision; a narrow compute format first casts the
  // activations, save block formats, which the unpackers of a Tenstorrent core make of wider ones.
  void WeightGemm(OperatorTag tag, const GemmShape& shape);
  // Gate and up projections, which bfp8_bfp4 stores and multiplies with 4 bits a value where
  // everything else has 8 (tt-metal models/tt_transformers/tt/model_config.py, `performance`).
  void GateGemm(OperatorTag tag, const GemmShape& shape);
  // Gradients of inputs and weights (the latter added to fp32 buffers) of such a product.
  void WeightGemmBackward(OperatorTag tag, const GemmShape& shape);
  // The same at the activations' precision: output layer, router, products of two activations (each
  // group has its own right operand). Block formats of Tenstorrent have no wider weights: bfp8.
  void WideGemm(OperatorTag tag, const GemmShape& shape);
  void WideGemmBackward(OperatorTag tag, const GemmShape& shape);
  // A pass over `elements`; counts are activation-sized values per element.
  void Pass(OperatorTag tag, int64_t elements, double values_read, double values_written);
  // A pass given in bytes per element.
  void BytePass(OperatorTag tag, int64_t elements, double bytes_read, double bytes_written);
  void Add(const Operator& op) { operators_.push_back(op); }

  const PrecisionPlan& precision() const { return precision_; }
  std::vector<Operator> Take() { return std::move(operators_); }

 private:
  struct Formats {
    Precision compute, weights, input;
  };
  bool Narrow() const;
  Formats WeightFormats() const;
  Formats GateFormats() const;
  void ProductWithWeights(OperatorTag tag, const GemmShape& shape, const Formats& formats);
  Formats WideFormats() const;
  void Cast(OperatorTag tag, int64_t elements);
  void Gemm(OperatorTag tag, const GemmShape& shape, const Formats& formats);
  void GemmBackward(OperatorTag tag, const GemmShape& shape, const Formats& formats);

  PrecisionPlan precision_;
  bool training_;
  std::vector<Operator> operators_;
};

}  // namespace tessera
