#include "nodes/astra/mailbox.h"

#include <utility>

#include "core/check.h"

namespace tessera {

uint32_t AstraMailbox::Open(const AstraChannelKey& key) {
  const auto [it, is_new] = by_key_.try_emplace(key, 0);
  if (is_new) {
    if (spare_.empty()) {
      spare_.push_back(static_cast<uint32_t>(channels_.size()));
      channels_.emplace_back().entries.resize(2);
    }
    it->second = spare_.back();
    spare_.pop_back();
    channels_[it->second].key = key;
  }
  ++channels_[it->second].users;
  return it->second;
}

void AstraMailbox::Close(uint32_t channel) {
  --channels_[channel].users;
  DropIfIdle(channel);
}

AstraMailbox::Entry& AstraMailbox::NewEntry(Channel& channel, uint32_t number) {
  const uint32_t size = static_cast<uint32_t>(channel.entries.size());
  if (number - channel.oldest >= size) {
    std::vector<Entry> wider(2 * size);
    for (uint32_t i = channel.oldest; i != number; ++i) {
      wider[i & (2 * size - 1)] = channel.At(i);
    }
    channel.entries = std::move(wider);
  }
  Entry& entry = channel.At(number);
  entry = {};
  return entry;
}

uint32_t AstraMailbox::Send(uint32_t channel, AstraToken sender) {
  Channel& c = channels_[channel];
  const uint32_t number = c.sends;
  Entry& entry = number < c.posts ? c.At(number) : NewEntry(c, number);
  ++c.sends;
  entry.sender = sender;
  return number;
}

bool AstraMailbox::Post(uint32_t channel, AstraToken receiver) {
  Channel& c = channels_[channel];
  const uint32_t number = c.posts;
  Entry& entry = number < c.sends ? c.At(number) : NewEntry(c, number);
  ++c.posts;
  entry.receiver = receiver;
  entry.posted = true;
  if (!entry.arrived) return false;
  DropMatched(channel);
  return true;
}

AstraMailbox::Arrival AstraMailbox::Arrive(uint32_t channel, uint32_t number) {
  Channel& c = channels_[channel];
  Entry& entry = c.At(number);
  entry.arrived = true;
  const Arrival arrival = {.sender = entry.sender, .receiver = entry.receiver};
  if (entry.posted) DropMatched(channel);
  return arrival;
}

void AstraMailbox::DropMatched(uint32_t channel) {
  Channel& c = channels_[channel];
  while (c.oldest != c.newest() && c.At(c.oldest).arrived && c.At(c.oldest).posted) ++c.oldest;
  DropIfIdle(channel);
}

void AstraMailbox::DropIfIdle(uint32_t channel) {
  Channel& c = channels_[channel];
  if (c.users > 0 || c.oldest != c.newest()) return;
  by_key_.erase(c.key);
  c.sends = c.posts = c.oldest = 0;
  spare_.push_back(channel);
}

}  // namespace tessera
