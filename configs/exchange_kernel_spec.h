// Kernels that exchange the tokens of experts: which copies they send and what a copy costs.
// configs/exchange_kernel.proto says what the fields mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "configs/provenance.h"
#include "core/units.h"

namespace tessera {

enum class ExchangeMode : uint8_t { kLowLatency, kHighThroughput };

// What one copy of a token is sent for: each chosen expert, each distinct rank, or each distinct
// remote node, from where it is forwarded to each distinct rank.
enum class CopyRule : uint8_t { kExpert, kRank, kNode };

struct ExchangeLeg {
  Duration dispatch_start{};
  Duration combine_start{};
  double efficiency = 1;              // Of the payload rate of ports or NICs.
  Duration copy{};                    // Beyond the bytes of one, issued by the device ...
  std::optional<Duration> host_copy;  // ... or by a thread of the host; absent: as by the device.
};

struct ExchangeFamily {
  ExchangeMode mode = ExchangeMode::kLowLatency;
  CopyRule copies = CopyRule::kExpert;
  int cores = 0;                       // That move bytes inside a node; 0: not known.
  std::optional<Bandwidth> core_rate;  // Of one of them; absent: no limit.
  ExchangeLeg scale_up;
  std::optional<ExchangeLeg> scale_out;  // Absent: the kernels stay inside a node.
  bool narrow_dispatch = false;          // In one byte a value, if experts compute so.
};

struct ExchangeKernelSpec {
  std::string name;
  std::vector<ExchangeFamily> families;
  std::vector<std::string> frameworks;  // Whose software uses them by default ...
  std::vector<std::string> vendors;     // ... on whose chips; empty: on any.
  Provenance provenance;

  const ExchangeFamily* Find(ExchangeMode mode) const {  // Null: there is none.
    for (const ExchangeFamily& family : families) {
      if (family.mode == mode) return &family;
    }
    return nullptr;
  }
  // Those of `mode`, or the only ones there are; null: there are none.
  const ExchangeFamily* For(ExchangeMode mode) const {
    const ExchangeFamily* family = Find(mode);
    return family != nullptr || families.empty() ? family : &families.front();
  }
};

}  // namespace tessera
