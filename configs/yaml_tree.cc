#include "configs/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::Status ErrorAt(absl::string_view file, int line, int column, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", line, ":", column, ": ", message));
}

// Builds the tree. The first fault is kept and every later event is ignored.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(absl::string_view file, const YamlLimits& limits) : file_(file), limits_(limits) {}

  absl::StatusOr<YamlValue> Take() {
    if (!status_.ok()) return status_;
    return std::move(root_);
  }

  // An empty text is a null value at its beginning.
  static YamlValue Nothing() { return At(YAML::Mark(), YamlValue::Kind::kNull); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(At(mark, YamlValue::Kind::kNull), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(At(mark, YamlValue::Kind::kList), tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(At(mark, YamlValue::Kind::kMap), tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    YamlValue value;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  // Maps: the next value belongs to members.back().
  };
  struct Anchor {
    YamlValue value;
    int64_t values = 0;
  };

  static YamlValue At(const YAML::Mark& mark, YamlValue::Kind kind) {
    YamlValue value;
    value.kind = kind;
    value.line = mark.line + 1;
    value.column = mark.column + 1;
    return value;
  }
  void Fail(const YamlValue& at, absl::string_view message) {
    if (status_.ok()) status_ = YamlError(file_, at, message);
  }
  bool CheckTag(const YamlValue& at, const std::string& tag) {
    const bool known = tag.empty() || tag == "?" || tag == "!";
    if (!known) Fail(at, absl::StrCat("tag ", tag, " is not accepted; write the plain value"));
    return known;
  }
  void Open(YamlValue value, const std::string& tag, YAML::anchor_t anchor);
  void Close();
  void Add(YamlValue value, YAML::anchor_t anchor);
  void CheckDuplicateKeys(const YamlValue& map);
  static int64_t CountValues(const YamlValue& value);

  const std::string file_;
  const YamlLimits limits_;
  absl::Status status_;
  std::vector<Frame> open_;
  std::vector<Anchor> anchors_;  // By anchor number - 1.
  YamlValue root_;
  int64_t values_ = 0;
};

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& text) {
  if (!status_.ok()) return;
  YamlValue value = At(mark, YamlValue::Kind::kScalar);
  if (!CheckTag(value, tag)) return;
  value.quoted = tag == "!";
  value.scalar = text;
  Add(std::move(value), anchor);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (!status_.ok()) return;
  const YamlValue here = At(mark, YamlValue::Kind::kNull);
  if (anchor == 0 || anchor > anchors_.size() || anchors_[anchor - 1].values == 0) {
    return Fail(here, "an alias inside the value that it names; write the value out");
  }
  const Anchor& named = anchors_[anchor - 1];
  values_ += named.values;
  if (values_ > limits_.max_values) {
    return Fail(here, absl::StrCat("aliases expand to more than ", limits_.max_values,
                                   " values; write less"));
  }
  Add(named.value, 0);
}

void TreeBuilder::Open(YamlValue value, const std::string& tag, YAML::anchor_t anchor) {
  if (!status_.ok() || !CheckTag(value, tag)) return;
  if (static_cast<int>(open_.size()) >= limits_.max_depth) {
    return Fail(value, absl::StrCat("nested deeper than ", limits_.max_depth, " levels"));
  }
  open_.push_back({.value = std::move(value), .anchor = anchor});
}

void TreeBuilder::Close() {
  if (!status_.ok()) return;
  Frame frame = std::move(open_.back());
  open_.pop_back();
  if (frame.value.is_map()) CheckDuplicateKeys(frame.value);
  Add(std::move(frame.value), frame.anchor);
}

void TreeBuilder::Add(YamlValue value, YAML::anchor_t anchor) {
  if (!status_.ok()) return;
  if (++values_ > limits_.max_values) {
    return Fail(value, absl::StrCat("more than ", limits_.max_values, " values"));
  }
  if (anchor != 0) {
    if (anchors_.size() < anchor) anchors_.resize(anchor);
    anchors_[anchor - 1] = {.value = value, .values = CountValues(value)};
  }
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Frame& frame = open_.back();
  if (frame.value.is_list()) {
    frame.value.items.push_back(std::move(value));
  } else if (frame.has_key) {
    frame.value.members.back().value = std::move(value);
    frame.has_key = false;
  } else if (value.is_scalar()) {
    frame.value.members.push_back(
        {.key = std::move(value.scalar), .line = value.line, .column = value.column, .value = {}});
    frame.has_key = true;
  } else {
    Fail(value, absl::StrCat("a key is ", DescribeYaml(value), "; accepted: a name"));
  }
}

void TreeBuilder::CheckDuplicateKeys(const YamlValue& map) {
  std::vector<size_t> order(map.members.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&map](size_t a, size_t b) {
    const int compared = map.members[a].key.compare(map.members[b].key);
    return compared != 0 ? compared < 0 : a < b;
  });
  for (size_t i = 1; i < order.size(); ++i) {
    const auto& first = map.members[order[i - 1]];
    const auto& second = map.members[order[i]];
    if (first.key != second.key) continue;
    if (status_.ok()) {
      status_ = YamlError(
          file_, second,
          absl::StrCat("key \"", second.key, "\" stands twice; the first is in line ", first.line));
    }
    return;
  }
}

