#include "study/prediction.h"

#include "absl/strings/str_cat.h"
#include "core/check.h"

namespace tessera {

absl::StatusOr<Prediction> Predict(const MeasurementCase& c, const Catalog& catalog) {
  switch (c.task.kind()) {
    case TaskKind::kGemm:
    case TaskKind::kGroupedGemm:
    case TaskKind::kAttention:
    case TaskKind::kMemoryCopy:
      return PredictOperator(c, catalog);
    case TaskKind::kCollective:
      return PredictCollective(c, catalog);
    case TaskKind::kTrainingStep:
    case TaskKind::kInferenceBatch:
    case TaskKind::kDecodeStep:
    case TaskKind::kPrefillStep:
      return PredictModelRun(c, catalog);
    case TaskKind::kMoeExchange:
      return PredictExchange(c, catalog);
    case TaskKind::kExpertLoad:
      return absl::UnimplementedError("the load that real routers produce is not modelled yet");
    case TaskKind::kInferenceServing:
      return absl::UnimplementedError("serving under load is not modelled yet");
    case TaskKind::kLinkLatency:
      return PredictLinkLatency(c, catalog);
    case TaskKind::kNoc:
      return PredictNoc(c, catalog);
  }
  TESSERA_CHECK(false);
}

absl::StatusOr<std::unique_ptr<ChipModel>> SupportedChip(const ChipSpec& spec) {
  absl::StatusOr<std::unique_ptr<ChipModel>> chip = MakeChipModel(spec);
  if (!chip.ok()) return absl::UnimplementedError(chip.status().message());
  return chip;
}

}  // namespace tessera
