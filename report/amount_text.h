// Quantities as people read them: four significant digits and a fitting unit.
#pragma once

#include <cstdint>
#include <string>

#include "core/units.h"

namespace tessera {

std::string DurationText(Duration duration);    // "412.3 ms", "1.25 us", "0 s".
std::string MemoryText(Bytes bytes);            // Powers of 1024: "38.2 GiB".
std::string TrafficText(Bytes bytes);           // Powers of 1000: "1.25 GB".
std::string RateText(double bytes_per_second);  // "450 GB/s".
std::string CountText(int64_t count);           // "1,234,567".
std::string AmountText(double number);          // "1,234", "12.34".
std::string PercentText(double fraction);       // "54.3 %".

}  // namespace tessera
