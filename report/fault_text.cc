#include "report/fault_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "report/amount_text.h"

namespace tessera {
namespace {

std::string WayText(const FaultSpec& fault) {
  if (!fault.reroute_after.has_value()) return "down (waited for)";
  if (*fault.reroute_after == Duration()) return "down";
  return absl::StrCat("down (gone round after ", DurationText(*fault.reroute_after), ")");
}

}  // namespace

std::string FaultText(const FaultSpec& fault) {
  std::vector<std::string> effects;
  if (fault.speed < 1) effects.push_back(absl::StrCat("computes at ", PercentText(fault.speed)));
  if (fault.rate.has_value()) {
    effects.push_back(*fault.rate == 0 ? WayText(fault)
                                       : absl::StrCat("links at ", PercentText(*fault.rate)));
  }
  if (fault.bit_error_rate.has_value()) {
    effects.push_back(absl::StrCat("repeats packets: bit error rate ", *fault.bit_error_rate));
  }
  std::string text = absl::StrCat(fault.link.empty() ? fault.device : fault.link, " ",
                                  absl::StrJoin(effects, ", "));
  if (fault.at > Duration()) absl::StrAppend(&text, " from ", DurationText(fault.at));
  if (fault.length.has_value()) {
    absl::StrAppend(&text, " to ", DurationText(fault.at + *fault.length));
  }
  if (fault.every > Duration()) {
    absl::StrAppend(&text, ", again every ", DurationText(fault.every));
  }
  return text;
}

std::string FaultsText(absl::Span<const FaultSpec> faults) {
  return absl::StrJoin(faults, "; ", [](std::string* text, const FaultSpec& fault) {
    absl::StrAppend(text, FaultText(fault));
  });
}

}  // namespace tessera
