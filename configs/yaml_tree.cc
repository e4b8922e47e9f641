#include "configs/yaml_tree.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <istream>
#include <streambuf>

#include "absl/strings/str_cat.h"
#include "configs/yaml_builder.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::Status ErrorAt(absl::string_view file, int line, int column, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", line, ":", column, ": ", message));
}

// What costs the parser far more than its length: it scans a whole line, and all brackets that open
// one after the other, before it reports the first event. Quotes and comments are not told apart,
// so the bound on brackets is far above the depth that the builder checks exactly.
absl::Status CheckLinesAndBrackets(absl::string_view text, absl::string_view file) {
  constexpr int kLongestLine = 1 << 20;
  constexpr int kMostBrackets = 1000;
  int line = 1;
  int column = 0;
  int brackets = 0;
  for (const char c : text) {
    ++column;
    if (c == '[' || c == '{') ++brackets;
    if (c == ']' || c == '}') brackets = std::max(0, brackets - 1);
    if (brackets > kMostBrackets || column > kLongestLine) {
      return ErrorAt(file, line, column,
                     brackets > kMostBrackets
                         ? absl::StrCat("more than ", kMostBrackets, " brackets are open")
                         : absl::StrCat("the line is longer than ", kLongestLine, " bytes"));
    }
    if (c == '\n') {
      ++line;
      column = 0;
    }
  }
  return absl::OkStatus();
}

// The text as the parser reads it. It ends early once the builder has found a fault, since a parser
// of events cannot be told to stop.
class StoppingText final : public std::streambuf {
 public:
  StoppingText(absl::string_view text, const YamlBuilder& builder)
      : rest_(text), builder_(builder) {}

 protected:
  std::streamsize xsgetn(char* target, std::streamsize wanted) override {
    if (builder_.failed()) return 0;
    const size_t taken = std::min(static_cast<size_t>(wanted), rest_.size());
    std::copy_n(rest_.data(), taken, target);
    rest_.remove_prefix(taken);
    return static_cast<std::streamsize>(taken);
  }

 private:
  absl::string_view rest_;
  const YamlBuilder& builder_;
};

// A null value at the beginning.
YamlValue EmptyText() {
  YamlValue nothing;
  nothing.line = 1;
  nothing.column = 1;
  return nothing;
}

bool IsIndentedByTab(absl::string_view text, int line) {
  for (; line > 0 && !text.empty(); --line)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const size_t first = text.find_first_not_of(' ');
  return first != absl::string_view::npos && text[first] == '\t';
}

absl::Status SyntaxError(absl::string_view text, absl::string_view file,
                         const YAML::Exception& error) {
  const bool tab = IsIndentedByTab(text, error.mark.line);
  return ErrorAt(file, error.mark.line + 1, error.mark.column + 1,
                 absl::StrCat("not YAML: ", error.msg,
                              tab ? "; the line is indented by a tab; accepted: spaces" : ""));
}

}  // namespace

const YamlValue* YamlValue::Find(absl::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

absl::StatusOr<YamlValue> ParseYaml(absl::string_view text, absl::string_view file,
                                    const YamlLimits& limits) {
  if (static_cast<int64_t>(text.size()) > limits.max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": ", text.size(), " bytes; accepted: at most ", limits.max_bytes));
  }
  TESSERA_RETURN_IF_ERROR(CheckLinesAndBrackets(text, file));
  YamlBuilder builder(file, limits);
  StoppingText buffer(text, builder);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return EmptyText();
    TESSERA_ASSIGN_OR_RETURN(YamlValue root, builder.Take());
    YamlBuilder second(file, limits);
    if (parser.HandleNextDocument(second)) {
      return YamlError(file, second.start(), "a second document; accepted: one");
    }
    return root;
  } catch (const YAML::Exception& error) {
    // A fault of the tree that came first explains the text better than what the parser met later.
    TESSERA_RETURN_IF_ERROR(builder.Take().status());
    return SyntaxError(text, file, error);
  }
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path, int64_t max_bytes) {
  // A pipe or a device may have no end.
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file; accepted: a text file"));
  }
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  const std::streamoff size = file.tellg();
  if (size > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", size, " bytes; accepted: at most ", max_bytes));
  }
  std::string text(static_cast<size_t>(std::max<std::streamoff>(size, 0)), '\0');
  file.seekg(0);
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a readable file"));
  }
  return text;
}

absl::StatusOr<YamlValue> ReadYamlFile(const std::string& path, const YamlLimits& limits) {
  TESSERA_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, limits.max_bytes));
  return ParseYaml(text, path, limits);
}

absl::Status YamlError(absl::string_view file, const YamlValue& at, absl::string_view message) {
  return ErrorAt(file, at.line, at.column, message);
}

absl::Status YamlError(absl::string_view file, const YamlValue::Member& at,
                       absl::string_view message) {
  return ErrorAt(file, at.line, at.column, message);
}

}  // namespace tessera
