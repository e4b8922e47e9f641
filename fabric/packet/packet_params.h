// A network simulated packet by packet: hosts cut messages into packets, switches store and forward
// them through finite buffers.
//
// Vocabulary. A *port* is a link seen from its sender, with the queue before it. A *path* number
// says which of several equally short ways a packet takes at each switch. Two transports:
// - receiver-driven: a sender may send one window at once; after that the receiver *pulls* packets
//   at the rate of its link. A packet that finds a queue full is *trimmed* to its header, which
//   goes ahead of data, so that the receiver can ask for it again (Handley et al., "Re-architecting
//   datacenter networks and stacks for low latency and high performance", 2017, as in EQDS).
// - lossless: senders send at line rate, or as DCQCN allows; a switch *pauses* the sender of a link
//   from which it holds too much (priority flow control, IEEE 802.1Qbb).
// - credit: the sender of a link knows how much room is left at its other end, for each *virtual
//   channel* (VC) by itself, and sends a packet when it fits (PCI Express, NVLink, InfiniBand,
//   networks on chip; Dally and Towles, "Principles and practices of interconnection networks",
//   2004, chapters 13 and 14). Packets are forwarded as soon as their header is there (virtual
//   cut-through), by switches and by chips, on the ways that the topology's routes give them.
#pragma once

#include "absl/status/status.h"
#include "core/units.h"

namespace tessera {

enum class PacketTransport : uint8_t { kReceiverDriven, kLossless, kCredit };

enum class PathChoice : uint8_t {
  kSpray,  // Packets of a flow take all its paths in turn, in a random order that changes.
  kHash,   // All take one, by a hash of flow and seed (ECMP), or the one that the flow names.
};

// DCQCN: Zhu et al., "Congestion control for large-scale RDMA deployments", SIGCOMM 2015.
// Intervals, gain and fast recovery are that paper's; the marking thresholds are those that Li et
// al., "HPCC", SIGCOMM 2019, use with it at 25 Gb/s; the steps of increase are estimates.
struct DcqcnParams {
  bool enabled = false;
  Bytes mark_above{100'000};      // Of a port's queue: marking begins,
  Bytes mark_all_above{400'000};  // and reaches every packet, rising up to
  double most_mark_probability = 0.01;
  Duration notification_interval{50'000'000};  // Least time between two notices of one flow.
  Duration timer_interval{55'000'000};  // The estimate decays and the rate recovers so often.
  Bytes increase_bytes{10'000'000};
  int fast_recovery_rounds = 5;
  double gain = 1.0 / 256;
  Bandwidth additive_increase = Bandwidth::BytesPerSecond(5'000'000);  // 40 Mb/s.
  Bandwidth hyper_increase = Bandwidth::BytesPerSecond(50'000'000);    // 400 Mb/s.
};

struct CreditParams {
  // Of each virtual channel at the end of a link. 0: what a link needs to run at its full rate
  // (HeadroomOf).
  Bytes buffer{0};
  // Packets change channels where rings close, and after every hop off a grid, so that no cycle of
  // buffers can fill up. False: one channel, which shows what would happen.
  bool avoids_deadlock = true;
};

struct PacketParams {
  PacketTransport transport = PacketTransport::kReceiverDriven;
  PathChoice paths = PathChoice::kSpray;
  Bytes payload{4096};
  Bytes header{64};
  // Receiver-driven: data before a port beyond which packets are trimmed; the first window in
  // bandwidth-delay products of the flow's own path.
  Bytes port_buffer{208'000};
  double window = 1.5;
  // Lossless: what a switch holds from one link when it pauses it, and when it lets it go on. What
  // arrives in between takes the headroom (HeadroomOf) on top.
  Bytes pause_above{62'400};
  Bytes resume_below{49'920};
  DcqcnParams dcqcn;
  CreditParams credit;
  uint64_t seed = 1;
};

// Packets on links whose rates are those of payload already, as the rates of scale-up links are:
// the header is one flit of 16 bytes (NVLink's and PCI Express' unit of flow control).
PacketParams CreditLinks();

// Error: what is out of range, found and accepted.
absl::Status CheckPackets(const PacketParams& params);

// What may arrive on a link after its pause was sent: the way of the pause there and of the bytes
// back, one packet that cannot be stopped at either end, and what the sender does before it reacts.
constexpr Bytes HeadroomOf(Duration link_latency, Bandwidth rate, Bytes packet, Bytes reaction) {
  __extension__ using Wide = unsigned __int128;
  const Wide in_flight = Wide{2} * static_cast<Wide>(link_latency.count()) *
                         static_cast<Wide>(rate.bytes_per_second()) / 1'000'000'000'000U;
  return Bytes(static_cast<int64_t>(in_flight)) + 2 * packet + reaction;
}

}  // namespace tessera
