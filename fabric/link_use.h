// Totals of one link over a run.
#pragma once

#include <cstdint>

#include "core/units.h"

namespace tessera {

struct LinkUse {
  Bytes bytes;
  Duration busy{};        // Time with at least one active transfer.
  int64_t transfers = 0;  // That have gone through.

  LinkUse& operator+=(const LinkUse& other) {
    bytes += other.bytes;
    busy += other.busy;
    transfers += other.transfers;
    return *this;
  }
};

}  // namespace tessera
