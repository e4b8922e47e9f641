// What goes wrong in a scenario: links and devices that are slow, down or flapping, and slow chips.
#pragma once

#include <optional>
#include <string>

#include "core/units.h"

namespace tessera {

struct FaultSpec {
  std::string place = {};  // "faults.yaml:3:5", for errors about names.
  // One of these: a link as "leaf0 -> spine1" (one direction) or "leaf0 <-> spine1", or all links
  // of a chip, a NIC or a switch.
  std::string link = {};
  std::string device = {};

  Duration at{};
  std::optional<Duration> length = {};  // None: for ever.
  Duration every{};                     // Again after this; zero: once.

  // What is left of the links, one of: a share of the rate (0: down), or what repetitions at this
  // rate of wrong bits leave. Neither: they are not touched.
  std::optional<double> rate = {};
  std::optional<double> bit_error_rate = {};
  std::optional<Duration> reroute_after = Duration();  // Of links that are down; none: never.
  double speed = 1;                                    // Of the computations of a chip.

  bool touches_links() const { return rate.has_value() || bit_error_rate.has_value(); }
};

}  // namespace tessera
