// Aligned columns for terminals, and the same table in Markdown. Text is UTF-8; each character
// counts as one column.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace tessera {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  struct Column {
    std::string title{};
    Align align = Align::kLeft;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells are empty; there may not be more cells than columns.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Each line begins with `indent` blanks and ends without any. Without titles there is no head.
  std::string Text(int indent) const;
  std::string Markdown() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters of UTF-8 text.
size_t TextWidth(absl::string_view text);

}  // namespace tessera
