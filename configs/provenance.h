// Where a figure comes from and how far to trust it.
#pragma once

#include <string>

namespace tessera {

enum class Confidence { kVendor, kPaper, kRepoMeasured, kThirdParty, kDerived, kEstimate, kNone };

struct Provenance {
  std::string source;
  Confidence confidence = Confidence::kNone;
};

}  // namespace tessera
