// A line on stderr that is written over, for people who wait; nothing where stderr is no terminal.
#pragma once

#include <string>

namespace tessera {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();  // Removes the line.
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const std::string& text);

 private:
  bool terminal_;
  bool shown_ = false;
};

}  // namespace tessera
