// Traffic between a chip and the memory of its host, for what a plan keeps there.
//
// Weights and cache of a layer come while the layer before is computed (two of each are on the
// chip); what takes longer than the layer is waited for. Only the link is priced: host memory is
// faster, and nothing else uses the link.
#pragma once

#include "core/units.h"
#include "partition/lowering_context.h"

namespace tessera {

// One way over the link to the host, which the ranks of a chip share. The plan offloads something,
// so the chip states its bandwidth.
Duration HostTransferTime(const LoweringContext& context, Bytes bytes);

// What a rank waits for while `bytes` come under `cover`; zero if they are there by then.
Work ExposedHostTransfer(const LoweringContext& context, Bytes bytes, Duration cover);

}  // namespace tessera
