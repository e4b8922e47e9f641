#include "study/case_result.h"

#include "core/check.h"
#include "core/math.h"

namespace tessera {

absl::string_view CaseStatusName(CaseStatus status) {
  switch (status) {
    case CaseStatus::kOk:
      return "ok";
    case CaseStatus::kFailed:
      return "failed";
    case CaseStatus::kUnsupported:
      return "unsupported";
    case CaseStatus::kExcluded:
      return "excluded";
  }
  TESSERA_CHECK(false);
}

std::optional<double> LogError(const CaseResult& result) {
  if (!result.predicted || *result.predicted <= 0 || result.expected <= 0) return std::nullopt;
  return Log(*result.predicted / result.expected);
}

}  // namespace tessera
