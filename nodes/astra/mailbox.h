// Matches sends with receives: the k-th send of a channel with its k-th receive, where a channel is
// everything of one tag and size between two ranks. A send is over when the message has arrived,
// a receive when that has happened and it was posted.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace tessera {

// Who is told that a send or a receive is over; 0: nobody.
using AstraToken = uint64_t;

struct AstraChannelKey {
  uint64_t tag = 0;
  int32_t source = 0;
  int32_t target = 0;
  uint64_t bytes = 0;

  friend bool operator==(const AstraChannelKey&, const AstraChannelKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const AstraChannelKey& key) {
    return H::combine(std::move(h), key.tag, key.source, key.target, key.bytes);
  }
};

class AstraMailbox {
 public:
  // A channel stays while somebody has it open and while something in it is not matched.
  uint32_t Open(const AstraChannelKey& key);
  void Close(uint32_t channel);
  const AstraChannelKey& KeyOf(uint32_t channel) const { return channels_[channel].key; }

  // A number of the message in its channel, for Arrive.
  uint32_t Send(uint32_t channel, AstraToken sender);
  // True if the message has arrived before: the receive is over.
  bool Post(uint32_t channel, AstraToken receiver);

  struct Arrival {
    AstraToken sender = 0;
    AstraToken receiver = 0;  // 0 where the receive is not posted yet.
  };
  Arrival Arrive(uint32_t channel, uint32_t number);

 private:
  struct Entry {
    AstraToken sender = 0;
    AstraToken receiver = 0;
    bool posted = false;
    bool arrived = false;
  };
  struct Channel {
    AstraChannelKey key;
    uint32_t users = 0;
    uint32_t sends = 0;
    uint32_t posts = 0;
    uint32_t oldest = 0;         // Entries before it are matched.
    std::vector<Entry> entries;  // A ring: entry k at k modulo its size, a power of two.

    uint32_t newest() const { return sends > posts ? sends : posts; }
    Entry& At(uint32_t number) { return entries[number & (entries.size() - 1)]; }
  };

  Entry& NewEntry(Channel& channel, uint32_t number);
  void DropMatched(uint32_t channel);
  void DropIfIdle(uint32_t channel);

  std::vector<Channel> channels_;
  std::vector<uint32_t> spare_;
  absl::flat_hash_map<AstraChannelKey, uint32_t> by_key_;
};

}  // namespace tessera
