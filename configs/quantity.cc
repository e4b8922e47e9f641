#include "configs/quantity.h"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "configs/closest_name.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// A unit is numerator * 10^exponent / denominator of the stored unit.
struct UnitName {
  absl::string_view name;
  int64_t numerator;
  int exponent;
  int64_t denominator = 1;
};

constexpr UnitName kByteUnits[] = {{"B", 1, 0},          {"KB", 1, 3},        {"MB", 1, 6},
                                   {"GB", 1, 9},         {"TB", 1, 12},       {"PB", 1, 15},
                                   {"KiB", 1 << 10, 0},  {"MiB", 1 << 20, 0}, {"GiB", 1 << 30, 0},
                                   {"TiB", 1LL << 40, 0}};
constexpr UnitName kBandwidthUnits[] = {
    {"B/s", 1, 0},     {"KB/s", 1, 3},    {"MB/s", 1, 6},        {"GB/s", 1, 9},
    {"TB/s", 1, 12},   {"PB/s", 1, 15},   {"MiB/s", 1 << 20, 0}, {"GiB/s", 1 << 30, 0},
    {"Mb/s", 1, 6, 8}, {"Gb/s", 1, 9, 8}, {"Tb/s", 1, 12, 8}};
constexpr UnitName kDurationUnits[] = {
    {"ps", 1, 0}, {"ns", 1, 3}, {"us", 1, 6}, {"ms", 1, 9}, {"s", 1, 12}};
constexpr UnitName kFlopRateUnits[] = {{"GFLOP/s", 1, 9}, {"TFLOP/s", 1, 12}, {"PFLOP/s", 1, 15},
                                       {"GOP/s", 1, 9},   {"TOP/s", 1, 12},   {"POP/s", 1, 15}};
constexpr UnitName kOperationRateUnits[] = {{"Mop/s", 1, 6}, {"Gop/s", 1, 9}, {"Top/s", 1, 12}};
constexpr UnitName kFrequencyUnits[] = {{"Hz", 1, 0}, {"kHz", 1, 3}, {"MHz", 1, 6}, {"GHz", 1, 9}};
constexpr UnitName kPowerUnits[] = {{"mW", 1, -3}, {"W", 1, 0}, {"kW", 1, 3}, {"MW", 1, 6}};
constexpr UnitName kMoneyUnits[] = {{"USD", 1, 0}};
constexpr UnitName kMoneyPerHourUnits[] = {{"USD/h", 1, 0}};
constexpr UnitName kAreaUnits[] = {{"mm2", 1, 0}};
constexpr UnitName kEnergyPerBitUnits[] = {
    {"fJ/bit", 1, -15}, {"pJ/bit", 1, -12}, {"nJ/bit", 1, -9}};

struct KindInfo {
  absl::string_view example;
  absl::Span<const UnitName> units;
};

// In the order of the enum.
const KindInfo& InfoOf(QuantityKind kind) {
  static const std::array<KindInfo, 11> infos = {{
      {"80 GiB", kByteUnits},
      {"450 GB/s", kBandwidthUnits},
      {"2 us", kDurationUnits},
      {"989 TFLOP/s", kFlopRateUnits},
      {"3865 Gop/s", kOperationRateUnits},
      {"1.83 GHz", kFrequencyUnits},
      {"700 W", kPowerUnits},
      {"27500 USD", kMoneyUnits},
      {"1.99 USD/h", kMoneyPerHourUnits},
      {"814 mm2", kAreaUnits},
      {"3.9 pJ/bit", kEnergyPerBitUnits},
  }};
  return infos[static_cast<size_t>(kind)];
}

// digits * 10^exponent.
struct Decimal {
  uint64_t digits = 0;
  int exponent = 0;
};

__extension__ using Wide = unsigned __int128;

// The longest prefix of `text` that is a number, moved off it. Digits past the 19th are dropped.
bool TakeDecimal(absl::string_view& text, Decimal& value) {
  size_t i = 0;
  bool any = false;
  bool fraction = false;
  int kept = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) break;
    any = true;
    const bool keep = kept < 19;
    if (keep) value.digits = value.digits * 10 + static_cast<uint64_t>(c - '0');
    if (value.digits != 0) ++kept;
    if (keep && fraction) --value.exponent;
    if (!keep && !fraction) ++value.exponent;
  }
  if (!any) return false;
  text.remove_prefix(i);
  return true;
}

// An exponent "e-3" at the front of `text`, moved off it. "eV" is no exponent.
bool TakeExponent(absl::string_view& text, Decimal& value) {
  if (text.empty() || (text[0] != 'e' && text[0] != 'E')) return true;
  size_t end = 1;
  if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
  const size_t first_digit = end;
  while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
  if (end == first_digit) return true;
  int exponent = 0;
  constexpr int kLargest = 400;
  if (!absl::SimpleAtoi(text.substr(1, end - 1), &exponent) || exponent > kLargest ||
      exponent < -kLargest) {
    return false;
  }
  value.exponent += exponent;
  text.remove_prefix(end);
  return true;
}

