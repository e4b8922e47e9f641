// One router of a network on chip: input buffers, virtual-channel and switch allocation, credits.
// Does not know time, links or packets: the network tells it what arrives and takes what leaves.
//
// Sets of virtual channels are bit masks, which is what makes a cycle cheap: an arbiter is a shift
// and a count of trailing zeros. Input channels are numbered so that those that share a crossbar
// input are neighbours; output channels are numbered by (port, VC).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "fabric/noc/noc_params.h"

namespace tessera {

// A flit in a buffer.
struct Flit {
  uint32_t packet = 0;
  bool head = false;
  bool tail = false;
};

// Which VCs of the output port a packet may take.
enum class VcRange : uint8_t { kAll, kLower, kUpper };

class NocRouter {
 public:
  explicit NocRouter(const NocParams& params);

  struct Hop {
    int port = 0;
    VcRange range = VcRange::kAll;
  };
  // Where the packet of a head flit in input channel `input` goes.
  class Routes {
   public:
    virtual ~Routes() = default;
    virtual Hop Route(uint32_t packet, int input_port) = 0;
  };
  // A flit that left its buffer.
  struct Departure {
    Flit flit;
    int input = 0;   // Channel in which a slot is free now.
    int output = 0;  // Channel that it takes.
  };

  int InputChannel(int port, int vc) const {
    return (port * speedup_ + vc % speedup_) * group_size_ + vc / speedup_;
  }
  int InputPort(int input) const { return input / vcs_; }
  int InputVc(int input) const {
    return input % vcs_ % group_size_ * speedup_ + input % vcs_ / group_size_;
  }
  int OutputChannel(int port, int vc) const { return port * vcs_ + vc; }
  int OutputPort(int output) const { return output / vcs_; }
  int OutputVc(int output) const { return output % vcs_; }

  // Precondition: the channel has room.
  void Arrive(int input, Flit flit, Routes& routes);
  void TakeCredit(int output);
  // One cycle of both allocators. Appends what leaves, at most one flit an output port.
  void Allocate(Routes& routes, std::vector<Departure>& departures);
  // False if a cycle would change nothing until something arrives.
  bool active() const { return requesting_ != 0 || (ready_inputs_ & ~starved_) != 0; }

  // For whoever explains a standstill.
  bool holds(int input) const { return count_[static_cast<size_t>(input)] > 0; }
  Flit front(int input) const { return queue_[Slot(input, head_[static_cast<size_t>(input)])]; }
  // Output channels of which one must get a credit, or become free, before `input` can move.
  uint64_t WaitsFor(int input) const;
  int flits() const { return flits_; }

 private:
  static constexpr size_t kMaxPorts = 9;
  static constexpr size_t kMaxChannels = 64;

  static uint64_t Bit(int i) { return uint64_t{1} << i; }
  static size_t At(int i) { return static_cast<size_t>(i); }
  // The first member of a set that is not empty, from `start` on and then from 0.
  static int FirstFrom(uint64_t set, int start) {
    const uint64_t after = set >> start << start;
    return std::countr_zero(after != 0 ? after : set);
  }
  size_t Slot(int input, int place) const { return At(input * buffer_flits_ + place); }
  uint64_t RangeMask(VcRange range) const { return range_masks_[static_cast<size_t>(range)]; }

  void RouteFront(int input, Routes& routes);
  void GrantChannels();
  void AllocateSwitch(Routes& routes, std::vector<Departure>& departures);
  void Leave(int input, Routes& routes, std::vector<Departure>& departures);
  void TakeGrants();

  int ports_;
  int vcs_;
  int buffer_flits_;
  int speedup_;
  int group_size_;  // VCs of one crossbar input.
  std::array<uint64_t, 3> range_masks_{};

  int flits_ = 0;
  uint64_t ready_inputs_ = 0;  // Input channels with an output channel and a flit.
  uint64_t starved_ = 0;       // Those whose output channel has no credit.
  uint32_t requesting_ = 0;    // Output ports for which some head has no VC yet.
  uint32_t wanted_ = 0;        // Output ports for which some channel is ready.
  std::array<std::array<uint64_t, 3>, kMaxPorts> waiting_{};  // By port and range.
  std::array<uint64_t, kMaxPorts> ready_{};                   // By port.
  std::array<uint64_t, kMaxPorts> free_{};                    // VCs by port.

  // By input channel.
  std::array<uint8_t, kMaxChannels> head_{};
  std::array<uint8_t, kMaxChannels> count_{};
  std::array<uint8_t, kMaxChannels> output_{};
  std::array<VcRange, kMaxChannels> range_{};
  std::array<uint8_t, kMaxChannels> next_output_{};  // Round robin among grants.
  std::array<uint64_t, kMaxChannels> granted_{};
  uint64_t granted_inputs_ = 0;
  // By output channel.
  std::array<uint8_t, kMaxChannels> credits_{};
  std::array<uint8_t, kMaxChannels> owner_{};
  std::array<uint8_t, kMaxChannels> next_input_{};
  // Round robin of the switch: by output port over crossbar inputs, by crossbar input over ports
  // and over its VCs.
  std::array<uint8_t, kMaxPorts> next_group_{};
  std::array<uint8_t, kMaxChannels> next_port_{};
  std::array<uint8_t, kMaxChannels> next_vc_{};
  std::vector<Flit> queue_;
};

}  // namespace tessera
