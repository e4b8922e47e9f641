#include "nodes/astra/exchange.h"

#include "core/integer.h"

namespace tessera {

void AstraExchange::ReduceAndHandOver(uint64_t bytes) {
  const auto one =
      static_cast<int64_t>(static_cast<double>(bytes) / endpoint_.memory_bytes_per_s * 1e9);
  PassEndpoint(3 * one);
}

uint32_t AstraExchange::ChannelTo(int target, uint64_t bytes) {
  return engine_.OpenChannel(
      {.tag = endpoint_.tag, .source = endpoint_.rank, .target = target, .bytes = bytes});
}

uint32_t AstraExchange::ChannelFrom(int source, uint64_t bytes) {
  return engine_.OpenChannel(
      {.tag = endpoint_.tag, .source = source, .target = endpoint_.rank, .bytes = bytes});
}

namespace {

// Packets one after the other, up to `parallel` at a time: each is ready once a packet has been
// received, and is sent when it has passed the endpoint.
class PacketExchange : public AstraExchange {
 public:
  PacketExchange(AstraEngine& engine, const AstraEndpoint& endpoint,
                 const AstraExchangeParams& params)
      : AstraExchange(engine, endpoint), op_(params.phase.op), ring_(params.level.ring) {}
  ~PacketExchange() override {
    if (!is_open_) return;
    engine_.CloseChannel(to_);
    engine_.CloseChannel(from_);
  }

  void OnStart() final {
    for (int i = 0; i < parallel_; ++i) Insert();
  }
  void OnReceived() final {
    ++received_;
    Insert();
  }
  bool OnHandedOver() override {
    ++free_;
    SendNext();
    return IsOver();
  }

 protected:
  struct Packet {
    int to = 0;  // Places in the ring.
    int from = 0;
    uint64_t bytes = 0;

    friend bool operator==(const Packet&, const Packet&) = default;
  };
  // The k-th packet that is sent, and the one that is received for it.
  virtual Packet PacketAt(int k) const = 0;

  // The first `first` of every first + others packets are not reduced; of an all-reduce those of
  // the second round neither.
  void SetCounts(int parallel, int sends, int first, int others) {
    parallel_ = parallel;
    to_send_ = sends;
    first_of_round_ = first;
    others_of_round_ = others;
  }
  bool IsOver() const { return to_send_ == 0 && free_ == parallel_; }
  void Free() { ++free_; }
  void SendNext();

  AstraCollective op_;
  AstraRing ring_;
  int parallel_ = 1;
  int to_send_ = 0;
  int received_ = 0;

 private:
  void Insert();

  int first_of_round_ = 1;
  int others_of_round_ = 0;
  int first_left_ = 0;
  int others_left_ = 0;
  bool odd_round_ = false;
  int free_ = 0;      // Packets that have passed the endpoint and are not sent.
  int inserted_ = 0;  // Packets that were made ...
  int sent_ = 0;      // ... and those of them that are sent.
  Packet open_packet_;
  bool is_open_ = false;
  uint32_t to_ = 0;
  uint32_t from_ = 0;
};

void PacketExchange::Insert() {
  if (first_left_ == 0 && others_left_ == 0) {
    first_left_ = first_of_round_;
    others_left_ = others_of_round_;
    odd_round_ = !odd_round_;
  }
  const int packet = inserted_++;
  if (first_left_ > 0) {
    --first_left_;
    return HandOver();
  }
  --others_left_;
  const bool reduces =
      op_ == AstraCollective::kReduceScatter || (op_ == AstraCollective::kAllReduce && odd_round_);
  if (reduces) return ReduceAndHandOver(PacketAt(packet).bytes);
  HandOver();
}

void PacketExchange::SendNext() {
  if (sent_ == inserted_ || to_send_ == 0 || free_ == 0) return;
  const Packet packet = PacketAt(sent_++);
  if (!is_open_ || !(packet == open_packet_)) {
    const uint32_t to = ChannelTo(ring_.RankAt(packet.to), packet.bytes);
    const uint32_t from = ChannelFrom(ring_.RankAt(packet.from), packet.bytes);
    if (is_open_) {
      engine_.CloseChannel(to_);
      engine_.CloseChannel(from_);
    }
    is_open_ = true;
    open_packet_ = packet;
    to_ = to;
    from_ = from;
  }
  SendOn(to_);
  ReceiveOn(from_);
  --to_send_;
  --free_;
}

// Bytes of one message of a ring or a direct exchange.
uint64_t PartOf(const AstraExchangeParams& params) {
  if (params.phase.op == AstraCollective::kAllGather) return params.phase.bytes;
  return params.phase.bytes / static_cast<uint64_t>(params.level.ring.size);
}

// Parts go around: to the next rank what came from the one before.
class RingExchange final : public PacketExchange {
 public:
  RingExchange(AstraEngine& engine, const AstraEndpoint& endpoint,
               const AstraExchangeParams& params)
      : PacketExchange(engine, endpoint, params) {
    const int n = ring_.size;
    const int next = ring_.index + 1 == n ? 0 : ring_.index + 1;
    const int previous = ring_.index == 0 ? n - 1 : ring_.index - 1;
    packet_ = {.to = params.up ? next : previous,
               .from = params.up ? previous : next,
               .bytes = PartOf(params)};
    SetCounts(1, Sends(n), 1, n - 1);
  }

