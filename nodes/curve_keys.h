// The keys by which the processes of one run know one another (CURVE, ZeroMQ RFC 26).
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace tessera {

// Of one run, as ZeroMQ writes them (Z85): a pair for those who accept connections and one for
// those who ask for them. Every process of the run has both.
struct CurveKeys {
  std::string server_public{};
  std::string server_secret{};
  std::string client_public{};
  std::string client_secret{};

  bool empty() const { return server_public.empty(); }
};

// Error (Unimplemented): this libzmq has no CURVE.
absl::StatusOr<CurveKeys> MakeCurveKeys();

}  // namespace tessera
