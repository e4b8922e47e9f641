// Ctrl-C: the first one asks for an orderly end, a second one kills.
#pragma once

#include <atomic>

namespace tessera {

// Catches SIGINT and SIGTERM from now on. The flag becomes true at the first of them.
const std::atomic<bool>& CatchInterrupts();

}  // namespace tessera
