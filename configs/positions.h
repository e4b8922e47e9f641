// Where each value of a decoded configuration was written, for faults that show only later. Keys
// are paths from the root: "system.chip.memory[0].bandwidth".
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tessera {

struct Position {
  std::string file;
  int line = 0;  // From 1; 0: the text has no lines (an option of the command line).
  int column = 0;

  std::string ToString() const;  // "file:line:column" or "file".
};

// InvalidArgument "file:line:column: message".
absl::Status ErrorAt(const Position& position, absl::string_view message);

class PositionTable {
 public:
  void Set(const std::string& path, Position position) { positions_[path] = std::move(position); }
  // Of the path itself or of the closest part of it that was written: "a.b" for "a.b.c[0]".
  Position Of(absl::string_view path) const;

 private:
  std::map<std::string, Position, std::less<>> positions_;
};

}  // namespace tessera
