// The table of nccl-tests: same columns, same formats, so that readers and scripts know it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "collectives/collective.h"
#include "study/collective_sweep.h"

namespace tessera {

// "float" for fp32, "half" for fp16, "bfloat16" for bf16; other precisions keep their names.
std::string NcclTypeName(absl::string_view precision);
// The other way round; a name that nccl-tests does not have stays as it is.
std::string PrecisionOfNcclType(absl::string_view type);

// Head, one line a size and the average bus bandwidth; each line ends with the algorithm that ran.
// Columns and formats: NVIDIA/nccl-tests src/common.cu (size, count, type, redop, root, time in us,
// algbw and busbw in GB/s).
std::string NcclTable(const CollectiveTable& table, CollectiveOp op, absl::string_view precision);

}  // namespace tessera