 private:
  int Sends(int n) const {
    if (op_ == AstraCollective::kAllReduce) return 2 * (n - 1);
    return op_ == AstraCollective::kAllToAll ? n * (n - 1) / 2 : n - 1;
  }
  Packet PacketAt(int) const override { return packet_; }

  Packet packet_;
};

// Every rank sends to every other one; an all-reduce does it a second time once all has come.
class DirectExchange final : public PacketExchange {
 public:
  DirectExchange(AstraEngine& engine, const AstraEndpoint& endpoint,
                 const AstraExchangeParams& params)
      : PacketExchange(engine, endpoint, params), up_(params.up), bytes_(PartOf(params)) {
    const int others = ring_.size - 1;
    const int window = params.level.implementation.window;
    const int parallel = window == 0 || window > others ? others : window;
    const bool twice = op_ == AstraCollective::kAllReduce;
    SetCounts(parallel, twice ? 2 * others : others, parallel,
              ring_.members != nullptr ? others * parallel : parallel);
  }

  bool OnHandedOver() override {
    const int others = ring_.size - 1;
    if (op_ != AstraCollective::kAllReduce || to_send_ > others) {
      return PacketExchange::OnHandedOver();
    }
    Free();
    if (received_ < others) return false;
    for (int i = 0; i < parallel_; ++i) SendNext();
    return IsOver();
  }

 private:
  Packet PacketAt(int k) const override {
    const int n = ring_.size;
    const int away = 1 + k % (n - 1);
    const int above = (ring_.index + away) % n;
    const int below = (ring_.index - away + n) % n;
    return {.to = up_ ? above : below, .from = up_ ? below : above, .bytes = bytes_};
  }

  bool up_;
  uint64_t bytes_;
};

// Exchanges with partners at distances 1, 2, 4, ... and back; half as much at every step, and twice
// as much on the way back.
class HalvingExchange final : public PacketExchange {
 public:
  HalvingExchange(AstraEngine& engine, const AstraEndpoint& endpoint,
                  const AstraExchangeParams& params)
      : PacketExchange(engine, endpoint, params),
        bytes_(params.phase.bytes),
        steps_(FloorLog2(ring_.size)) {
    SetCounts(1, op_ == AstraCollective::kAllReduce ? 2 * steps_ : steps_, 1, steps_ - 1);
  }

 private:
  Packet PacketAt(int k) const override {
    int distance = 0;
    uint64_t bytes = bytes_;
    if (op_ == AstraCollective::kAllGather) {
      distance = ring_.size / 2 >> k;
      bytes <<= k;
    } else if (k < steps_) {
      distance = 1 << k;
      bytes >>= k + 1;
    } else {
      distance = ring_.size / 2 >> (k - steps_);
      bytes = bytes >> (steps_ + 1) << (k - steps_ + 1);
    }
    const bool low = distance == 0 || ring_.index / distance % 2 == 0;
    const int partner = low ? ring_.index + distance : ring_.index - distance;
    return {.to = partner, .from = partner, .bytes = bytes};
  }

  uint64_t bytes_;
  int steps_;
};

}  // namespace

std::unique_ptr<AstraExchange> MakeAstraExchange(AstraEngine& engine, const AstraEndpoint& endpoint,
                                                 const AstraExchangeParams& params) {
  switch (params.level.implementation.algorithm) {
    case AstraAlgorithm::kRing:
      return std::make_unique<RingExchange>(engine, endpoint, params);
    case AstraAlgorithm::kDirect:
      return std::make_unique<DirectExchange>(engine, endpoint, params);
    case AstraAlgorithm::kHalvingDoubling:
      return std::make_unique<HalvingExchange>(engine, endpoint, params);
    case AstraAlgorithm::kDoubleBinaryTree:
      break;
  }
  return MakeAstraTreeExchange(engine, endpoint, params);
}

}  // namespace tessera
