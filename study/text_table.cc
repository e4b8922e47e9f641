#include "study/text_table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/check.h"

namespace tessera {

void TextTable::AddRow(std::vector<std::string> cells) {
  TESSERA_CHECK(cells.size() <= columns_.size());
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::Text(int indent) const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns_.size(); ++c) {
    size_t width = TextWidth(columns_[c].title);
    for (const auto& row : rows_) width = std::max(width, TextWidth(row[c]));
    widths.push_back(width);
  }
  std::string text;
  const auto add_cell = [&](std::string& line, size_t c, const std::string& cell) {
    const std::string blanks(widths[c] - TextWidth(cell), ' ');
    const bool left = columns_[c].align == Align::kLeft;
    absl::StrAppend(&line, c == 0 ? "" : "  ", left ? cell : blanks, left ? blanks : cell);
  };
  const auto add_line = [&](auto cell_of) {
    std::string line(static_cast<size_t>(indent), ' ');
    for (size_t c = 0; c < columns_.size(); ++c) add_cell(line, c, cell_of(c));
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  };
  const bool has_head = std::any_of(columns_.begin(), columns_.end(),
                                    [](const Column& column) { return !column.title.empty(); });
  if (has_head) add_line([&](size_t c) { return columns_[c].title; });
  for (const auto& row : rows_) add_line([&](size_t c) { return row[c]; });
  return text;
}

size_t TextWidth(absl::string_view text) {
  // Bytes that do not continue a character.
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

namespace {

// A bar inside a cell would end it.
std::string Escaped(const std::string& cell) { return absl::StrReplaceAll(cell, {{"|", "\\|"}}); }

}  // namespace

std::string TextTable::Markdown() const {
  std::string text = "|";
  for (const Column& column : columns_) absl::StrAppend(&text, " ", Escaped(column.title), " |");
  absl::StrAppend(&text, "\n|");
  for (const Column& column : columns_) {
    absl::StrAppend(&text, column.align == Align::kLeft ? "---|" : "--:|");
  }
  absl::StrAppend(&text, "\n");
  for (const auto& row : rows_) {
    absl::StrAppend(&text, "|");
    for (const std::string& cell : row) absl::StrAppend(&text, " ", Escaped(cell), " |");
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace tessera
