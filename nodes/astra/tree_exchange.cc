// The double binary tree of ASTRA-sim: an unpipelined all-reduce up and down one of two trees,
// which chunks use in turn. A tree of 2^k ranks is a root with one child, below which 2^k - 1 ranks
// form a full binary tree in in-order; the root is the last rank of the first tree and the first
// one of the second.
#include <bit>

#include "core/check.h"
#include "nodes/astra/exchange.h"

namespace tessera {
namespace {

constexpr int kNobody = -1;

struct TreePlace {
  int parent = kNobody;
  int left = kNobody;  // Of a root: the only child.
  int right = kNobody;
};

TreePlace PlaceInTree(int size, int index, bool second_tree) {
  const int shift = second_tree ? 1 : 0;  // Of the ranks below the root.
  const int root = second_tree ? 0 : size - 1;
  if (index == root) return {.left = size / 2 - 1 + shift};
  // Places below the root count from 1; the trailing zeros are the height.
  const auto place = static_cast<unsigned>(index - shift + 1);
  const unsigned half = 1U << std::countr_zero(place);
  TreePlace out;
  const unsigned above = (place & ~half) | (2 * half);
  out.parent = above == static_cast<unsigned>(size) ? root : static_cast<int>(above) - 1 + shift;
  if (half > 1) {
    out.left = static_cast<int>(place - half / 2) - 1 + shift;
    out.right = static_cast<int>(place + half / 2) - 1 + shift;
  }
  return out;
}

class TreeExchange final : public AstraExchange {
 public:
  TreeExchange(AstraEngine& engine, const AstraEndpoint& endpoint,
               const AstraExchangeParams& params)
      : AstraExchange(engine, endpoint),
        ring_(params.level.ring),
        bytes_(params.phase.bytes),
        place_(PlaceInTree(ring_.size, ring_.index, params.second_tree)) {
    children_left_ = is_leaf() ? 0 : (is_root() ? 1 : 2);
    to_hand_over_ = is_leaf() ? 1 : children_left_;
  }

  void OnStart() override {
    if (is_leaf()) return HandOver();
    ReceiveFrom(place_.left);
    if (!is_root()) ReceiveFrom(place_.right);
  }
  void OnReceived() override {
    if (children_left_ > 0) {
      --children_left_;
      return ReduceAndHandOver(bytes_);
    }
    // From the parent. ASTRA-sim charges a reduction here too, except at leaves.
    if (is_leaf()) return HandOver();
    ReduceAndHandOver(bytes_);
  }
  bool OnHandedOver() override {
    if (state_ == State::kUp) {
      if (--to_hand_over_ > 0) return false;
      if (is_root()) return SendDown();
      state_ = State::kDown;
      SendTo(place_.parent);
      ReceiveFrom(place_.parent);
      return false;
    }
    return SendDown();
  }

 private:
  enum class State : uint8_t { kUp, kDown };

  bool is_root() const { return place_.parent == kNobody; }
  bool is_leaf() const { return place_.left == kNobody; }
  bool SendDown() {
    if (place_.left != kNobody) SendTo(place_.left);
    if (place_.right != kNobody) SendTo(place_.right);
    return true;
  }
  void SendTo(int place) {
    const uint32_t channel = ChannelTo(ring_.RankAt(place), bytes_);
    SendOn(channel);
    engine_.CloseChannel(channel);
  }
  void ReceiveFrom(int place) {
    const uint32_t channel = ChannelFrom(ring_.RankAt(place), bytes_);
    ReceiveOn(channel);
    engine_.CloseChannel(channel);
  }

  AstraRing ring_;
  uint64_t bytes_;
  TreePlace place_;
  State state_ = State::kUp;
  int children_left_ = 0;  // Whose data has not come.
  int to_hand_over_ = 0;   // Before data goes up.
};

}  // namespace

std::unique_ptr<AstraExchange> MakeAstraTreeExchange(AstraEngine& engine,
                                                     const AstraEndpoint& endpoint,
                                                     const AstraExchangeParams& params) {
  return std::make_unique<TreeExchange>(engine, endpoint, params);
}

}  // namespace tessera
