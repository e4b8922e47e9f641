#include "report/text_lines.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "study/text_table.h"

namespace tessera {

std::string Bar(double fraction, int width) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double clamped = std::clamp(fraction, 0.0, 1.0);
  const auto eighths = static_cast<int>(std::lround(clamped * width * 8));
  std::string bar;
  for (int i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kEighths[eighths % 8];
}

std::string Wrap(absl::string_view text, size_t width, absl::string_view indent) {
  std::string out;
  size_t used = 0;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const size_t length = TextWidth(word);
    if (used > 0 && used + 1 + length <= width) {
      absl::StrAppend(&out, " ", word);
      used += 1 + length;
      continue;
    }
    absl::StrAppend(&out, used > 0 ? "\n" : "", indent, word);
    used = length;
  }
  return out + "\n";
}

}  // namespace tessera
