// Counter-based random numbers: the n-th number of a stream is a pure function (Philox4x64-10:
// Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) of the run's seed, the
// component, the purpose and n. Streams of different components or purposes never overlap, so a
// component draws the same numbers however components are spread over processes and whatever
// others draw. Bit-stable over machines, compilers and builds.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "absl/types/span.h"

namespace tessera {

class RandomStream {
 public:
  struct Key {
    uint64_t run_seed = 0;
    uint32_t component = 0;
    uint32_t purpose = 0;  // Tells several streams of one component apart.
  };
  explicit RandomStream(Key key)
      : run_seed_(key.run_seed), name_(uint64_t{key.component} << 32 | key.purpose) {}

  // 64 uniformly distributed bits.
  uint64_t Next() {
    const uint64_t place = drawn_++ % kBlock;
    return place == 0 ? FirstOfNextBlock() : rest_of_block_[place - 1];
  }

  // A whole number in [0, n), n >= 1, without bias: Lemire, "Fast random integer generation in an
  // interval", 2019. Draws more than once with probability below n / 2^64.
  uint64_t Below(uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    Wide product = Wide{Next()} * n;
    if (static_cast<uint64_t>(product) < n) {
      const uint64_t biased = -n % n;  // 2^64 mod n.
      while (static_cast<uint64_t>(product) < biased) product = Wide{Next()} * n;
    }
    return static_cast<uint64_t>(product >> 64);
  }

  // In [0, 1), a multiple of 2^-53.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  // True with `probability`, to within 2^-53.
  bool Bernoulli(double probability) { return Uniform() < probability; }

  // Exponentially distributed with `mean` >= 0, at most 36.8 means.
  double Exponential(double mean);

  // Every order is equally likely.
  template <typename T>
  void Shuffle(absl::Span<T> items) {
    for (size_t left = items.size(); left > 1; --left) {
      using std::swap;
      swap(items[left - 1], items[Below(left)]);
    }
  }

 private:
  static constexpr uint64_t kBlock = 4;  // Numbers made at a time.
  uint64_t FirstOfNextBlock();

  uint64_t run_seed_;
  uint64_t name_;  // Component and purpose.
  uint64_t drawn_ = 0;
  std::array<uint64_t, kBlock - 1> rest_of_block_ = {};
};

}  // namespace tessera
