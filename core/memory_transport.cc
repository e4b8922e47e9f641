#include "core/memory_transport.h"

#include <thread>
#include <utility>

#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {

class MemoryTransport final : public WindowTransport {
 public:
  MemoryTransport(MemoryExchange& exchange, int self) : exchange_(exchange), self_(self) {}

  int self() const override { return self_; }
  int partitions() const override { return exchange_.partitions_; }

  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override {
    const std::lock_guard lock(exchange_.mutex_);
    for (int p = 0; p < partitions(); ++p) {
      if (p != self_) {
        exchange_.At(self_, p).windows.push_back(outgoing[static_cast<size_t>(p)]);
      }
    }
    exchange_.arrived_.notify_all();
    return absl::OkStatus();
  }

  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override {
    std::unique_lock lock(exchange_.mutex_);
    for (int p = 0; p < partitions(); ++p) {
      if (p == self_) continue;
      auto& waiting = exchange_.At(p, self_).windows;
      TESSERA_RETURN_IF_ERROR(WaitFor(waiting, lock));
      incoming[static_cast<size_t>(p)] = std::move(waiting.front());
      waiting.pop_front();
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    std::unique_lock lock(exchange_.mutex_);
    if (self_ != 0) {
      exchange_.At(self_, 0).blobs.push_back(std::move(mine));
      exchange_.arrived_.notify_all();
      return std::vector<std::string>();
    }
    std::vector<std::string> all = {std::move(mine)};
    for (int p = 1; p < partitions(); ++p) {
      auto& waiting = exchange_.At(p, 0).blobs;
      TESSERA_RETURN_IF_ERROR(WaitFor(waiting, lock));
      all.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    return all;
  }

 private:
  template <typename Queue>
  absl::Status WaitFor(const Queue& queue, std::unique_lock<std::mutex>& lock) {
    exchange_.arrived_.wait(lock, [&] { return !queue.empty() || !exchange_.abandoned_.ok(); });
    return queue.empty() ? exchange_.abandoned_ : absl::OkStatus();
  }

  MemoryExchange& exchange_;
  const int self_;
};

MemoryExchange::MemoryExchange(int partitions)
    : partitions_(partitions), channels_(static_cast<size_t>(partitions * partitions)) {
  TESSERA_CHECK(partitions >= 1);
}

std::unique_ptr<WindowTransport> MemoryExchange::Transport(int self) {
  TESSERA_CHECK(self >= 0 && self < partitions_);
  return std::make_unique<MemoryTransport>(*this, self);
}

void MemoryExchange::Abandon(absl::Status reason) {
  const std::lock_guard lock(mutex_);
  if (abandoned_.ok()) abandoned_ = std::move(reason);
  arrived_.notify_all();
}

absl::Status RunOnThreads(int partitions,
                          const std::function<absl::Status(WindowTransport&)>& part) {
  MemoryExchange exchange(partitions);
  std::vector<absl::Status> ends(static_cast<size_t>(partitions));
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(partitions));
  for (int p = 0; p < partitions; ++p) {
    threads.emplace_back([&, p] {
      const auto transport = exchange.Transport(p);
      absl::Status& end = ends[static_cast<size_t>(p)];
      end = part(*transport);
      if (!end.ok()) exchange.Abandon(end);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (absl::Status& end : ends) {
    if (!end.ok()) return std::move(end);
  }
  return absl::OkStatus();
}

}  // namespace tessera
