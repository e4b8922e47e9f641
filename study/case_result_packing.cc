#include "study/case_result_packing.h"

#include <nlohmann/json.hpp>

namespace tessera {
namespace {

using Json = nlohmann::json;

template <typename T>
Json Optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <typename T>
std::optional<T> OptionalFrom(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

}  // namespace

std::string PackCaseResults(const std::vector<CaseResult>& results) {
  Json packed = Json::array();
  for (const CaseResult& r : results) {
    packed.push_back({r.id, r.file, r.category, r.kind, r.group, r.trust,
                      static_cast<int>(r.status), r.reason, r.quantity, r.unit, r.expected,
                      Optional(r.predicted), Optional(r.tolerance), Optional(r.pass), r.note,
                      r.subsets});
  }
  const std::vector<uint8_t> bytes = Json::to_cbor(packed);
  return std::string(bytes.begin(), bytes.end());
}

std::vector<CaseResult> UnpackCaseResults(absl::string_view packed) {
  std::vector<CaseResult> results;
  for (const Json& f : Json::from_cbor(packed.begin(), packed.end())) {
    CaseResult& r = results.emplace_back();
    r.id = f[0];
    r.file = f[1];
    r.category = f[2];
    r.kind = f[3];
    r.group = f[4];
    r.trust = f[5];
    r.status = static_cast<CaseStatus>(f[6].get<int>());
    r.reason = f[7];
    r.quantity = f[8];
    r.unit = f[9];
    r.expected = f[10];
    r.predicted = OptionalFrom<double>(f[11]);
    r.tolerance = OptionalFrom<double>(f[12]);
    r.pass = OptionalFrom<bool>(f[13]);
    r.note = f[14];
    r.subsets = f[15].get<std::vector<std::string>>();
  }
  return results;
}

}  // namespace tessera
