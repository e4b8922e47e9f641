// The latency-load curve of a network on chip: packets come at random, their mean latency and the
// accepted load are measured once the network has settled.
//
// Every node makes a packet in a cycle with probability load / flits of a packet. After
// `warmup_periods`, periods follow until latency and accepted load have changed by less than
// `tolerance` in three in a row. Packets made in measured periods count, from their making (the
// source queue included) to the arrival of their tail; the run goes on until all have arrived.
// Protocol of BookSim2 (Jiang et al., "A detailed and flexible cycle-accurate network-on-chip
// simulator", 2013).
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "fabric/noc/noc_params.h"
#include "fabric/noc/noc_traffic.h"

namespace tessera {

struct NocLoad {
  NocParams network;
  NocTraffic traffic;
  double load = 0;  // Flits a node and cycle.
  int packet_flits = 1;
  uint64_t seed = 1;
};

struct NocProtocol {
  int period_cycles = 1000;
  int warmup_periods = 3;
  int most_periods = 10;  // With those of the warm-up.
  double tolerance = 0.05;
  double most_latency = 500;  // A mean above it, of packets under way too, ends the run.
};

struct NocMeasurement {
  bool settled = false;      // False: `latency` is of no use.
  double latency = 0;        // Mean, in cycles.
  double accepted_load = 0;  // Flits a node and cycle.
  double hops = 0;           // Mean number of routers passed.
  int64_t cycles = 0;
  int64_t flit_hops = 0;
};

// Errors: a network or load out of range.
absl::StatusOr<NocMeasurement> MeasureNoc(const NocLoad& load, const NocProtocol& protocol);

// The load at which the mean latency passes three times the one at load 0.01 or the network does
// not settle, found by halving an interval down to 1.5 % of the load; `load.load` is not used.
absl::StatusOr<double> SaturationLoad(NocLoad load, const NocProtocol& protocol);

}  // namespace tessera
