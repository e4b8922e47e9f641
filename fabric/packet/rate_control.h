// DCQCN at the sender of one flow: a rate that falls with notices of congestion and recovers by
// time and bytes. Zhu et al., "Congestion control for large-scale RDMA deployments", SIGCOMM 2015,
// section 3. Pure: knows time only as how often it is told that a timer has run out.
#pragma once

#include "core/units.h"
#include "fabric/packet/packet_params.h"

namespace tessera {

class RateControl {
 public:
  // A flow starts at the rate of its host's link, `line`.
  RateControl(const DcqcnParams& params, Bandwidth line);

  Bandwidth rate() const { return current_; }
  bool at_line_rate() const { return current_ == line_; }

  // The target saw marked packets.
  void OnNotice();
  // One timer_interval without a notice is over: the estimate falls ...
  void OnDecayTimer();
  // ... and the rate recovers.
  void OnIncreaseTimer();
  // `bytes` have been sent.
  void OnSent(Bytes bytes);

 private:
  void Increase();

  const DcqcnParams* params_;
  Bandwidth line_;
  Bandwidth current_;
  Bandwidth target_;
  double congestion_ = 1;  // Estimate, alpha in the paper.
  Bytes sent_;             // Since the last round of bytes.
  int timer_rounds_ = 0;
  int byte_rounds_ = 0;
};

}  // namespace tessera
