// Folds an exchange that all nodes of a regular machine carry out alike, without ever writing down
// its transfers: a million chips cost what their classes cost.
//
// Chips of one block fall into classes by colour refinement (fabric/colour_refinement.h) over the
// patterns of the steps: chips of one class send over links of equal classes and hear from chips of
// equal classes in every step. A class of transfers is a step and a class of chips; those of all
// blocks are alike because exchanging blocks (adding to, or taking the xor with, the number of the
// block) maps machine and exchange to themselves.
//
// How to use it, from the outside in:
//     RegularMachine machine = ... RegularMachine::Make(system, nodes);
//     SymmetricSchedule schedule = ...;      // collectives/symmetric.h writes some.
//     SymmetricFold fold = ... FoldSymmetric(machine, schedule);
//     QuotientRun run = RunQuotient(fold.quotient, costs);   // run.end: when all is over.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "fabric/quotient.h"
#include "fabric/regular_machine.h"
#include "fabric/symmetric_schedule.h"

namespace tessera {

struct SymmetricFold {
  Quotient quotient;
  std::vector<int32_t> chip_class;  // Of each chip of a block, numbered in the order of first use.
  int32_t chip_classes = 0;
  // The class of transfers of a step that chips of a class send, or -1: [step * chip_classes + c].
  std::vector<int32_t> sent;
  // The class of transfers of a step that chips of a class receive, or -1; likewise.
  std::vector<int32_t> received;

  // When a chip of a class has sent and received all; zero if it does neither.
  Duration EndOf(int32_t of_class, const QuotientRun& run) const;
};

// Errors: a schedule that CheckSymmetric refuses or that is not for this machine, periods that do
// not divide the nodes of a block, xor and shifts that both lead from block to block. Time: steps
// times classes of chips, and patterns times chips of a block times links of a route.
absl::StatusOr<SymmetricFold> FoldSymmetric(const RegularMachine& machine,
                                            const SymmetricSchedule& schedule);

}  // namespace tessera
