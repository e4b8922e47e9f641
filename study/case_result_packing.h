// Case results between processes: an exact round trip.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "study/case_result.h"

namespace tessera {

std::string PackCaseResults(const std::vector<CaseResult>& results);
// `packed` was made by PackCaseResults.
std::vector<CaseResult> UnpackCaseResults(absl::string_view packed);

}  // namespace tessera
