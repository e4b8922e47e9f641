#include "chips/chip_model.h"

#include <array>

#include "chips/bulk_synchronous.h"
#include "chips/dataflow_mimd.h"
#include "chips/multi_engine.h"
#include "chips/reconfigurable.h"
#include "chips/simt.h"
#include "chips/static_schedule.h"
#include "chips/systolic.h"
#include "chips/wafer_scale.h"
#include "core/check.h"

namespace tessera {
namespace {

constexpr std::array<const char*, 6> kLimiterNames = {"matrix", "vector",  "memory",
                                                      "sram",   "latency", "launch"};

}  // namespace

const char* LimiterName(Limiter limiter) { return kLimiterNames[static_cast<size_t>(limiter)]; }

absl::StatusOr<std::unique_ptr<ChipModel>> MakeChipModel(const ChipSpec& spec) {
  switch (spec.style) {
    case ExecutionStyle::kSimt:
      return MakeSimtChip(spec);
    case ExecutionStyle::kSystolic:
      return MakeSystolicChip(spec);
    case ExecutionStyle::kMultiEngine:
      return MakeMultiEngineChip(spec);
    case ExecutionStyle::kDataflowMimd:
      return MakeDataflowChip(spec);
    case ExecutionStyle::kStaticSchedule:
      return MakeStaticScheduleChip(spec);
    case ExecutionStyle::kWaferScale:
      return MakeWaferScaleChip(spec);
    case ExecutionStyle::kBulkSynchronous:
      return MakeBulkSynchronousChip(spec);
    case ExecutionStyle::kReconfigurable:
      return MakeReconfigurableChip(spec);
  }
  TESSERA_CHECK(false);
}

}  // namespace tessera
