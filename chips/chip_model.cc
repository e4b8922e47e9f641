#include "chips/chip_model.h"

#include "absl/strings/str_cat.h"
#include "chips/simt.h"

namespace tessera {
namespace {

constexpr std::array<const char*, 6> kLimiterNames = {"matrix", "vector",  "memory",
                                                      "sram",   "latency", "launch"};

constexpr std::array<const char*, 8> kStyleNames = {
    "simt",        "systolic",         "multi_engine",  "dataflow_mimd", "static_schedule",
    "wafer_scale", "bulk_synchronous", "reconfigurable"};

}  // namespace

const char* LimiterName(Limiter limiter) { return kLimiterNames[static_cast<size_t>(limiter)]; }

absl::StatusOr<std::unique_ptr<ChipModel>> MakeChipModel(const ChipSpec& spec) {
  switch (spec.style) {
    case ExecutionStyle::kSimt:
      return MakeSimtChip(spec);
    default:
      return absl::UnimplementedError(absl::StrCat("chip \"", spec.name, "\": execution style ",
                                                   kStyleNames[static_cast<size_t>(spec.style)],
                                                   " has no model; chips of style simt have one"));
  }
}

}  // namespace tessera
