// Words of a plain text with the places where they stand, for readers of formats without a grammar.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tessera {

struct PlacedWord {
  absl::string_view text;
  int column = 1;  // From 1.
};
struct PlacedLine {
  int number = 1;  // From 1.
  std::vector<PlacedWord> words;
};
// Lines that have words, divided at blanks; terminal escapes ("\x1b[4m") count as blanks. Words
// point into `text`.
std::vector<PlacedLine> PlacedLines(absl::string_view text);

// InvalidArgument "file:line:column: message" at a word of a line, or behind its last one.
absl::Status ErrorAtWord(const std::string& file, const PlacedLine& line, size_t word,
                         absl::string_view message);

}  // namespace tessera
