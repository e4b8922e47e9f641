#include "collectives/msccl_messages.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

// Every message behind those that it waits for; without those in a circle and behind it.
std::vector<int> InOrder(const std::vector<MscclMessage>& messages) {
  std::vector<std::vector<int>> followers(messages.size());
  std::vector<size_t> waits(messages.size());
  std::vector<int> order;
  for (size_t m = 0; m < messages.size(); ++m) {
    waits[m] = messages[m].after.size();
    if (waits[m] == 0) order.push_back(static_cast<int>(m));
    for (const int earlier : messages[m].after) {
      followers[static_cast<size_t>(earlier)].push_back(static_cast<int>(m));
    }
  }
  for (size_t next = 0; next < order.size(); ++next) {
    for (const int follower : followers[static_cast<size_t>(order[next])]) {
      if (--waits[static_cast<size_t>(follower)] == 0) order.push_back(follower);
    }
  }
  return order;
}

}  // namespace

absl::StatusOr<Schedule> ScheduleOf(const MscclProgram& program,
                                    const std::vector<MscclMessage>& messages, int chunks) {
  const std::vector<int> order = InOrder(messages);
  if (order.size() != messages.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(program.place, ": algo: thread blocks wait for one another in a circle"));
  }
  std::vector<int> index(messages.size());
  ScheduleBuilder builder(program.name, static_cast<int>(program.gpus.size()),
                          std::vector<Bytes>(static_cast<size_t>(chunks)));
  for (const int number : order) {
    const MscclMessage& message = messages[static_cast<size_t>(number)];
    std::vector<int> after;
    for (const int earlier : message.after) after.push_back(index[static_cast<size_t>(earlier)]);
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    index[static_cast<size_t>(number)] = builder.AddAfter({.source = message.source,
                                                           .target = message.target,
                                                           .chunk = message.chunk,
                                                           .reduce = message.reduce},
                                                          after);
  }
  return std::move(builder).Build();
}

}  // namespace tessera