// digits * numerator * 10^exponent / denominator, rounded to the nearest whole number.
bool ToWhole(const Decimal& decimal, const UnitName& unit, int64_t& whole) {
  constexpr Wide kLimit = static_cast<Wide>(std::numeric_limits<int64_t>::max());
  Wide value = static_cast<Wide>(decimal.digits) * static_cast<Wide>(unit.numerator);
  Wide divisor = static_cast<Wide>(unit.denominator);
  int exponent = decimal.exponent + unit.exponent;
  for (; exponent > 0 && value != 0; --exponent) {
    value *= 10;
    if (value / divisor > kLimit) return false;
  }
  for (; exponent < 0 && divisor <= (Wide{1} << 122); ++exponent) divisor *= 10;
  if (exponent < 0) value = 0;  // Far below one half.
  const Wide rounded = value / divisor + (value % divisor >= divisor - divisor / 2 ? 1 : 0);
  if (rounded > kLimit) return false;
  whole = static_cast<int64_t>(rounded);
  return true;
}

// Nearest double. Units of fractional kinds are powers of ten, so the decimal is written out again
// and read by a correctly rounding reader.
double ToDouble(const Decimal& decimal, const UnitName& unit) {
  double value = 0;
  const std::string text = absl::StrCat(decimal.digits, "e", decimal.exponent + unit.exponent);
  return absl::SimpleAtod(text, &value) ? value : std::numeric_limits<double>::infinity();
}

struct Split {
  Decimal number;
  const UnitName* unit = nullptr;
};

absl::Status UnitError(absl::string_view found, QuantityKind kind) {
  const std::string accepted = AcceptedNames(found, QuantityUnits(kind));
  if (found.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no unit; ", accepted, "; such as \"", InfoOf(kind).example, "\""));
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown unit \"", found, "\"; ", accepted));
}

absl::StatusOr<Split> SplitQuantity(absl::string_view text, QuantityKind kind) {
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  const bool negative = !rest.empty() && rest[0] == '-';
  if (negative || (!rest.empty() && rest[0] == '+')) rest.remove_prefix(1);
  Split split;
  if (!TakeDecimal(rest, split.number)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no number; accepted: a number and its unit, such as \"", InfoOf(kind).example, "\""));
  }
  if (!TakeExponent(rest, split.number)) {
    return absl::InvalidArgumentError("exponent out of range; accepted: -400 to 400");
  }
  if (negative && split.number.digits != 0) {
    return absl::InvalidArgumentError("negative; accepted: zero or more");
  }
  rest = absl::StripLeadingAsciiWhitespace(rest);
  for (const UnitName& unit : InfoOf(kind).units) {
    if (unit.name == rest) split.unit = &unit;
  }
  if (split.unit == nullptr) return UnitError(rest, kind);
  return split;
}

}  // namespace

bool IsWholeQuantity(QuantityKind kind) {
  return kind == QuantityKind::kBytes || kind == QuantityKind::kBandwidth ||
         kind == QuantityKind::kDuration;
}

absl::string_view QuantityExample(QuantityKind kind) { return InfoOf(kind).example; }

std::vector<std::string> QuantityUnits(QuantityKind kind) {
  std::vector<std::string> names;
  for (const UnitName& unit : InfoOf(kind).units) names.emplace_back(unit.name);
  return names;
}

absl::StatusOr<double> ParseQuantity(absl::string_view text, QuantityKind kind) {
  TESSERA_ASSIGN_OR_RETURN(const Split split, SplitQuantity(text, kind));
  const double value = ToDouble(split.number, *split.unit);
  if (!std::isfinite(value)) {
    return absl::InvalidArgumentError("too large; accepted: below 1.8e308");
  }
  return value;
}

absl::StatusOr<int64_t> ParseWholeQuantity(absl::string_view text, QuantityKind kind) {
  TESSERA_CHECK(IsWholeQuantity(kind));
  TESSERA_ASSIGN_OR_RETURN(const Split split, SplitQuantity(text, kind));
  int64_t whole = 0;
  if (!ToWhole(split.number, *split.unit, whole)) {
    return absl::InvalidArgumentError(
        absl::StrCat("too large; accepted: below 2^63 ", InfoOf(kind).units[0].name));
  }
  return whole;
}

absl::StatusOr<Bytes> ParseBytes(absl::string_view text) {
  TESSERA_ASSIGN_OR_RETURN(const int64_t count, ParseWholeQuantity(text, QuantityKind::kBytes));
  return Bytes(count);
}

absl::StatusOr<Bandwidth> ParseBandwidth(absl::string_view text) {
  TESSERA_ASSIGN_OR_RETURN(const int64_t rate, ParseWholeQuantity(text, QuantityKind::kBandwidth));
  return Bandwidth::BytesPerSecond(rate);
}

absl::StatusOr<Duration> ParseDuration(absl::string_view text) {
  TESSERA_ASSIGN_OR_RETURN(const int64_t time, ParseWholeQuantity(text, QuantityKind::kDuration));
  return Duration(time);
}

}  // namespace tessera