int64_t TreeBuilder::CountValues(const YamlValue& value) {
  int64_t count = 1;
  for (const YamlValue& item : value.items) count += CountValues(item);
  for (const YamlValue::Member& member : value.members) count += CountValues(member.value);
  return count;
}

enum class PlainType { kText, kInteger, kNumber, kBool };

PlainType TypeOf(const YamlValue& value) {
  if (value.quoted) return PlainType::kText;
  const std::string& text = value.scalar;
  const std::string lower = absl::AsciiStrToLower(text);
  for (const char* word : {"true", "false", "yes", "no", "on", "off"}) {
    if (lower == word) return PlainType::kBool;
  }
  const size_t digits = text.find_first_not_of("+-");
  if (digits == std::string::npos) return PlainType::kText;
  if (text.find_first_not_of("0123456789", digits) == std::string::npos) return PlainType::kInteger;
  double ignored = 0;
  const bool starts_like_number =
      absl::ascii_isdigit(static_cast<unsigned char>(text[digits])) || text[digits] == '.';
  return starts_like_number && absl::SimpleAtod(text, &ignored) ? PlainType::kNumber
                                                                : PlainType::kText;
}

absl::Status TypeError(absl::string_view file, const YamlValue& value, absl::string_view what,
                       absl::string_view accepted) {
  return YamlError(file, value,
                   absl::StrCat(what, ": found ", DescribeYaml(value), "; accepted: ", accepted));
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
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(file, limits);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return TreeBuilder::Nothing();
    TESSERA_ASSIGN_OR_RETURN(YamlValue root, builder.Take());
    TreeBuilder second(file, limits);
    if (parser.HandleNextDocument(second)) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": a second document (---); accepted: one"));
    }
    return root;
  } catch (const YAML::Exception& error) {
    // A fault of the tree that came first explains the text better than what the parser met later.
    TESSERA_RETURN_IF_ERROR(builder.Take().status());
    return ErrorAt(file, error.mark.line + 1, error.mark.column + 1,
                   absl::StrCat("not YAML: ", error.msg));
  }
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path, int64_t max_bytes) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  const std::streamoff size = file.tellg();
  if (size < 0) return absl::InvalidArgumentError(absl::StrCat(path, ": not a readable file"));
  if (size > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", size, " bytes; accepted: at most ", max_bytes));
  }
  std::string text(static_cast<size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(text.data(), size)) {
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

std::string DescribeYaml(const YamlValue& value) {
  switch (value.kind) {
    case YamlValue::Kind::kNull:
      return "null";
    case YamlValue::Kind::kList:
      return "a list";
    case YamlValue::Kind::kMap:
      return "a mapping";
    case YamlValue::Kind::kScalar:
      break;
  }
  if (TypeOf(value) != PlainType::kText) return value.scalar;
  constexpr size_t kShown = 60;
  const bool cut = value.scalar.size() > kShown;
  return absl::StrCat("\"", value.scalar.substr(0, kShown), cut ? "..." : "", "\"");
}

absl::StatusOr<int64_t> YamlInteger(absl::string_view file, const YamlValue& value,
                                    absl::string_view what) {
  int64_t number = 0;
  if (!value.is_scalar() || TypeOf(value) != PlainType::kInteger) {
    return TypeError(file, value, what, "a whole number");
  }
  if (!absl::SimpleAtoi(value.scalar, &number)) {
    return TypeError(file, value, what, "a whole number of at most 63 bits");
  }
  return number;
}

absl::StatusOr<double> YamlNumber(absl::string_view file, const YamlValue& value,
                                  absl::string_view what) {
  double number = 0;
  const bool numeric = value.is_scalar() && (TypeOf(value) == PlainType::kInteger ||
                                             TypeOf(value) == PlainType::kNumber);
  if (!numeric || !absl::SimpleAtod(value.scalar, &number) || !std::isfinite(number)) {
    return TypeError(file, value, what, "a finite number");
  }
  return number;
}

absl::StatusOr<bool> YamlBool(absl::string_view file, const YamlValue& value,
                              absl::string_view what) {
  if (value.is_scalar() && !value.quoted) {
    if (value.scalar == "true") return true;
    if (value.scalar == "false") return false;
  }
  return TypeError(file, value, what, "true or false");
}

absl::StatusOr<std::string> YamlText(absl::string_view file, const YamlValue& value,
                                     absl::string_view what) {
  if (!value.is_scalar() || TypeOf(value) != PlainType::kText) {
    return TypeError(file, value, what, "text");
  }
  return value.scalar;
}

}  // namespace tessera
