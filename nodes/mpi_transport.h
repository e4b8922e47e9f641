// Partitions of one simulation as MPI processes. One message a frame (nodes/frame.h).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "nodes/process_transport.h"

namespace tessera {

struct MpiTransportOptions {
  std::string run_id{};
  int self = 0;
  int partitions = 1;
  std::vector<std::string> names{};  // By partition.
  bool& ended_well;                  // Set when everybody has come to the end.
  // A peer that sends nothing for so long in a window is lost.
  std::chrono::milliseconds window_timeout{600'000};
};

// MPI is initialised, and stays so while the transport lives.
std::unique_ptr<ProcessTransport> MakeMpiTransport(MpiTransportOptions options);

}  // namespace tessera
