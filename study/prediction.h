// What a run says about the quantity of one measurement case. One file a family of task kinds.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/catalog.h"
#include "configs/formats/measurements.h"

namespace tessera {

struct Prediction {
  double value = 0;  // In the unit of the measured quantity.
  std::string note;  // Choices where the case leaves something open.
};

// The prediction for a usable case of any kind. Errors: Unimplemented, with the reason, for what no
// room can express yet; everything else is a run that broke.
absl::StatusOr<Prediction> Predict(const MeasurementCase& c, const Catalog& catalog);

// The model of a chip. Its errors are Unimplemented here: a style without a model, or a description
// that lacks a figure, means that the case cannot be expressed yet.
absl::StatusOr<std::unique_ptr<ChipModel>> SupportedChip(const ChipSpec& spec);

// gemm, grouped_gemm, attention, memory_copy: one operator on one chip.
absl::StatusOr<Prediction> PredictOperator(const MeasurementCase& c, const Catalog& catalog);
// collective: the library's plan, alone on the idle machine.
absl::StatusOr<Prediction> PredictCollective(const MeasurementCase& c, const Catalog& catalog);
// moe_exchange: the transfers of the kernels for a drawn routing, alone on the idle machine.
absl::StatusOr<Prediction> PredictExchange(const MeasurementCase& c, const Catalog& catalog);
// link_latency: one more chip on a path.
absl::StatusOr<Prediction> PredictLinkLatency(const MeasurementCase& c, const Catalog& catalog);
// noc: a step of a chip's network, or cores that all read or write memory across it (fluid sharing
// of its links: packets that block one another inside a router are left out).
absl::StatusOr<Prediction> PredictNoc(const MeasurementCase& c, const Catalog& catalog);
// training_step, prefill_step, decode_step, inference_batch: the whole simulation.
absl::StatusOr<Prediction> PredictModelRun(const MeasurementCase& c, const Catalog& catalog);

}  // namespace tessera
