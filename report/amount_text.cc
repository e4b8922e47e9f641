#include "report/amount_text.h"

#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"

namespace tessera {
namespace {

// Four significant digits at most, none behind the point that say nothing.
std::string Digits(double value) {
  const double magnitude = std::abs(value);
  const int decimals = magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3;
  std::string text = absl::StrFormat("%.*f", decimals, value);
  if (decimals > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

// The largest unit in which `value` is at least 1; the first one for less.
std::string Scaled(double value, double step, absl::Span<const char* const> units) {
  size_t unit = 0;
  // What would round to 1000 of a unit is 1 of the next.
  while (unit + 1 < units.size() && std::abs(value) >= step * 0.99995) {
    value /= step;
    ++unit;
  }
  return absl::StrCat(Digits(value), " ", units[unit]);
}

}  // namespace

std::string DurationText(Duration duration) {
  if (duration == Duration::zero()) return "0 s";
  static constexpr std::array<const char*, 5> kUnits = {"ps", "ns", "us", "ms", "s"};
  return Scaled(static_cast<double>(duration.count()), 1000, kUnits);
}

std::string MemoryText(Bytes bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  return Scaled(static_cast<double>(bytes.count()), 1024, kUnits);
}

std::string TrafficText(Bytes bytes) {
  static constexpr std::array<const char*, 6> kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  return Scaled(static_cast<double>(bytes.count()), 1000, kUnits);
}

std::string RateText(double bytes_per_second) {
  static constexpr std::array<const char*, 5> kUnits = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
  return Scaled(bytes_per_second, 1000, kUnits);
}

std::string CountText(int64_t count) {
  const std::string digits = absl::StrCat(count);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t left = digits.size() - i;
    if (i > 0 && digits[i - 1] != '-' && left % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string AmountText(double number) {
  return std::abs(number) >= 1000 ? CountText(std::llround(number)) : Digits(number);
}

std::string PercentText(double fraction) { return absl::StrFormat("%.1f %%", 100 * fraction); }

}  // namespace tessera
