#include "core/memory_transport.h"

#include <thread>
#include <utility>

#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {

class MemoryTransport final : public WindowTransport {
 public:
  MemoryTransport(MemoryExchange& exchange, int self)
      : exchange_(exchange),
        self_(static_cast<size_t>(self)),
        listener_(exchange.inboxes_[self_]->bell, static_cast<int>(exchange.partitions())) {}

  int self() const override { return static_cast<int>(self_); }
  int partitions() const override { return static_cast<int>(exchange_.partitions()); }

  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override {
    for (size_t p = 0; p < exchange_.partitions(); ++p) {
      if (p != self_) Send(&Inbox::windows, p, outgoing[p]);
    }
    return absl::OkStatus();
  }

  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override {
    return Receive(&Inbox::windows, incoming);
  }

  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    if (self_ != 0) {
      Send(&Inbox::blobs, 0, std::move(mine));
      return std::vector<std::string>();
    }
    std::vector<std::string> all(exchange_.partitions());
    all.front() = std::move(mine);
    TESSERA_RETURN_IF_ERROR(Receive(&Inbox::blobs, all));
    return all;
  }

 private:
  using Inbox = MemoryExchange::Inbox;
  template <typename Thing>
  using Rounds = MemoryExchange::Rounds<Thing>;

  template <typename Thing>
  void Send(Rounds<Thing> Inbox::*rounds, size_t to, Thing thing) {
    Inbox& inbox = *exchange_.inboxes_[to];
    std::unique_lock lock(inbox.mutex);
    const bool whole = (inbox.*rounds).Push(self_, std::move(thing));
    lock.unlock();
    if (whole) inbox.bell.Ring();
  }

  // Waits for a round and puts what partition p has sent in things[p].
  template <typename Thing>
  absl::Status Receive(Rounds<Thing> Inbox::*rounds, std::vector<Thing>& things) {
    Inbox& inbox = *exchange_.inboxes_[self_];
    while (true) {
      const uint32_t seen = listener_.rung();
      std::unique_lock lock(inbox.mutex);
      if ((inbox.*rounds).whole()) break;
      if (!inbox.abandoned.ok()) return inbox.abandoned;
      lock.unlock();
      listener_.Wait(seen, 1);
    }
    const std::unique_lock lock(inbox.mutex);
    for (size_t p = 0; p < things.size(); ++p) {
      if (p != self_) things[p] = (inbox.*rounds).Pop(p);
    }
    return absl::OkStatus();
  }

  MemoryExchange& exchange_;
  const size_t self_;
  BellListener listener_;
};

MemoryExchange::MemoryExchange(int partitions) {
  TESSERA_CHECK(partitions >= 1);
  for (int p = 0; p < partitions; ++p) {
    inboxes_.push_back(std::make_unique<Inbox>(static_cast<size_t>(partitions)));
  }
}

std::unique_ptr<WindowTransport> MemoryExchange::Transport(int self) {
  TESSERA_CHECK(self >= 0 && static_cast<size_t>(self) < partitions());
  return std::make_unique<MemoryTransport>(*this, self);
}

void MemoryExchange::Abandon(const absl::Status& reason) {
  for (const std::unique_ptr<Inbox>& inbox : inboxes_) {
    const std::unique_lock lock(inbox->mutex);
    if (inbox->abandoned.ok()) inbox->abandoned = reason;
    inbox->bell.Ring();
  }
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
