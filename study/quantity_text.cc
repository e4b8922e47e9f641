#include "study/quantity_text.h"

#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/math.h"

namespace tessera {
namespace {

std::string WithPrefix(double value, absl::string_view unit) {
  static constexpr std::array<std::pair<double, const char*>, 8> kPrefixes = {{{1e15, "P"},
                                                                               {1e12, "T"},
                                                                               {1e9, "G"},
                                                                               {1e6, "M"},
                                                                               {1e3, "k"},
                                                                               {1, ""},
                                                                               {1e-3, "m"},
                                                                               {1e-6, "u"}}};
  for (const auto& [scale, prefix] : kPrefixes) {
    if (std::fabs(value) >= scale) return absl::StrFormat("%.4g %s%s", value / scale, prefix, unit);
  }
  return absl::StrFormat("%.4g n%s", value * 1e9, unit);
}

}  // namespace

std::string NumberText(double value) {
  const double size = std::fabs(value);
  if (size >= 1e4 && size < 1e7) return absl::StrFormat("%.0f", value);
  return absl::StrFormat("%.4g", value);
}

std::string QuantityText(double value, absl::string_view unit) {
  if (unit == "s")
    return value >= 1 ? absl::StrCat(NumberText(value), " s") : WithPrefix(value, "s");
  if (unit == "bytes/s") return WithPrefix(value, "B/s");
  if (unit == "flop/s") return WithPrefix(value, "FLOP/s");
  return absl::StrCat(NumberText(value), unit == "ratio" ? "" : absl::StrCat(" ", unit));
}

std::string LogErrorText(double log_error) {
  const double ratio = Exp(log_error);
  if (ratio > 10 || ratio < 0.1) return absl::StrFormat("x%.3g", ratio);
  return absl::StrFormat("%+.1f %%", (ratio - 1) * 100);
}

}  // namespace tessera
