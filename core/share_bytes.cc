#include "core/share_bytes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr size_t kWord = sizeof(Event::payload);

// Their number, then the bytes.
std::vector<Event> EventsOf(absl::string_view bytes) {
  std::vector<Event> events(1 + (bytes.size() + kWord - 1) / kWord);
  events[0].payload = bytes.size();
  for (size_t e = 1; e < events.size(); ++e) {
    const absl::string_view word = bytes.substr((e - 1) * kWord, kWord);
    std::memcpy(&events[e].payload, word.data(), word.size());
  }
  return events;
}

absl::StatusOr<std::string> BytesOf(const std::vector<Event>& events) {
  const uint64_t size = events.empty() ? 0 : events[0].payload;
  if (events.empty() || size > (events.size() - 1) * kWord) {
    return absl::DataLossError("events that carry no bytes");
  }
  std::string bytes(size, '\0');
  for (size_t at = 0; at < size; at += kWord) {
    std::memcpy(&bytes[at], &events[1 + at / kWord].payload, std::min<size_t>(kWord, size - at));
  }
  return bytes;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ShareBytes(WindowTransport& transport,
                                                    absl::string_view mine) {
  const auto count = static_cast<size_t>(transport.partitions());
  const auto self = static_cast<size_t>(transport.self());
  WindowMessage message{.next = Time::max(), .events = EventsOf(mine)};
  message.earliest_sent.assign(count, Time::max());
  const std::vector<WindowMessage> outgoing(count, message);
  std::vector<WindowMessage> incoming(count);
  TESSERA_RETURN_IF_ERROR(transport.Exchange(outgoing, incoming));
  std::vector<std::string> all(count);
  for (size_t p = 0; p < count; ++p) {
    TESSERA_ASSIGN_OR_RETURN(all[p], BytesOf((p == self ? outgoing : incoming)[p].events));
  }
  return all;
}

}  // namespace tessera
