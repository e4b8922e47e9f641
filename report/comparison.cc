#include "report/comparison.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "configs/result.pb.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::StatusOr<result::Result> ReadResult(const std::string& path) {
  std::filesystem::path file(path);
  if (std::filesystem::is_directory(file)) file /= "result.json";
  std::ifstream stream(file);
  if (!stream) {
    return absl::NotFoundError(absl::StrCat(
        file.string(), ": cannot be read; give a folder written by run --out or its result.json"));
  }
  std::ostringstream text;
  text << stream.rdbuf();
  result::Result result;
  const auto status = google::protobuf::util::JsonStringToMessage(text.str(), &result);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.string(), ": not the result of a run: ", std::string(status.message())));
  }
  if (!result.has_result_hash()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.string(), ": not the result of a run: no result_hash"));
  }
  return result;
}

std::string ScalarText(const Message& message, const FieldDescriptor& field) {
  const auto& read = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return read.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return read.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(read.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(read.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(read.GetUInt64(message, &field));
    default:
      return absl::StrCat(read.GetDouble(message, &field));
  }
}

// Every scalar field of both messages with its path; the scenario's text repeats the others.
void AddChanges(const Message& before, const Message& after, const std::string& path,
                std::vector<RequestChange>& changes) {
  const auto& fields = *before.GetDescriptor();
  for (int i = 0; i < fields.field_count(); ++i) {
    const FieldDescriptor& field = *fields.field(i);
    if (field.name() == "scenario_text") continue;
    const std::string name = path + field.name();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      AddChanges(before.GetReflection()->GetMessage(before, &field),
                 after.GetReflection()->GetMessage(after, &field), name + ".", changes);
      continue;
    }
    const std::string old_text = ScalarText(before, field);
    const std::string new_text = ScalarText(after, field);
    if (old_text != new_text) changes.push_back({name, old_text, new_text});
  }
}

ComparedQuantity& Row(std::vector<ComparedQuantity>& rows, const std::string& name,
                      const std::string& unit) {
  for (ComparedQuantity& row : rows) {
    if (row.name == name) return row;
  }
  rows.push_back({name, unit});
  return rows.back();
}

// The largest change first; equal changes keep their order.
void SortByChange(std::vector<ComparedQuantity>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::abs(a.after - a.before) > std::abs(b.after - b.before);
  });
}

struct HeadlineField {
  const char* field;
  const char* name;
  const char* unit;
};

constexpr HeadlineField kHeadline[] = {
    {"step_time_s", "step time", "s"},
    {"time_to_first_token_s", "time to first token", "s"},
    {"time_per_output_token_s", "time per output token", "s"},
    {"tokens_per_s", "tokens", "tokens/s"},
    {"model_flops_utilisation", "model FLOPs utilisation", "ratio"},
    {"algorithm_bandwidth_bytes_per_s", "algorithm bandwidth", "bytes/s"},
    {"bus_bandwidth_bytes_per_s", "bus bandwidth", "bytes/s"},
};

// `side` selects the member of each row that a result fills.
using Side = double ComparedQuantity::*;

void AddHeadline(const result::Headline& headline, Side side, Comparison& comparison) {
  for (const HeadlineField& known : kHeadline) {
    const FieldDescriptor& field = *headline.GetDescriptor()->FindFieldByName(known.field);
    if (!headline.GetReflection()->HasField(headline, &field)) continue;
    Row(comparison.headline, known.name, known.unit).*side =
        headline.GetReflection()->GetDouble(headline, &field);
  }
}

void AddTime(const result::TimeUse& time, Side side, Comparison& comparison) {
  const auto add = [&](const auto& parts, const char* kind) {
    for (const auto& part : parts) {
      Row(comparison.time, absl::StrCat(kind, part.name()), "s").*side = part.time_s();
    }
  };
  add(time.compute(), "");
  add(time.exposed_communication(), "exposed communication, ");
  add(time.waiting(), "waiting, ");
  Row(comparison.time, "done early", "s").*side = time.finished_s();
}

void AddResult(const result::Result& result, Side side, Comparison& comparison) {
  AddHeadline(result.headline(), side, comparison);
  Row(comparison.headline, "makespan", "s").*side = result.makespan_s();
  AddTime(result.time(), side, comparison);
  for (const auto& use : result.memory().by_class()) {
    Row(comparison.memory, use.class_(), "bytes").*side = static_cast<double>(use.size_bytes());
  }
  for (const auto& tier : result.tiers()) {
    Row(comparison.tiers, tier.tier(), "bytes").*side = static_cast<double>(tier.moved_bytes());
  }
}

}  // namespace

absl::StatusOr<Comparison> CompareResults(const std::string& before, const std::string& after) {
  TESSERA_ASSIGN_OR_RETURN(const result::Result first, ReadResult(before));
  TESSERA_ASSIGN_OR_RETURN(const result::Result second, ReadResult(after));
  Comparison comparison;
  comparison.same_result = first.result_hash() == second.result_hash();
  AddChanges(first.request(), second.request(), "", comparison.request);
  AddResult(first, &ComparedQuantity::before, comparison);
  AddResult(second, &ComparedQuantity::after, comparison);
  SortByChange(comparison.time);
  SortByChange(comparison.memory);
  SortByChange(comparison.tiers);
  comparison.bottleneck_before = first.bottleneck();
  comparison.bottleneck_after = second.bottleneck();
  return comparison;
}

}  // namespace tessera
