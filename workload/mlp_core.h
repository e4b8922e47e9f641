// Up projection, activation, down projection: of a dense MLP, of shared experts, or of the routed
// experts of one rank as grouped products.
#pragma once

#include "workload/operator_list.h"

namespace tessera {

struct MlpCore {
  OperatorClass category = OperatorClass::kMlp;
  int64_t rows = 0;  // Of the fullest group.
  int64_t hidden = 0;
  int64_t width = 0;  // Columns of this rank.
  bool gated = false;
  int64_t groups = 1;
  int64_t total_rows = 0;  // Over all groups, when there are several.

  GemmShape Up() const { return {rows, gated ? 2 * width : width, hidden, groups, total_rows}; }
  GemmShape Down() const { return {rows, hidden, width, groups, total_rows}; }
};

void AppendMlpCore(const MlpCore& core, OperatorList& list);
void AppendMlpCoreBackward(const MlpCore& core, OperatorList& list);

}  // namespace tessera
