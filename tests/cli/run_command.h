// Runs the tessera binary, and others, as a user does.
#pragma once

#include <string>

namespace tessera {

struct CommandResult {
  int exit_code = -1;  // Of a signal: 128 plus its number.
  std::string out;
  std::string err;
};

// `command` as a shell reads it, in the root of the sources.
CommandResult RunCommand(const std::string& command);
// `arguments` as a shell reads them, in the root of the sources.
CommandResult RunTessera(const std::string& arguments);

}  // namespace tessera
