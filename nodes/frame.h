// The frames between processes of one run: a small Protobuf header (nodes/wire.proto), then the
// payload as it lies in memory (little-endian): events of 32 bytes, or bytes. Nothing that a frame
// says is believed before it has been checked: whoever reaches the port can send one.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/window_transport.h"

namespace tessera {

enum class FrameKind { kWindow, kResult, kFarewell, kFailed };

struct Frame {
  FrameKind kind = FrameKind::kWindow;
  int sender = 0;
  WindowMessage window{};  // kWindow.
  std::string bytes{};     // kResult, kFailed.
};

// Who may speak.
struct FrameContext {
  std::string run_id{};
  int partitions = 1;
};

struct EncodedFrame {
  std::string header{};
  std::string payload{};
};
EncodedFrame EncodeWindow(const FrameContext& context, int sender, const WindowMessage& message);
EncodedFrame EncodeBytes(const FrameContext& context, int sender, FrameKind kind,
                         absl::string_view bytes);

// Errors (InvalidArgument) say what is wrong: not a frame of this program, another version, byte
// order, run or record size, a sender that there is not, a length or a checksum that is not right.
absl::StatusOr<Frame> DecodeFrame(const FrameContext& context, absl::string_view header,
                                  absl::string_view payload);

}  // namespace tessera
