// Aligned columns of text for terminals.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace tessera {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  explicit TextTable(std::vector<Align> columns) : columns_(std::move(columns)) {}

  // As many cells as columns.
  void AddRow(std::vector<std::string> cells);
  // Every line indented by two spaces and ended; no trailing blanks.
  std::string Render() const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters of UTF-8 text.
size_t TextWidth(absl::string_view text);

// A bar of `fraction` of `width` characters, to an eighth of one.
std::string Bar(double fraction, int width);

// `text` in lines of at most `width` characters, broken at blanks, each line behind `indent`.
std::string Wrap(absl::string_view text, size_t width, absl::string_view indent);

}  // namespace tessera
