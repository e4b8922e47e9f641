// Aligned columns for terminals, and the same table in Markdown.
#pragma once

#include <string>
#include <vector>

namespace tessera {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells are empty; there may not be more cells than columns.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Each line begins with `indent` blanks and ends without any.
  std::string Text(int indent) const;
  std::string Markdown() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tessera
