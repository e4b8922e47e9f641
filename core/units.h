// Quantities with a dimension. Raw numbers enter by named constructors and leave by named
// accessors; arithmetic is defined only where it makes sense. 1 GB = 10^9 bytes, 1 GiB = 2^30.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace tessera {

// Simulated time in whole picoseconds; int64_t spans 106 days. 5ns and 2us convert losslessly.
using Duration = std::chrono::duration<int64_t, std::pico>;

// The clock of a simulation. It has no now(): only an engine knows the time of its own run.
struct SimulatedClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<SimulatedClock>;
  static constexpr bool is_steady = true;  // NOLINT(readability-identifier-naming): std name.
};
using Time = SimulatedClock::time_point;  // Time{} is the start of the run.

// The nearest double: 10^12 is exact in one and 10^-12 is not, hence the division.
constexpr double ToSeconds(Duration d) { return static_cast<double>(d.count()) / 1e12; }
constexpr double ToSeconds(Time t) { return ToSeconds(t.time_since_epoch()); }

// Rounds up to whole picoseconds, so that no cost vanishes. `seconds` in [0, 9e6].
constexpr Duration CeilSeconds(double seconds) {
  const double picoseconds = seconds * 1e12;
  const auto whole = static_cast<int64_t>(picoseconds);
  return Duration(static_cast<double>(whole) < picoseconds ? whole + 1 : whole);
}

class Bytes {
 public:
  constexpr Bytes() = default;
  explicit constexpr Bytes(int64_t count) : count_(count) {}
  static constexpr Bytes KiB(int64_t n) { return Bytes(n << 10); }
  static constexpr Bytes MiB(int64_t n) { return Bytes(n << 20); }
  static constexpr Bytes GiB(int64_t n) { return Bytes(n << 30); }
  constexpr int64_t count() const { return count_; }
  constexpr Bytes& operator+=(Bytes other) {
    count_ += other.count_;
    return *this;
  }
  constexpr Bytes& operator-=(Bytes other) {
    count_ -= other.count_;
    return *this;
  }
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes(a.count_ + b.count_); }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.count_ - b.count_); }
  friend constexpr Bytes operator*(Bytes a, int64_t n) { return Bytes(a.count_ * n); }
  friend constexpr Bytes operator*(int64_t n, Bytes a) { return a * n; }
  friend constexpr auto operator<=>(Bytes, Bytes) = default;  // NOLINT(modernize-use-nullptr)

 private:
  int64_t count_ = 0;
};

class Bandwidth {
 public:
  constexpr Bandwidth() = default;
  static constexpr Bandwidth BytesPerSecond(int64_t n) { return Bandwidth(n); }
  static constexpr Bandwidth GigabytesPerSecond(int64_t n) { return Bandwidth(n * 1'000'000'000); }
  static constexpr Bandwidth GigabitsPerSecond(int64_t n) { return Bandwidth(n * 125'000'000); }
  constexpr int64_t bytes_per_second() const { return bytes_per_second_; }
  // The share of this rate that remains after protocol or other losses; rounds down, at least 1.
  constexpr Bandwidth Scaled(double factor) const {
    const auto scaled = static_cast<int64_t>(static_cast<double>(bytes_per_second_) * factor);
    return Bandwidth(scaled < 1 ? 1 : scaled);
  }
  friend constexpr Bandwidth operator*(Bandwidth a, int64_t n) {
    return Bandwidth(a.bytes_per_second_ * n);
  }
  friend constexpr auto operator<=>(Bandwidth, Bandwidth) = default;

 private:
  explicit constexpr Bandwidth(int64_t n) : bytes_per_second_(n) {}
  int64_t bytes_per_second_ = 0;
};

// Time to send `size` at `rate` > 0, rounded up so that no transfer is free. The product needs
// 128 bits: in byte-picoseconds, 10 MB overflow int64_t.
constexpr Duration TransferTime(Bytes size, Bandwidth rate) {
  __extension__ using Wide = unsigned __int128;
  const auto divisor = static_cast<Wide>(rate.bytes_per_second());
  const Wide product = static_cast<Wide>(size.count()) * 1'000'000'000'000U;
  return Duration(static_cast<int64_t>((product + divisor - 1) / divisor));
}

// A floating quantity: counts that exceed int64_t (FLOPs of a training run) or are not whole.
template <typename Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  explicit constexpr Quantity(double value) : value_(value) {}
  constexpr double value() const { return value_; }
  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator*(Quantity a, double n) { return Quantity(a.value_ * n); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double value_ = 0;
};
using Flops = Quantity<struct FlopsTag>;        // Floating-point operations; a multiply-add is two.
using FlopRate = Quantity<struct FlopRateTag>;  // FLOP/s.
using Energy = Quantity<struct EnergyTag>;      // Joules.
using Power = Quantity<struct PowerTag>;        // Watts.
using Money = Quantity<struct MoneyTag>;        // US dollars.

}  // namespace tessera
