#include "configs/formats/placed_words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "configs/positions.h"

namespace tessera {
namespace {

// The end of the terminal escape at `at`, or `at` if there is none.
size_t EndOfEscape(absl::string_view line, size_t at) {
  if (at + 1 >= line.size() || line[at] != '\x1b' || line[at + 1] != '[') return at;
  size_t end = at + 2;
  while (end < line.size() && !absl::ascii_isalpha(line[end])) ++end;
  return end < line.size() ? end + 1 : end;
}

std::vector<PlacedWord> WordsOf(absl::string_view line) {
  std::vector<PlacedWord> words;
  bool in_word = false;
  for (size_t i = 0; i < line.size();) {
    const size_t end = EndOfEscape(line, i);
    if (end > i || absl::ascii_isspace(line[i])) {
      in_word = false;
      i = end > i ? end : i + 1;
      continue;
    }
    if (!in_word) words.push_back({.text = line.substr(i, 0), .column = static_cast<int>(i) + 1});
    in_word = true;
    words.back().text = line.substr(static_cast<size_t>(words.back().column) - 1,
                                    i + 2 - static_cast<size_t>(words.back().column));
    ++i;
  }
  return words;
}

}  // namespace

std::vector<PlacedLine> PlacedLines(absl::string_view text) {
  std::vector<PlacedLine> lines;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    std::vector<PlacedWord> words = WordsOf(line);
    if (!words.empty()) lines.push_back({.number = number, .words = std::move(words)});
  }
  return lines;
}

absl::Status ErrorAtWord(const std::string& file, const PlacedLine& line, size_t word,
                         absl::string_view message) {
  int column = 1;
  if (word < line.words.size()) {
    column = line.words[word].column;
  } else if (!line.words.empty()) {
    column = line.words.back().column + static_cast<int>(line.words.back().text.size());
  }
  return ErrorAt({.file = file, .line = line.number, .column = column}, message);
}

}  // namespace tessera
