#include "report/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/check.h"

namespace tessera {
namespace {

constexpr int64_t kExactIntegers = int64_t{1} << 53;

void AppendCharacter(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte != 0x7f) {
    out += c;
  } else {
    absl::StrAppend(&out, "\\u", absl::Hex(byte, absl::kZeroPad4));
  }
}

}  // namespace

std::string JsonString(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) AppendCharacter(c, out);
  out += '"';
  return out;
}

std::string JsonInteger(int64_t value) {
  if (value > -kExactIntegers && value < kExactIntegers) return absl::StrCat(value);
  return absl::StrCat("\"", value, "\"");
}

std::string JsonInteger(uint64_t value) {
  if (value < static_cast<uint64_t>(kExactIntegers)) return absl::StrCat(value);
  return absl::StrCat("\"", value, "\"");
}

std::string JsonDouble(double value) {
  TESSERA_CHECK(std::isfinite(value));
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return std::string(digits.data(), end);
}

}  // namespace tessera
