#include "report/text_table.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/check.h"

namespace tessera {

void TextTable::AddRow(std::vector<std::string> cells) {
  TESSERA_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::Render() const {
  std::vector<size_t> widths(columns_.size());
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], TextWidth(row[c]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string blanks(widths[c] - TextWidth(row[c]), ' ');
      absl::StrAppend(&line, "  ", columns_[c] == Align::kRight ? blanks : "", row[c],
                      columns_[c] == Align::kLeft ? blanks : "");
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&out, line, "\n");
  }
  return out;
}

size_t TextWidth(absl::string_view text) {
  // Bytes that do not continue a character.
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

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
