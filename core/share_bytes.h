// What partitions tell one another besides windows of events: any bytes, from each to all.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/window_transport.h"

namespace tessera {

// Every partition calls it and receives what each has given, by number. The bytes travel as the
// payloads of the events of one window, so that every transport carries them, and a checkpoint
// keeps them; for a few megabytes, since an event has four times the size of its payload. Errors:
// the transport's; what has come is no bytes.
absl::StatusOr<std::vector<std::string>> ShareBytes(WindowTransport& transport,
                                                    absl::string_view mine);

}  // namespace tessera
