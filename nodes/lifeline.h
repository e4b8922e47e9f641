// What a worker learns from the process that started it: a socket that carries why the run ends,
// and that breaks when the starter itself is gone, at once in both cases.
#pragma once

#include <string>
#include <thread>

#include "nodes/alarm.h"

namespace tessera {

class Lifeline {
 public:
  // Watches the socket `fd`, and closes it in the end; -1: there is none. `starter`
  // names the process at the other end: "process 0 (pid 17)".
  Lifeline(int fd, std::string starter);
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;
  ~Lifeline();

  const Alarm& alarm() const { return alarm_; }

 private:
  void Watch(const std::string& starter);

  int fd_;
  int quit_;  // An eventfd: this object is going.
  Alarm alarm_;
  std::thread thread_;
};

}  // namespace tessera
