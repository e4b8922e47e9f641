// Time of passes on paper: what closed forms add up.
#pragma once

#include <vector>

#include "core/units.h"
#include "partition/communication_estimate.h"
#include "partition/program.h"

namespace tessera {

// One direction of one micro-batch through something.
struct PassTime {
  Duration total{}, exposed{}, recompute{};
  PassTime& operator+=(const PassTime& other) {
    total += other.total;
    exposed += other.exposed;
    recompute += other.recompute;
    return *this;
  }
  PassTime operator*(int64_t n) const { return {total * n, exposed * n, recompute * n}; }
  PassTime operator/(int64_t n) const { return {total / n, exposed / n, recompute / n}; }
};

struct PassPair {
  PassTime forward, backward;
  Duration sum() const { return forward.total + backward.total; }
  PassPair& operator+=(const PassPair& other) {
    forward += other.forward;
    backward += other.backward;
    return *this;
  }
  PassPair operator*(int64_t n) const { return {forward * n, backward * n}; }
  PassPair operator/(int64_t n) const { return {forward / n, backward / n}; }
};

// Of instructions executed alone, collectives at their estimate.
PassTime TimeOf(const std::vector<Instruction>& instructions,
                const CommunicationEstimate& estimate);

}  // namespace tessera
