#include "report/html_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/check.h"
#include "report/page_assets.h"

namespace tessera {

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

void HtmlTable::AddRow(const std::vector<std::string>& cells) {
  TESSERA_CHECK(cells.size() == columns_.size());
  rows_ += "<tr>";
  for (size_t c = 0; c < cells.size(); ++c) {
    absl::StrAppend(&rows_, columns_[c].number ? "<td class=number>" : "<td>", cells[c], "</td>");
  }
  rows_ += "</tr>\n";
}

std::string HtmlTable::Render() const {
  std::string head;
  for (const Column& column : columns_) {
    absl::StrAppend(&head, column.number ? "<th scope=col class=number>" : "<th scope=col>",
                    column.name, "</th>");
  }
  return absl::StrCat("<div class=scroll tabindex=0><table>\n<thead><tr>", head,
                      "</tr></thead>\n<tbody>\n", rows_, "</tbody></table></div>\n");
}

std::string Render(const HtmlSection& section) {
  if (section.body.empty()) return "";
  return absl::StrCat(
      "<section id=", section.id, " aria-labelledby=", section.id, "-h>\n<h2 id=", section.id,
      "-h>", section.heading, "</h2>\n",
      section.note.empty() ? "" : absl::StrCat("<p class=note>", section.note, "</p>\n"),
      section.body, "</section>\n");
}

std::string HtmlPage(const std::string& title, const std::string& main, const std::string& tail) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<title>",
      EscapeHtml(title), "</title>\n<style>\n", kPageStyle, "</style>\n</head>\n<body>\n<main>\n",
      main, "</main>\n", tail, "</body>\n</html>\n");
}

}  // namespace tessera
