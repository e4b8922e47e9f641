#include "fabric/noc/noc_router.h"

#include "core/check.h"

namespace tessera {

NocRouter::NocRouter(const NocParams& params)
    : ports_(params.ports()),
      vcs_(params.virtual_channels),
      buffer_flits_(params.buffer_flits),
      speedup_(params.input_speedup),
      group_size_(params.virtual_channels / params.input_speedup),
      queue_(At(ports_ * vcs_ * buffer_flits_)) {
  const uint64_t all = (uint64_t{1} << vcs_) - 1;
  const uint64_t lower = (uint64_t{1} << (vcs_ / 2)) - 1;
  range_masks_ = {all, lower, all & ~lower};
  for (int port = 0; port < ports_; ++port) free_[At(port)] = all;
  credits_.fill(static_cast<uint8_t>(buffer_flits_));
}

void NocRouter::Arrive(int input, Flit flit, Routes& routes) {
  uint8_t& count = count_[At(input)];
  TESSERA_CHECK(count < buffer_flits_);
  int place = head_[At(input)] + count;
  if (place >= buffer_flits_) place -= buffer_flits_;
  queue_[Slot(input, place)] = flit;
  ++flits_;
  if (++count > 1) return;
  if (flit.head) {
    RouteFront(input, routes);
  } else {
    const int port = OutputPort(output_[At(input)]);
    ready_[At(port)] |= Bit(input);
    wanted_ |= 1U << port;
    ready_inputs_ |= Bit(input);
  }
}

// The head flit at the front asks for a VC.
void NocRouter::RouteFront(int input, Routes& routes) {
  const Hop hop = routes.Route(front(input).packet, InputPort(input));
  waiting_[At(hop.port)][static_cast<size_t>(hop.range)] |= Bit(input);
  requesting_ |= 1U << hop.port;
  range_[At(input)] = hop.range;
  output_[At(input)] = static_cast<uint8_t>(OutputChannel(hop.port, 0));
}

void NocRouter::TakeCredit(int output) {
  if (++credits_[At(output)] > 1) return;
  const bool owned = (free_[At(OutputPort(output))] & Bit(OutputVc(output))) == 0;
  if (owned) starved_ &= ~Bit(owner_[At(output)]);
}

void NocRouter::Allocate(Routes& routes, std::vector<Departure>& departures) {
  // Both allocators see the state at the beginning of the cycle.
  GrantChannels();
  AllocateSwitch(routes, departures);
  TakeGrants();
}

// Every free output channel offers itself to one of the inputs that may take it.
void NocRouter::GrantChannels() {
  granted_inputs_ = 0;
  for (uint32_t ports = requesting_; ports != 0; ports &= ports - 1) {
    const int port = std::countr_zero(ports);
    const std::array<uint64_t, 3>& waiting = waiting_[At(port)];
    for (uint64_t vcs = free_[At(port)]; vcs != 0; vcs &= vcs - 1) {
      const int vc = std::countr_zero(vcs);
      const bool lower = (RangeMask(VcRange::kLower) & Bit(vc)) != 0;
      const uint64_t requests = waiting[0] | waiting[lower ? 1 : 2];
      if (requests == 0) continue;
      const int output = OutputChannel(port, vc);
      const int input = FirstFrom(requests, next_input_[At(output)]);
      if ((granted_inputs_ & Bit(input)) == 0) granted_[At(input)] = 0;
      granted_inputs_ |= Bit(input);
      granted_[At(input)] |= Bit(output);
    }
  }
}

// Every input with offers takes one.
void NocRouter::TakeGrants() {
  for (uint64_t inputs = granted_inputs_; inputs != 0; inputs &= inputs - 1) {
    const int input = std::countr_zero(inputs);
    const int output = FirstFrom(granted_[At(input)], next_output_[At(input)]);
    const int port = OutputPort(output);
    next_output_[At(input)] = static_cast<uint8_t>((output + 1) % (ports_ * vcs_));
    next_input_[At(output)] = static_cast<uint8_t>((input + 1) % (ports_ * vcs_));
    std::array<uint64_t, 3>& waiting = waiting_[At(port)];
    waiting[static_cast<size_t>(range_[At(input)])] &= ~Bit(input);
    if ((waiting[0] | waiting[1] | waiting[2]) == 0) requesting_ &= ~(1U << port);
    free_[At(port)] &= ~Bit(OutputVc(output));
    owner_[At(output)] = static_cast<uint8_t>(input);
    output_[At(input)] = static_cast<uint8_t>(output);
    ready_[At(port)] |= Bit(input);
    wanted_ |= 1U << port;
    ready_inputs_ |= Bit(input);
    if (credits_[At(output)] == 0) starved_ |= Bit(input);
  }
}

// Output ports offer themselves to crossbar inputs, which take one offer each and pick a VC.
void NocRouter::AllocateSwitch(Routes& routes, std::vector<Departure>& departures) {
  std::array<uint32_t, kMaxChannels> offers;  // Of the crossbar inputs in `groups`.
  uint64_t groups = 0;
  for (uint32_t ports = wanted_; ports != 0; ports &= ports - 1) {
    const int port = std::countr_zero(ports);
    const uint64_t able = ready_[At(port)] & ~starved_;
    if (able == 0) continue;
    const int group = FirstFrom(able, next_group_[At(port)] * group_size_) / group_size_;
    if ((groups & Bit(group)) == 0) offers[At(group)] = 0;
    groups |= Bit(group);
    offers[At(group)] |= 1U << port;
  }
  for (; groups != 0; groups &= groups - 1) {
    const int group = std::countr_zero(groups);
    const int port = FirstFrom(offers[At(group)], next_port_[At(group)]);
    const uint64_t of_group = ((uint64_t{1} << group_size_) - 1) << (group * group_size_);
    const uint64_t able = (ready_[At(port)] & ~starved_ & of_group) >> (group * group_size_);
    const int slot = FirstFrom(able, next_vc_[At(group)]);
    next_vc_[At(group)] = static_cast<uint8_t>((slot + 1) % group_size_);
    next_port_[At(group)] = static_cast<uint8_t>((port + 1) % ports_);
    next_group_[At(port)] = static_cast<uint8_t>((group + 1) % (ports_ * speedup_));
    Leave(group * group_size_ + slot, routes, departures);
  }
}

void NocRouter::Leave(int input, Routes& routes, std::vector<Departure>& departures) {
  const Flit flit = front(input);
  const int output = output_[At(input)];
  const int port = OutputPort(output);
  departures.push_back({.flit = flit, .input = input, .output = output});
  if (++head_[At(input)] == buffer_flits_) head_[At(input)] = 0;
  --count_[At(input)];
  --flits_;
  if (--credits_[At(output)] == 0) starved_ |= Bit(input);
  if (flit.tail) {
    free_[At(port)] |= Bit(OutputVc(output));
    starved_ &= ~Bit(input);
  } else if (holds(input)) {
    return;
  }
  ready_inputs_ &= ~Bit(input);
  ready_[At(port)] &= ~Bit(input);
  if (ready_[At(port)] == 0) wanted_ &= ~(1U << port);
  if (flit.tail && holds(input)) RouteFront(input, routes);
}

uint64_t NocRouter::WaitsFor(int input) const {
  if (!holds(input)) return 0;
  if ((ready_inputs_ & Bit(input)) != 0) {
    return (starved_ & Bit(input)) != 0 ? Bit(output_[At(input)]) : 0;
  }
  const int port = OutputPort(output_[At(input)]);
  return (RangeMask(range_[At(input)]) & ~free_[At(port)]) << (port * vcs_);
}

}  // namespace tessera
