#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "configs/scenario.pb.h"
#include "configs/spec_from_schema.h"

namespace tessera {
namespace {

class FaultReader {
 public:
  FaultReader(const schema::Fault& fault, std::string path, const PositionTable& positions)
      : fault_(fault), path_(std::move(path)), positions_(positions) {}

  absl::StatusOr<FaultSpec> Read() const {
    absl::Status status = CheckPlace();
    status.Update(CheckEffect());
    status.Update(CheckTimes());
    if (!status.ok()) return status;
    FaultSpec spec{.place = positions_.Of(path_).ToString(),
                   .link = fault_.link(),
                   .device = fault_.device(),
                   .at = Duration(fault_.at()),
                   .every = Duration(fault_.every()),
                   .speed = fault_.speed()};
    if (fault_.has_until()) spec.length = Duration(fault_.until() - fault_.at());
    if (fault_.has_bit_error_rate()) {
      spec.bit_error_rate = fault_.bit_error_rate();
    } else if (fault_.has_rate() || !fault_.has_speed()) {
      spec.rate = fault_.rate();
    }
    spec.reroute_after = std::nullopt;
    if (fault_.reroute()) spec.reroute_after = Duration(fault_.reroute_after());
    return spec;
  }

 private:
  absl::Status Refuse(absl::string_view key, absl::string_view what) const {
    const std::string at = absl::StrCat(path_, key.empty() ? "" : ".", key);
    return ErrorAt(positions_.Of(at), absl::StrCat(at, ": ", what));
  }

  absl::Status CheckPlace() const {
    if (fault_.has_link() != fault_.has_device()) return absl::OkStatus();
    return Refuse("", absl::StrCat("found ", fault_.has_link() ? "a link and a device" : "neither",
                                   "; accepted: one of link, device"));
  }

  absl::Status CheckEffect() const {
    if (fault_.has_speed() && fault_.has_link()) {
      return Refuse("speed", "a link computes nothing; accepted: with device: a chip");
    }
    if (fault_.has_rate() && fault_.has_bit_error_rate()) {
      return Refuse("bit_error_rate", "found with rate; accepted: one of the two");
    }
    const bool down = !fault_.has_bit_error_rate() && fault_.rate() == 0 &&
                      (fault_.has_rate() || !fault_.has_speed());
    if (!down && (fault_.has_reroute() || fault_.has_reroute_after())) {
      return Refuse(fault_.has_reroute() ? "reroute" : "reroute_after",
                    "routes go round links that are down alone; accepted: with rate: 0");
    }
    if (!fault_.reroute() && fault_.has_reroute_after()) {
      return Refuse("reroute_after", "found with reroute: false; accepted: one of the two");
    }
    return absl::OkStatus();
  }

  absl::Status CheckTimes() const {
    if (fault_.has_until() && fault_.until() <= fault_.at()) {
      return Refuse("until", "not after the beginning; accepted: later than at");
    }
    if (fault_.has_every() && !fault_.has_until()) {
      return Refuse("every", "comes again but never ends; accepted: with until");
    }
    if (fault_.has_every() && fault_.every() <= fault_.until() - fault_.at()) {
      return Refuse("every", "comes again before it ends; accepted: longer than until less at");
    }
    return absl::OkStatus();
  }

  const schema::Fault& fault_;
  const std::string path_;
  const PositionTable& positions_;
};

bool IsFluid(const FabricSpec& fabric) {
  return fabric.scale_up == Fidelity::kFluid && fabric.scale_out == Fidelity::kFluid;
}

bool IsSpread(const FabricSpec& fabric) {
  return fabric.routing == FabricRouting::kSpray || fabric.queue_pairs > 1;
}

// What the networks of the scenario cannot do.
absl::Status CheckAgainst(const FabricSpec& fabric, const FaultSpec& fault) {
  if (!fault.touches_links()) return absl::OkStatus();
  if (!IsFluid(fabric)) {
    return absl::InvalidArgumentError(absl::StrCat(
        fault.place, ": faults: links fail in fluid networks alone; accepted: fabric: fluid"));
  }
  if (fault.rate == 0 && IsSpread(fabric)) {
    return absl::InvalidArgumentError(absl::StrCat(
        fault.place,
        ": faults: links that are down and traffic on several ways; accepted: rate above 0, or "
        "fabric.routing: destination_modulo, or ecmp with one queue pair"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<FaultSpec>> FaultsFromSchema(const schema::Scenario& scenario,
                                                        const FabricSpec& fabric,
                                                        const PositionTable& positions) {
  std::vector<FaultSpec> faults;
  for (int i = 0; i < scenario.faults_size(); ++i) {
    const FaultReader reader(scenario.faults(i), absl::StrCat("faults[", i, "]"), positions);
    absl::StatusOr<FaultSpec> fault = reader.Read();
    if (!fault.ok()) return fault.status();
    const absl::Status possible = CheckAgainst(fabric, *fault);
    if (!possible.ok()) return possible;
    faults.push_back(*std::move(fault));
  }
  return faults;
}

}  // namespace tessera
