// Where the constants of a run come from and how far they can be trusted.
#pragma once

#include <string>
#include <vector>

#include "configs/chip_spec.h"
#include "configs/job_spec.h"

namespace tessera {

const char* ConfidenceName(Confidence confidence);  // "vendor", "estimate", ...

struct SourceNote {
  std::string block;  // "chip h100_sxm: memory hbm3"
  Provenance provenance;
};

// Of every block of figures of the scenario's chip, links, system and model that names a source.
std::vector<SourceNote> SourcesOf(const ScenarioSpec& scenario);

}  // namespace tessera
