// Events of the YAML parser to a tree. Private to the room.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "configs/yaml_tree.h"

namespace tessera {

// Builds the tree. The first fault is kept and every later event is ignored.
class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlBuilder(absl::string_view file, const YamlLimits& limits) : file_(file), limits_(limits) {}

  bool failed() const { return !status_.ok(); }
  absl::StatusOr<YamlValue> Take() {
    if (!status_.ok()) return status_;
    return std::move(root_);
  }

  // Where the document begins: its "---" or its first value.
  const YamlValue& start() const { return start_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    start_ = At(mark, YamlValue::Kind::kNull);
  }
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
  YamlValue start_;
  YamlValue root_;
  int64_t values_ = 0;
};

}  // namespace tessera
