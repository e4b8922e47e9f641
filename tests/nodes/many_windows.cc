#include "tests/nodes/many_windows.h"

#include <string>
#include <vector>

#include "core/status_macros.h"

namespace tessera {
namespace {

WindowMessage MessageOf(int window, uint64_t sender, size_t partitions, const ManyWindows& many) {
  WindowMessage message;
  message.window = window;
  message.stop = window % 7 == 3;
  message.next = Time(Duration(window + static_cast<int>(sender)));
  message.earliest_sent.assign(partitions, Time(Duration(100 + window)));
  const uint64_t events = static_cast<uint64_t>(window) * many.step % many.most;
  for (uint64_t e = 0; e < events; ++e) {
    message.events.push_back(
        {.time = Time(), .order = sender, .target = 0, .kind = 0, .payload = e});
  }
  return message;
}

bool Same(const WindowMessage& a, const WindowMessage& b) {
  bool same = a.window == b.window && a.stop == b.stop && a.next == b.next &&
              a.earliest_sent == b.earliest_sent && a.events.size() == b.events.size();
  for (size_t e = 0; same && e < a.events.size(); ++e) {
    same = a.events[e].order == b.events[e].order && a.events[e].payload == b.events[e].payload;
  }
  return same;
}

absl::Status ReceiveOne(WindowTransport& transport, int window, const ManyWindows& many) {
  const auto count = static_cast<size_t>(transport.partitions());
  std::vector<WindowMessage> incoming(count);
  TESSERA_RETURN_IF_ERROR(transport.ReceiveWindow(incoming));
  for (size_t p = 0; p < count; ++p) {
    if (static_cast<int>(p) == transport.self()) continue;
    if (!Same(incoming[p], MessageOf(window, p, count, many))) {
      return absl::DataLossError("window " + std::to_string(window) + " is not right");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ExchangeMany(WindowTransport& transport, const ManyWindows& many) {
  const auto count = static_cast<size_t>(transport.partitions());
  const auto self = static_cast<uint64_t>(transport.self());
  for (int w = 0; w < many.windows + many.lag; ++w) {
    if (w < many.windows) {
      TESSERA_RETURN_IF_ERROR(
          transport.SendWindow(std::vector<WindowMessage>(count, MessageOf(w, self, count, many))));
    }
    if (w >= many.lag) TESSERA_RETURN_IF_ERROR(ReceiveOne(transport, w - many.lag, many));
  }
  return absl::OkStatus();
}

}  // namespace tessera
