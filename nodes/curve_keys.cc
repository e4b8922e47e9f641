#include "nodes/curve_keys.h"

#include <zmq.h>

#include <array>

namespace tessera {

absl::StatusOr<CurveKeys> MakeCurveKeys() {
  constexpr size_t kKeySize = 41;
  std::array<std::array<char, kKeySize>, 4> keys{};
  if (zmq_curve_keypair(keys[0].data(), keys[1].data()) != 0 ||
      zmq_curve_keypair(keys[2].data(), keys[3].data()) != 0) {
    return absl::UnimplementedError("this libzmq has no CURVE");
  }
  return CurveKeys{keys[0].data(), keys[1].data(), keys[2].data(), keys[3].data()};
}

}  // namespace tessera
