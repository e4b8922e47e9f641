#include "configs/formats/measurements.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "configs/formats/measurement_parts.h"

namespace tessera {
namespace {

bool HasOnly(absl::string_view text, absl::string_view extra, bool upper) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_isdigit(byte) || absl::ascii_islower(byte) ||
           (upper && absl::ascii_isupper(byte)) || extra.find(c) != absl::string_view::npos;
  });
}

bool IsCaseId(absl::string_view id) {
  return id.size() > 2 && id[0] >= 'A' && id[0] <= 'E' && id[1] == '-' &&
         HasOnly(id.substr(2), "_.+-", /*upper=*/true);
}

bool IsGroup(absl::string_view group) {
  const std::vector<absl::string_view> parts = absl::StrSplit(group, '/');
  return parts.size() == 2 && HasOnly(parts[0], "_", false) && HasOnly(parts[1], "_", false);
}

class Reader {
 public:
  Reader(absl::string_view file, const KnownNames& names) : fields_(file), names_(names) {}
  absl::StatusOr<std::vector<MeasurementCase>> Read(const YamlValue& root);

 private:
  void ReadCase(const YamlValue& value);
  bool ReadId(const YamlValue& value, MeasurementCase& c);
  void ReadTexts(const YamlValue& value, MeasurementCase& c);
  void ReadTrust(const YamlValue& value, MeasurementCase& c);
  MeasuredQuantity ReadQuantity(const YamlValue& value, absl::string_view where);

  FieldReader fields_;
  const KnownNames& names_;
  std::set<std::string> ids_;
  std::vector<MeasurementCase> cases_;
};

absl::StatusOr<std::vector<MeasurementCase>> Reader::Read(const YamlValue& root) {
  if (!root.is_list()) {
    fields_.Fail(root, absl::StrCat("found ", DescribeYaml(root), "; accepted: a list of cases"));
  }
  for (const YamlValue& item : root.items) {
    fields_.SetSubject("");
    ReadCase(item);
  }
  if (!fields_.status().ok()) return fields_.status();
  return std::move(cases_);
}

void Reader::ReadCase(const YamlValue& value) {
  static const std::vector<std::string>& keys = *new std::vector<std::string>(Words(
      "id category group system machine task measured as_published source trust usable why_not "
      "notes"));
  MeasurementCase c;
  c.line = value.line;
  if (value.is_map() && !ReadId(value, c)) return;
  if (!fields_.Keys(value, "case", keys, keys)) return;
  ReadTexts(value, c);
  ReadTrust(value, c);
  WithMember(value, "measured",
             [&](const YamlValue& v) { c.measured = ReadQuantity(v, "measured"); });
  WithMember(value, "as_published", [&](const YamlValue& v) { ReadQuantity(v, "as_published"); });
  WithMember(value, "machine", [&](const YamlValue& v) {
    c.machine = ReadMeasuredMachine(v, names_, c.usable, fields_);
  });
  if (const YamlValue* task = value.Find("task"); task != nullptr && task->is_map()) {
    c.task = ReadMeasuredTask(*task, names_, c.usable, fields_);
    if (c.usable) CheckRanks(*task, c, fields_);
    if (c.usable) CheckNeededKeys(*task, c, fields_);
    WithMember(value, "measured", [&](const YamlValue& v) { CheckQuantityUnit(v, c, fields_); });
  } else if (task != nullptr) {
    fields_.Fail(*task, absl::StrCat("task: found ", DescribeYaml(*task), "; accepted: a mapping"));
  }
  cases_.push_back(std::move(c));
}

