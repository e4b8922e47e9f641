#include "configs/yaml_builder.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

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

}  // namespace

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& text) {
  if (!status_.ok()) return;
  YamlValue value = At(mark, YamlValue::Kind::kScalar);
  if (!CheckTag(value, tag)) return;
  value.quoted = tag == "!";
  value.scalar = text;
  Add(std::move(value), anchor);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (!status_.ok()) return;
  const YamlValue here = At(mark, YamlValue::Kind::kNull);
  if (anchor == 0 || anchor > anchors_.size() || anchors_[anchor - 1].values == 0) {
    return Fail(here, "an alias inside the value that it names; write the value out");
  }
  const Anchor& named = anchors_[anchor - 1];
  if (!Count(here, named.values) || !CheckDepth(here, named.depth)) return;
  Add(named.value, 0);
}

void YamlBuilder::Open(YamlValue value, const std::string& tag, YAML::anchor_t anchor) {
  if (!status_.ok() || !CheckTag(value, tag) || !CheckDepth(value, 1)) return;
  open_.push_back({.value = std::move(value), .anchor = anchor});
}

void YamlBuilder::Close() {
  if (!status_.ok()) return;
  Frame frame = std::move(open_.back());
  open_.pop_back();
  if (frame.value.is_map()) CheckDuplicateKeys(frame.value);
  Add(std::move(frame.value), frame.anchor);
}

void YamlBuilder::Add(YamlValue value, YAML::anchor_t anchor) {
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

void YamlBuilder::CheckDuplicateKeys(const YamlValue& map) {
  if (limits_.first_of_duplicates) return;
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

}  // namespace tessera
