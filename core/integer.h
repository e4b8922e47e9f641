// Whole-number arithmetic that counting chunks, ranks, tiles and stages needs.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "core/check.h"

namespace tessera {

// The least whole number of groups of `divisor` > 0 that hold `n` >= 0.
template <std::integral T>
constexpr T CeilDiv(T n, std::type_identity_t<T> divisor) {
  return static_cast<T>(n / divisor + (n % divisor != 0 ? 1 : 0));
}

// The least multiple of `step` > 0 that is at least `n` >= 0.
template <std::integral T>
constexpr T RoundUp(T n, std::type_identity_t<T> step) {
  return static_cast<T>(CeilDiv(n, step) * step);
}

template <std::integral T>
constexpr bool IsPowerOfTwo(T n) {
  return n > 0 && std::has_single_bit(static_cast<std::make_unsigned_t<T>>(n));
}

// The largest k with 2^k <= n, for n >= 1.
template <std::integral T>
constexpr int FloorLog2(T n) {
  TESSERA_CHECK(n >= 1);
  return static_cast<int>(std::bit_width(static_cast<std::make_unsigned_t<T>>(n))) - 1;
}

// The least k with 2^k >= n, for n >= 1: the rounds of a binomial tree over n ranks.
template <std::integral T>
constexpr int CeilLog2(T n) {
  return FloorLog2(n) + (IsPowerOfTwo(n) ? 0 : 1);
}

}  // namespace tessera
