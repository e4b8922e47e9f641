// What an operator asks of a chip that keeps its data near its units: the same counts whatever the
// execution style.
#pragma once

#include "workload/operator.h"

namespace tessera {

// Of one operator, its count left out.
struct OperatorWork {
  double matrix_flops = 0;
  double vector_flops = 0;  // Softmax and element-wise work, fp32.
  double exponentials = 0;
  double stationary_bytes = 0;  // Weights; keys and values.
  double moving_bytes = 0;      // Activations in and results out.
};

OperatorWork WorkOf(const Operator& op);

}  // namespace tessera
