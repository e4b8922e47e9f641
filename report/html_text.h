// Pieces of HTML text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace tessera {

// `text` with the characters that HTML gives a meaning replaced; good for attributes too.
std::string EscapeHtml(absl::string_view text);

class HtmlTable {
 public:
  struct Column {
    const char* name = "";
    bool number = false;  // Aligned right.
  };
  explicit HtmlTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Cells are HTML, as many as columns.
  void AddRow(const std::vector<std::string>& cells);
  std::string Render() const;

 private:
  std::vector<Column> columns_;
  std::string rows_;
};

// A card of the page. `note` and `body` are HTML; `note` may be empty. Without a body there is no
// card.
struct HtmlSection {
  const char* id = "";
  const char* short_name = "";  // In the list of sections.
  const char* heading = "";
  std::string note{};
  std::string body{};
};
std::string Render(const HtmlSection& section);

// A self-contained page in the style of all of them. `main` and what follows it, `tail`, are HTML.
std::string HtmlPage(const std::string& title, const std::string& main,
                     const std::string& tail = "");

}  // namespace tessera
