// A folded flow problem: one transfer and one link for each class of transfers and links that
// behave alike, and its exact simulation.
//
// Transfers of one class start, run and finish together and links of one class carry the same at
// every instant, if the classes are an equitable partition: every link of class c is crossed by the
// same sum n(c, k) of coefficients of transfers of class k, and all transfers of one class have
// equal bytes, latencies, classes of links and classes of predecessors. (Progressive filling then
// treats a class as one: Bertsekas & Gallager, 6.5.2; equitable partitions: Godsil & Royle,
// Algebraic Graph Theory, 9.3.) So a transfer that loads the link of class c with the coefficient
// n(c, k) stands for all of them, and times are equal to the last picosecond to those of the whole.
//
// Who finds classes: fabric/colour_refinement.h, of any schedule on any topology;
// fabric/symmetric_fold.h, of regular machines of any size without building them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/units.h"
#include "fabric/link_use.h"
#include "fabric/rate.h"
#include "fabric/schedule.h"

namespace tessera {

struct Quotient {
  // A transfer crosses one link of the class, for all links of that class that its members cross.
  struct Crossing {
    int32_t link = 0;         // Class.
    int32_t coefficient = 1;  // n(c, k), in shares of the link.

    friend auto operator<=>(const Crossing&, const Crossing&) = default;
  };
  struct TransferClass {
    Bytes bytes;
    Duration head{};  // As in PairRoute.
    Duration tail{};
    bool leaves_node = false;
    int64_t count = 1;  // Transfers that it stands for.
    std::vector<Crossing> crossings = {};
    std::vector<int32_t> predecessors = {};  // Classes; lower than its own.
  };
  struct LinkClass {
    RateUnits capacity = 0;  // Of one link.
    int32_t shares = 1;      // In which coefficients count (ScheduleRunner).
    int64_t count = 1;       // Links that it stands for.
  };
  std::vector<TransferClass> transfers;
  std::vector<LinkClass> links;
};

struct QuotientRun {
  std::vector<Duration> transfer_ends;  // Of each class, relative to the start of the run.
  std::vector<LinkUse> use;             // Of one link of each class.
  Duration end{};                       // Of the last transfer.
};
// Runs the classes on idle links. Time and memory: those of so many transfers unfolded.
QuotientRun RunQuotient(const Quotient& quotient, const TransferCosts& costs);

}  // namespace tessera
