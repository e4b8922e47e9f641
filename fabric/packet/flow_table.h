// State of the flows that begin, or end, at the vertices of one engine, by the number of the flow.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace tessera {

template <typename State>
class FlowTable {
 public:
  // Flows are numbered by the calls of both, from 0. Those elsewhere take 4 bytes.
  void Add(State state) {
    places_.push_back(static_cast<uint32_t>(states_.size()));
    states_.push_back(std::move(state));
  }
  void AddElsewhere() { places_.push_back(kElsewhere); }

  bool Has(uint32_t flow) const { return places_[flow] != kElsewhere; }
  // Precondition: Has(flow).
  State& operator[](uint32_t flow) { return states_[places_[flow]]; }
  const State& operator[](uint32_t flow) const { return states_[places_[flow]]; }

 private:
  static constexpr uint32_t kElsewhere = UINT32_MAX;

  std::vector<uint32_t> places_;
  std::vector<State> states_;
};

}  // namespace tessera
