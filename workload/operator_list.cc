#include "workload/operator_list.h"

namespace tessera {
namespace {

bool IsBlockFloat(Precision format) {
  return format == Precision::kBfp8 || format == Precision::kBfp8Bfp4;
}

Precision BesideGates(Precision format) {
  return format == Precision::kBfp8Bfp4 ? Precision::kBfp8 : format;
}

}  // namespace

// The matrix unit takes a format that the activations in memory do not have.
bool OperatorList::Narrow() const {
  return StorageBits(precision_.compute) < StorageBits(precision_.activations) &&
         !IsBlockFloat(precision_.compute);
}

OperatorList::Formats OperatorList::WeightFormats() const {
  const Formats formats = GateFormats();
  return {BesideGates(formats.compute), BesideGates(formats.weights), formats.input};
}

OperatorList::Formats OperatorList::GateFormats() const {
  if (!Narrow()) return {precision_.compute, precision_.weights, precision_.activations};
  const bool stored_wider = StorageBits(precision_.weights) > StorageBits(precision_.compute);
  return {precision_.compute, stored_wider ? precision_.compute : precision_.weights,
          precision_.compute};
}

OperatorList::Formats OperatorList::WideFormats() const {
  if (IsBlockFloat(precision_.compute)) {
    return {Precision::kBfp8, Precision::kBfp8, precision_.activations};
  }
  return {precision_.activations, precision_.activations, precision_.activations};
}

void OperatorList::Cast(OperatorTag tag, int64_t elements) {
  const double narrow = StorageBits(precision_.compute) / 8;
  BytePass({tag.category, "cast"}, elements, StorageBits(precision_.activations) / 8,
           training_ ? 2 * narrow : narrow);
}

void OperatorList::Gemm(OperatorTag tag, const GemmShape& shape, const Formats& formats) {
  Operator op;
  op.kind = OperatorKind::kGemm;
  op.category = tag.category;
  op.name = tag.name;
  op.m = shape.m;
  op.n = shape.n;
  op.k = shape.k;
  op.groups = shape.groups;
  op.total_rows = shape.total_rows;
  op.compute = formats.compute;
  op.weights = formats.weights;
  op.input = formats.input;
  op.output = precision_.activations;
  operators_.push_back(op);
}

// y = x w: dx [m,k] = dy [m,n] w^T, and dw [k,n] = x^T [k,m] dy [m,n] with both operands
// activations. Groups of unequal rows give a weight gradient of the mean depth.
void OperatorList::GemmBackward(OperatorTag tag, const GemmShape& shape, const Formats& formats) {
  Gemm(tag, {shape.m, shape.k, shape.n, shape.groups, shape.total_rows}, formats);
  const int64_t depth = shape.total_rows > 0 ? CeilDiv(shape.total_rows, shape.groups) : shape.m;
  Gemm(tag, {shape.k, shape.n, depth, shape.groups},
       {formats.compute, formats.input, formats.input});
  operators_.back().accumulate_fp32_output = true;
}

void OperatorList::ProductWithWeights(OperatorTag tag, const GemmShape& shape,
                                      const Formats& formats) {
  const int64_t rows = shape.total_rows > 0 ? shape.total_rows : shape.groups * shape.m;
  if (Narrow()) Cast(tag, rows * shape.k);
  Gemm(tag, shape, formats);
}

void OperatorList::WeightGemm(OperatorTag tag, const GemmShape& shape) {
  ProductWithWeights(tag, shape, WeightFormats());
}

void OperatorList::GateGemm(OperatorTag tag, const GemmShape& shape) {
  ProductWithWeights(tag, shape, GateFormats());
}

void OperatorList::WeightGemmBackward(OperatorTag tag, const GemmShape& shape) {
  const int64_t rows = shape.total_rows > 0 ? shape.total_rows : shape.groups * shape.m;
  if (Narrow()) Cast(tag, rows * shape.n);
  GemmBackward(tag, shape, WeightFormats());
}

void OperatorList::WideGemm(OperatorTag tag, const GemmShape& shape) {
  Gemm(tag, shape, WideFormats());
}

void OperatorList::WideGemmBackward(OperatorTag tag, const GemmShape& shape) {
  GemmBackward(tag, shape, WideFormats());
}

void OperatorList::Pass(OperatorTag tag, int64_t elements, double values_read,
                        double values_written) {
  const double value = StorageBits(precision_.activations) / 8;
  BytePass(tag, elements, values_read * value, values_written * value);
}

void OperatorList::BytePass(OperatorTag tag, int64_t elements, double bytes_read,
                            double bytes_written) {
  const auto n = static_cast<double>(elements);
  Operator op;
  op.kind = OperatorKind::kVector;
  op.category = tag.category;
  op.name = tag.name;
  op.read = Bytes(static_cast<int64_t>(n * bytes_read));
  op.written = Bytes(static_cast<int64_t>(n * bytes_written));
  // A few operations a value; memory binds these passes on every chip described.
  constexpr double kFlopsPerElement = 6;
  op.vector_flops = Flops(n * kFlopsPerElement);
  operators_.push_back(op);
}

}  // namespace tessera
