#include "absl/strings/str_cat.h"
#include "configs/formats/measurement_parts.h"

namespace tessera {
namespace {

constexpr int64_t kMostChips = int64_t{1} << 24;

int64_t ReadChips(const YamlValue& machine, absl::string_view key, FieldReader& fields) {
  int64_t chips = 0;
  WithMember(machine, key, [&](const YamlValue& v) {
    const std::string what = absl::StrCat("machine.", key);
    const std::optional<int64_t> count = fields.Count(v, what);
    if (count && (*count < 1 || *count > kMostChips)) {
      fields.Fail(v, absl::StrCat(what, ": found ", *count, "; accepted: 1 to ", kMostChips));
      return;
    }
    chips = count.value_or(0);
  });
  return chips;
}

void ReadShape(const YamlValue& value, MeasuredMachine& machine, FieldReader& fields) {
  if (value.is_null()) return;
  int64_t chips = 1;
  for (const YamlValue& item : value.items) {
    const int64_t extent = fields.Count(item, "machine.shape").value_or(0);
    chips = extent < 1 || extent > kMostChips ? 0 : chips * extent;
    if (chips < 1 || chips > kMostChips) break;
    machine.shape.push_back(static_cast<int>(extent));
  }
  if (machine.shape.empty() || machine.shape.size() != value.items.size()) {
    fields.Fail(value, absl::StrCat("machine.shape: found ", DescribeYaml(value),
                                    "; accepted: null or a list of whole numbers above zero"));
    machine.shape.clear();
  } else if (machine.chips_per_node > 0 && chips != machine.chips_per_node) {
    fields.Fail(
        value, absl::StrCat("machine.shape: multiplies to ", chips,
                            "; accepted: the product is chips_per_node, ", machine.chips_per_node));
  }
}

void ReadScaleOut(const YamlValue& value, const KnownNames& names, MeasuredMachine& machine,
                  FieldReader& fields) {
  static const std::vector<std::string>& keys =
      *new std::vector<std::string>(Words("link gbits_per_s_per_nic nics_per_node"));
  if (value.is_null() || !fields.Keys(value, "machine.scale_out", keys, keys)) return;
  MeasuredScaleOut& scale_out = machine.scale_out.emplace();
  WithMember(value, "link", [&](const YamlValue& v) {
    if (v.is_null()) {
      fields.Fail(v, "machine.scale_out.link: found null; accepted: a name in configs/links");
    }
    scale_out.link =
        fields.Key(v, "machine.scale_out.link", names.links, "configs/links").value_or("");
  });
  WithMember(value, "gbits_per_s_per_nic", [&](const YamlValue& v) {
    scale_out.gbits_per_s_per_nic = fields.Amount(v, "machine.scale_out.gbits_per_s_per_nic");
  });
  WithMember(value, "nics_per_node", [&](const YamlValue& v) {
    scale_out.nics_per_node = fields.Count(v, "machine.scale_out.nics_per_node");
  });
}

void CheckUsable(const YamlValue& value, const MeasuredMachine& machine, FieldReader& fields) {
  for (const char* key : {"chip", "chips", "ranks_per_chip", "chips_per_node"}) {
    WithMember(value, key, [&](const YamlValue& v) {
      if (v.is_null()) {
        fields.Fail(v, absl::StrCat("machine.", key, ": found null; accepted in a usable case: ",
                                    key == absl::string_view("chip") ? "a name in configs/chips"
                                                                     : "a whole number"));
      }
    });
  }
  if (machine.topology == "unknown") {
    fields.Fail(*value.Find("topology"),
                "machine.topology: found \"unknown\"; accepted in a usable case: any other");
  }
  if (machine.chips > machine.chips_per_node && machine.chips_per_node > 0 && !machine.scale_out) {
    fields.Fail(value, absl::StrCat("machine: found ", machine.chips, " chips in nodes of ",
                                    machine.chips_per_node,
                                    " and no scale_out; accepted: a scale_out that joins them"));
  }
}

}  // namespace

MeasuredMachine ReadMeasuredMachine(const YamlValue& value, const KnownNames& names, bool usable,
                                    FieldReader& fields) {
  static const std::vector<std::string>& keys =
      *new std::vector<std::string>(Words("chip chips ranks_per_chip chips_per_node topology shape "
                                          "scale_up_gbytes_per_s_per_direction scale_out"));
  MeasuredMachine machine;
  if (!fields.Keys(value, "machine", keys, keys)) return machine;
  WithMember(value, "chip", [&](const YamlValue& v) {
    machine.chip = fields.Key(v, "machine.chip", names.chips, "configs/chips").value_or("");
  });
  machine.chips = ReadChips(value, "chips", fields);
  machine.ranks_per_chip = ReadChips(value, "ranks_per_chip", fields);
  machine.chips_per_node = ReadChips(value, "chips_per_node", fields);
  WithMember(value, "topology", [&](const YamlValue& v) {
    if (v.is_null()) fields.Fail(v, "machine.topology: found null; accepted: a topology");
    machine.topology = fields.Name(v, "machine.topology", MachineTopologyNames()).value_or("");
  });
  WithMember(value, "shape", [&](const YamlValue& v) { ReadShape(v, machine, fields); });
  WithMember(value, "scale_up_gbytes_per_s_per_direction", [&](const YamlValue& v) {
    machine.scale_up_gbytes_per_s = fields.Amount(v, "machine.scale_up_gbytes_per_s_per_direction");
  });
  WithMember(value, "scale_out",
             [&](const YamlValue& v) { ReadScaleOut(v, names, machine, fields); });
  if (usable) CheckUsable(value, machine, fields);
  return machine;
}

}  // namespace tessera
