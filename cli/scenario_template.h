// The scenario that `tessera init` writes: runs as it is, and explains what can be changed.
#pragma once

namespace tessera {

extern const char kScenarioTemplate[];

}  // namespace tessera
