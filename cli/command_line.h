// The `tessera` command: finds the verb, reads its options, runs it.
#pragma once

namespace tessera {

// Answers the exit code: 0 success, 1 the run or a check failed, 2 bad input. Results go to stdout,
// everything else to stderr.
int RunCommandLine(int argc, const char* const* argv);

}  // namespace tessera
