// `tessera chip` for people: tables of a chip's rates, memories, energy, money, and of one layer.
#pragma once

#include <optional>
#include <string>

#include "study/chip_breakdown.h"
#include "study/chip_economics.h"
#include "study/chip_view.h"

namespace tessera {

struct ChipPage {
  const ChipSpec& chip;
  const ChipView& view;
  const ChipEconomics& economics;
  std::string layer;  // What was broken down, in words.
  const std::optional<ChipBreakdown>& breakdown;
};

std::string ChipText(const ChipPage& page);

}  // namespace tessera
