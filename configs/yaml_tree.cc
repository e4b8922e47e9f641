#include "configs/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <istream>
#include <numeric>
#include <streambuf>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::Status ErrorAt(absl::string_view file, int line, int column, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", line, ":", column, ": ", message));
}

// Nesting is bounded where these are called.
int64_t CountValues(const YamlValue& value) {
  int64_t count = 1;
  for (const YamlValue& item : value.items) count += CountValues(item);
  for (const YamlValue::Member& member : value.members) count += CountValues(member.value);
  return count;
}

int DepthOf(const YamlValue& value) {
  int deepest = 0;
  for (const YamlValue& item : value.items) deepest = std::max(deepest, DepthOf(item));
  for (const auto& member : value.members) deepest = std::max(deepest, DepthOf(member.value));
  return value.is_list() || value.is_map() ? deepest + 1 : 0;
}

// Builds the tree. The first fault is kept and every later event is ignored.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(absl::string_view file, const YamlLimits& limits) : file_(file), limits_(limits) {}

  bool failed() const { return !status_.ok(); }
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
    int depth = 0;
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
  // Counts values about to be made, copies for anchors and aliases included.
  bool Count(const YamlValue& at, int64_t values) {
    values_ += values;
    if (values_ <= limits_.max_values) return true;
    Fail(at, absl::StrCat("more than ", limits_.max_values,
                          " values, what aliases repeat included; write less"));
    return false;
  }
  bool CheckDepth(const YamlValue& at, int levels) {
    if (static_cast<int>(open_.size()) + levels <= limits_.max_depth) return true;
    Fail(at, absl::StrCat("nested deeper than ", limits_.max_depth, " levels"));
    return false;
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
  if (!Count(here, named.values) || !CheckDepth(here, named.depth)) return;
  Add(named.value, 0);
}

void TreeBuilder::Open(YamlValue value, const std::string& tag, YAML::anchor_t anchor) {
  if (!status_.ok() || !CheckTag(value, tag) || !CheckDepth(value, 1)) return;
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
  if (!status_.ok() || !Count(value, 1)) return;
  if (anchor != 0) {
    const int64_t copied = CountValues(value);
    if (!Count(value, copied)) return;
    if (anchors_.size() < anchor) anchors_.resize(anchor);
    anchors_[anchor - 1] = {.value = value, .values = copied, .depth = DepthOf(value)};
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
  StoppingText(absl::string_view text, const TreeBuilder& builder)
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
  const TreeBuilder& builder_;
};

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
  TreeBuilder builder(file, limits);
  StoppingText buffer(text, builder);
  std::istream stream(&buffer);
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

}  // namespace tessera
