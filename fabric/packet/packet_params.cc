#include "fabric/packet/packet_params.h"

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

absl::Status Wrong(absl::string_view what, double found, absl::string_view accepted) {
  return absl::InvalidArgumentError(
      absl::StrCat("packet network: ", what, ": found ", found, "; accepted: ", accepted));
}

}  // namespace

PacketParams CreditLinks() {
  PacketParams params;
  params.transport = PacketTransport::kCredit;
  params.header = Bytes(16);
  return params;
}

absl::Status CheckPackets(const PacketParams& params) {
  const auto bytes = [](Bytes b) { return static_cast<double>(b.count()); };
  if (params.payload < Bytes(1)) return Wrong("payload", bytes(params.payload), "1 byte or more");
  if (params.header < Bytes(1)) return Wrong("header", bytes(params.header), "1 byte or more");
  const Bytes packet = params.payload + params.header;
  if (params.port_buffer < packet) {
    return Wrong("port_buffer", bytes(params.port_buffer), "at least one packet");
  }
  if (!(params.window > 0)) return Wrong("window", params.window, "above 0");
  if (params.resume_below < packet || params.pause_above <= params.resume_below) {
    return Wrong("pause_above", bytes(params.pause_above),
                 "above resume_below, which is at least one packet");
  }
  const Bytes buffer = params.credit.buffer;
  if (buffer != Bytes() && buffer < packet) {
    return Wrong("credit.buffer", bytes(buffer), "at least one packet, or 0");
  }
  const DcqcnParams& dcqcn = params.dcqcn;
  if (dcqcn.mark_all_above <= dcqcn.mark_above) {
    return Wrong("mark_all_above", bytes(dcqcn.mark_all_above), "above mark_above");
  }
  if (!(dcqcn.gain > 0 && dcqcn.gain <= 1)) return Wrong("gain", dcqcn.gain, "above 0 up to 1");
  return absl::OkStatus();
}

}  // namespace tessera
