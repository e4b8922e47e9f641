#include "nodes/shared_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/nodes/many_windows.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using std::chrono::milliseconds;

// What is under the shared memory: nobody is lost but by order of the test.
class Inner : public ProcessTransport {
 public:
  Inner(int self, int partitions) : self_(self), partitions_(partitions) {}
  int self() const override { return self_; }
  int partitions() const override { return partitions_; }
  absl::Status SendWindow(const std::vector<WindowMessage>&) override { return Unasked(); }
  absl::Status ReceiveWindow(std::vector<WindowMessage>&) override { return Unasked(); }
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    return std::vector<std::string>{mine};
  }
  absl::Status Watch() override {
    return lost ? absl::UnavailableError("lost process 1") : absl::OkStatus();
  }
  void Fail(const absl::Status& reason) override { told = reason; }

  std::atomic<bool> lost = false;
  absl::Status told;

 private:
  static absl::Status Unasked() { return absl::InternalError("windows do not go this way"); }
  const int self_;
  const int partitions_;
};

// Partitions on threads of this process; each has an end of the memory.
void OnThreads(int partitions, const std::function<absl::Status(WindowTransport&)>& part) {
  const auto memory = SharedWindows::Make(partitions);
  ASSERT_THAT(memory, IsOk());
  std::vector<std::thread> threads;
  for (int p = 0; p < partitions; ++p) {
    threads.emplace_back([&, p] {
      Inner inner(p, partitions);
      EXPECT_THAT(part(*(*memory)->Transport(inner)), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SharedWindowsTest, CarryWindowsOfAnySize) {
  // Up to 1 MB a message, four times what a ring holds.
  for (const int partitions : {2, 4}) {
    OnThreads(partitions, [](WindowTransport& transport) {
      return ExchangeMany(transport, {.windows = 40, .step = 7919, .most = 32'000});
    });
  }
}

TEST(SharedWindowsTest, CarryWindowsOfMoreProcessesThanThereAreProcessors) {
  // Of 640 KB at most, so that those who sleep until the last one rings must make room meanwhile.
  OnThreads(8, [](WindowTransport& transport) {
    return ExchangeMany(transport, {.windows = 20, .step = 7919, .most = 20'000, .lag = 1});
  });
  OnThreads(8, [](WindowTransport& transport) {
    return ExchangeMany(transport, {.windows = 1000, .step = 7, .most = 30});
  });
}

TEST(SharedWindowsTest, CarryWindowsThatAreReceivedOneLater) {
  for (const int partitions : {2, 3}) {
    OnThreads(partitions, [](WindowTransport& transport) {
      return ExchangeMany(transport, {.windows = 40, .step = 7919, .most = 32'000, .lag = 1});
    });
    OnThreads(partitions, [](WindowTransport& transport) {
      return ExchangeMany(transport, {.windows = 3000, .step = 7, .most = 30, .lag = 1});
    });
  }
}

TEST(SharedWindowsTest, WhoWaitsHearsThatAnotherOneIsLost) {
  const auto memory = SharedWindows::Make(2);
  ASSERT_THAT(memory, IsOk());
  Inner inner(0, 2);
  const auto transport = (*memory)->Transport(inner);
  std::thread other([&inner] { inner.lost = true; });
  EXPECT_THAT(ExchangeMany(*transport, {.windows = 1}), FailsWith("lost process 1"));
  other.join();
}

TEST(SharedWindowsTest, WhoWaitsTooLongEndsTheRun) {
  const auto memory = SharedWindows::Make(2);
  ASSERT_THAT(memory, IsOk());
  Inner inner(0, 2);
  const auto transport = (*memory)->Transport(inner, milliseconds(1000));
  EXPECT_THAT(ExchangeMany(*transport, {.windows = 1}),
              FailsWith("a window has not ended within 1 s"));
  EXPECT_THAT(inner.told, FailsWith("a window has not ended within 1 s"));
}

}  // namespace
}  // namespace tessera
