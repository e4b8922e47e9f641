#include "report/sources.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

class SourceList {
 public:
  void Add(std::string block, const Provenance& provenance) {
    if (provenance.source.empty() && provenance.confidence == Confidence::kNone) return;
    notes_.push_back({std::move(block), provenance});
  }
  std::vector<SourceNote> Take() { return std::move(notes_); }

 private:
  std::vector<SourceNote> notes_;
};

void AddChip(const ChipSpec& chip, SourceList& list) {
  // The order of ChipSpec::provenance.
  static constexpr std::array<const char*, 6> kBlocks = {"clock",  "cores", "peak rates",
                                                         "vector", "power", "price"};
  const std::string prefix = absl::StrCat("chip ", chip.name, ": ");
  for (size_t i = 0; i < chip.provenance.size(); ++i) {
    list.Add(prefix + (i < kBlocks.size() ? kBlocks[i] : "other figures"), chip.provenance[i]);
  }
  if (chip.sram.has_value()) list.Add(prefix + "sram", chip.sram->provenance);
  if (chip.llc.has_value()) list.Add(prefix + "last-level cache", chip.llc->provenance);
  for (const MemoryTierSpec& memory : chip.memory) {
    list.Add(absl::StrCat(prefix, "memory ", memory.name), memory.provenance);
  }
  if (chip.scale_up.has_value()) list.Add(prefix + "scale-up ports", chip.scale_up->provenance);
  if (chip.overhead.has_value()) list.Add(prefix + "overheads", chip.overhead->provenance);
}

}  // namespace

const char* ConfidenceName(Confidence confidence) {
  switch (confidence) {
    case Confidence::kVendor:
      return "vendor";
    case Confidence::kPaper:
      return "paper";
    case Confidence::kRepoMeasured:
      return "measured";
    case Confidence::kThirdParty:
      return "third party";
    case Confidence::kDerived:
      return "derived";
    case Confidence::kEstimate:
      return "estimate";
    case Confidence::kNone:
      return "none";
  }
  return "none";
}

std::vector<SourceNote> SourcesOf(const ScenarioSpec& scenario) {
  SourceList list;
  const SystemSpec& system = scenario.system;
  AddChip(system.chip, list);
  if (system.scale_up_link.has_value()) {
    list.Add(absl::StrCat("link ", system.scale_up_link->name), system.scale_up_link->provenance);
  }
  if (system.scale_out.has_value() && scenario.nodes > 1) {
    const LinkSpec& link = system.scale_out->link;
    list.Add(absl::StrCat("link ", link.name), link.provenance);
  }
  list.Add(absl::StrCat("system ", system.name), system.provenance);
  if (!std::holds_alternative<CollectiveJob>(scenario.job)) {
    list.Add(absl::StrCat("model ", scenario.model.name), scenario.model.provenance);
  }
  const ExchangeKernelSpec& exchange = scenario.software.exchange;
  if (!exchange.families.empty()) {
    list.Add(absl::StrCat("exchange kernels ", exchange.name), exchange.provenance);
  }
  return list.Take();
}

}  // namespace tessera
