#include "partition/host_transfer.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {

Duration HostTransferTime(const LoweringContext& context, Bytes bytes) {
  const auto& host = context.chip.spec().host_bandwidth;
  TESSERA_CHECK(host.has_value());
  return TransferTime(bytes * context.scenario.system.ranks_per_chip, *host);
}

Work ExposedHostTransfer(const LoweringContext& context, Bytes bytes, Duration cover) {
  Work wait;
  if (bytes == Bytes()) return wait;
  wait.by_class[static_cast<size_t>(OperatorClass::kHostTransfer)].time =
      std::max(Duration{}, HostTransferTime(context, bytes) - cover);
  return wait;
}

}  // namespace tessera
