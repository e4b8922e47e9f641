// Whatever a peer sends, the decoder answers with a frame that keeps its promises or an error. The
// first byte of the input is the length of the header.
#include <cstddef>
#include <cstdint>

#include "core/check.h"
#include "nodes/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const absl::string_view header = input.substr(0, data[0]);
  const absl::string_view payload = input.substr(header.size());
  const tessera::FrameContext context{.run_id = "run", .partitions = 2};
  const auto frame = tessera::DecodeFrame(context, header, payload);
  if (!frame.ok()) {
    TESSERA_CHECK(!frame.status().message().empty());
    return 0;
  }
  TESSERA_CHECK(frame->sender == 0 || frame->sender == 1);
  if (frame->kind == tessera::FrameKind::kWindow) {
    TESSERA_CHECK(frame->window.earliest_sent.size() == 2);
    TESSERA_CHECK(frame->window.events.size() * sizeof(tessera::Event) == payload.size());
  } else {
    TESSERA_CHECK(frame->bytes == payload);
  }
  return 0;
}