bool Reader::ReadId(const YamlValue& value, MeasurementCase& c) {
  const YamlValue* id = value.Find("id");
  const YamlValue& at = id != nullptr ? *id : value;
  if (id == nullptr || !id->is_scalar() || !IsCaseId(id->scalar)) {
    fields_.Fail(at, absl::StrCat("id: found ", id == nullptr ? "none" : DescribeYaml(*id),
                                  "; accepted: a letter from A to E, a hyphen, then letters, "
                                  "digits, \"_\", \".\", \"+\" or \"-\""));
    return false;
  }
  c.id = id->scalar;
  fields_.SetSubject(c.id);
  if (!ids_.insert(c.id).second) fields_.Fail(at, "id: stands twice; accepted: a new one");
  WithMember(value, "category", [&](const YamlValue& v) {
    const auto category = fields_.Name(v, "category", "A B C D E");
    c.category = category ? category->front() : '?';
    if (v.is_null() || (category && c.category != c.id.front())) {
      fields_.Fail(v, absl::StrCat("category: found ", DescribeYaml(v),
                                   "; accepted: ", c.id.substr(0, 1), ", as the id begins"));
    }
  });
  return true;
}

void Reader::ReadTexts(const YamlValue& value, MeasurementCase& c) {
  const std::pair<absl::string_view, std::string*> texts[] = {
      {"group", &c.group}, {"system", &c.system}, {"source", &c.source}, {"notes", &c.notes}};
  for (const auto& [key, target] : texts) {
    const YamlValue* text = value.Find(key);
    if (text == nullptr) continue;
    if (text->is_null()) fields_.Fail(*text, absl::StrCat(key, ": found null; accepted: text"));
    *target = fields_.Text(*text, key).value_or("");
    if (key == "group" && !target->empty() && !IsGroup(*target)) {
      fields_.Fail(*text, absl::StrCat("group: found ", DescribeYaml(*text),
                                       "; accepted: family/system in lower-case letters, digits "
                                       "and \"_\""));
    }
  }
}

void Reader::ReadTrust(const YamlValue& value, MeasurementCase& c) {
  WithMember(value, "trust", [&](const YamlValue& v) {
    c.trust = static_cast<int>(std::min<int64_t>(fields_.Count(v, "trust").value_or(0), 9));
    if (c.trust < 1 || c.trust > 3) {
      fields_.Fail(v, absl::StrCat("trust: found ", DescribeYaml(v), "; accepted: 1, 2 or 3"));
    }
  });
  WithMember(value, "usable", [&](const YamlValue& v) {
    if (v.is_null()) fields_.Fail(v, "usable: found null; accepted: true or false");
    c.usable = fields_.Bool(v, "usable").value_or(false);
  });
  WithMember(value, "why_not", [&](const YamlValue& v) {
    c.why_not = fields_.Text(v, "why_not").value_or("");
    if (c.usable && !v.is_null()) {
      fields_.Fail(v, "why_not: found a reason in a usable case; accepted: null");
    } else if (!c.usable && c.why_not.empty()) {
      fields_.Fail(v, "why_not: found no reason; accepted: text, as the case is not usable");
    }
  });
}

MeasuredQuantity Reader::ReadQuantity(const YamlValue& value, absl::string_view where) {
  static const std::vector<std::string>& keys =
      *new std::vector<std::string>(Words("quantity value unit"));
  MeasuredQuantity quantity;
  if (!fields_.Keys(value, where, keys, keys)) return quantity;
  WithMember(value, "quantity", [&](const YamlValue& v) { quantity.quantity = v.scalar; });
  WithMember(value, "unit", [&](const YamlValue& v) { quantity.unit = v.scalar; });
  WithMember(value, "value", [&](const YamlValue& v) {
    const std::string what = absl::StrCat(where, ".value");
    const std::optional<double> number = fields_.Amount(v, what);
    if (v.is_null() || (number && *number == 0)) {
      fields_.Fail(
          v, absl::StrCat(what, ": found ", DescribeYaml(v), "; accepted: a number above zero"));
    }
    quantity.value = number.value_or(0);
  });
  return quantity;
}

}  // namespace

absl::StatusOr<std::vector<MeasurementCase>> ReadMeasurements(const YamlValue& root,
                                                              absl::string_view file,
                                                              const KnownNames& names) {
  return Reader(file, names).Read(root);
}

}  // namespace tessera
