#include "fabric/symmetric_fold.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/numbering.h"
#include "fabric/step_pattern.h"

namespace tessera {
namespace {

using Peer = SymmetricStep::Peer;
using Numbers = std::vector<int64_t>;

class Folder {
 public:
  Folder(const RegularMachine& machine, const SymmetricSchedule& schedule)
      : machine_(machine), schedule_(schedule) {}

  absl::Status Check() const;
  SymmetricFold Fold();

 private:
  // Coefficients on a link, by pattern and class of chips; ascending.
  using Loads = std::map<std::pair<int32_t, int32_t>, int64_t>;

  size_t chips() const { return static_cast<size_t>(machine_.chips_per_block()); }
  bool LeavesBlock(const SymmetricStep& step) const;
  void NumberLinks();
  void Refine();
  int32_t RefineLinks();
  int32_t RefineChips();
  std::vector<Loads> LoadsOfLinks() const;
  void AddLinks(Quotient& quotient);
  void AddTransfers(SymmetricFold& fold);
  int32_t AddTransfer(size_t step, int32_t chip_class, SymmetricFold& fold) const;

  const RegularMachine& machine_;
  const SymmetricSchedule& schedule_;
  StepPatterns patterns_;
  std::vector<LinkId> links_;        // Those that any route takes.
  std::vector<int32_t> link_at_;     // Place in links_ of each link of the sample, or -1.
  std::vector<int32_t> link_class_;  // Of links_.
  std::vector<int32_t> chip_class_;  // Of the chips of a block.
  int32_t chip_classes_ = 1;
  std::vector<size_t> first_chip_;  // Of each class.
  // What transfers of a pattern and class of chips cross.
  std::map<std::pair<int32_t, int32_t>, std::vector<Quotient::Crossing>> crossings_;
};

bool Folder::LeavesBlock(const SymmetricStep& step) const {
  if (step.peer == Peer::kPlaceShift || machine_.blocks() == 1) return false;
  for (int chip = 0; chip < machine_.chips_per_block(); chip += machine_.chips_per_node()) {
    if (TargetOf(schedule_, step, chip) >= machine_.chips_per_block()) return true;
  }
  return false;
}

absl::Status Folder::Check() const {
  if (schedule_.nodes != machine_.nodes() ||
      schedule_.chips_per_node != machine_.chips_per_node()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a schedule for ", schedule_.nodes, " nodes of ", schedule_.chips_per_node,
        " chips on a machine of ", machine_.nodes(), " of ", machine_.chips_per_node()));
  }
  bool xors = false;
  bool shifts = false;
  for (size_t s = 0; s < schedule_.steps.size(); ++s) {
    const SymmetricStep& step = schedule_.steps[s];
    if (machine_.nodes_per_block() % step.period != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("step ", s, ": period ", step.period, " does not divide the ",
                       machine_.nodes_per_block(), " nodes under a group of leaves"));
    }
    if (!LeavesBlock(step)) continue;
    (step.peer == Peer::kNodeXor ? xors : shifts) = true;
  }
  if (!xors || !shifts) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "xor and shifts both lead out of the nodes under a group of leaves: no symmetry is left");
}

// Lists the links that are used; their classes start from what they are.
void Folder::NumberLinks() {
  link_at_.assign(machine_.sample().links().size(), -1);
  for (const StepPattern& pattern : patterns_.distinct) {
    for (const RegularMachine::Route& route : pattern.routes) {
      for (const LinkId link : route.links) {
        int32_t& at = link_at_[static_cast<size_t>(link)];
        if (at >= 0) continue;
        at = static_cast<int32_t>(links_.size());
        links_.push_back(link);
      }
    }
  }
  Numbering<Numbers> numbers;
  for (const LinkId link : links_) {
    link_class_.push_back(numbers.Of(
        {machine_.sample().links()[static_cast<size_t>(link)].bandwidth.bytes_per_second(),
         machine_.sample().SharesOf(link), machine_.CountOf(link)}));
  }
}

std::vector<Folder::Loads> Folder::LoadsOfLinks() const {
  std::vector<Loads> loads(links_.size());
  for (size_t p = 0; p < patterns_.distinct.size(); ++p) {
    for (size_t chip = 0; chip < chips(); ++chip) {
      const RegularMachine::Route& route = patterns_.distinct[p].routes[chip];
      for (size_t hop = 0; hop < route.links.size(); ++hop) {
        const auto at = static_cast<size_t>(link_at_[static_cast<size_t>(route.links[hop])]);
        loads[at][{static_cast<int32_t>(p), chip_class_[chip]}] += route.coefficients[hop];
      }
    }
  }
  return loads;
}

int32_t Folder::RefineLinks() {
  const std::vector<Loads> loads = LoadsOfLinks();
  Numbering<Numbers> numbers;
  for (size_t l = 0; l < links_.size(); ++l) {
    Numbers key = {link_class_[l]};
    for (const auto& [who, coefficient] : loads[l]) {
      key.insert(key.end(), {who.first, who.second, coefficient});
    }
    link_class_[l] = numbers.Of(key);
  }
  return numbers.size();
}

int32_t Folder::RefineChips() {
  Numbering<Numbers> numbers;
  std::vector<int32_t> refined;
  for (size_t chip = 0; chip < chips(); ++chip) {
    Numbers key = {chip_class_[chip]};
    for (const StepPattern& pattern : patterns_.distinct) {
      const RegularMachine::Route& route = pattern.routes[chip];
      const int32_t source = pattern.source[chip];
      key.insert(key.end(), {pattern.sends[chip] ? 1 : 0, route.head.count(), route.tail.count(),
                             route.leaves_node ? 1 : 0,
                             source < 0 ? -1 : chip_class_[static_cast<size_t>(source)]});
      const auto first = static_cast<ptrdiff_t>(key.size());
      for (const LinkId link : route.links) {
        key.push_back(link_class_[static_cast<size_t>(link_at_[static_cast<size_t>(link)])]);
      }
      std::sort(key.begin() + first, key.end());
      key.push_back(-2);  // Ends the list.
    }
    refined.push_back(numbers.Of(key));
  }
  chip_class_ = std::move(refined);
  return numbers.size();
}

void Folder::Refine() {
  chip_class_.assign(chips(), 0);
  int32_t link_classes = 0;
  while (true) {
    const int32_t links = RefineLinks();
    const int32_t chips = RefineChips();
    if (links == link_classes && chips == chip_classes_) break;
    link_classes = links;
    chip_classes_ = chips;
  }
  first_chip_.assign(static_cast<size_t>(chip_classes_), 0);
  for (size_t chip = chips(); chip-- > 0;) {
    first_chip_[static_cast<size_t>(chip_class_[chip])] = chip;
  }
}

// The classes of links, each with what loads one link of it.
void Folder::AddLinks(Quotient& quotient) {
  const std::vector<Loads> loads = LoadsOfLinks();
  for (size_t l = 0; l < links_.size(); ++l) {
    const auto number = static_cast<size_t>(link_class_[l]);
    const int64_t count = machine_.CountOf(links_[l]);
    if (number < quotient.links.size()) {
      quotient.links[number].count += count;
      continue;
    }
    const Link& link = machine_.sample().links()[static_cast<size_t>(links_[l])];
    quotient.links.push_back({.capacity = ToRateUnits(link.bandwidth),
                              .shares = machine_.sample().SharesOf(links_[l]),
                              .count = count});
    for (const auto& [who, coefficient] : loads[l]) {
      const int64_t of_all_blocks = coefficient * (machine_.blocks() / count);
      TESSERA_CHECK(of_all_blocks <= INT32_MAX);
      crossings_[who].push_back(
          {static_cast<int32_t>(number), static_cast<int32_t>(of_all_blocks)});
    }
  }
}

int32_t Folder::AddTransfer(size_t step, int32_t chip_class, SymmetricFold& fold) const {
  const int32_t p = patterns_.of_step[step];
  const StepPattern& pattern = patterns_.OfStep(step);
  const size_t chip = first_chip_[static_cast<size_t>(chip_class)];
  if (!pattern.sends[chip]) return -1;
  const RegularMachine::Route& route = pattern.routes[chip];
  Quotient::TransferClass k{
      .bytes = schedule_.steps[step].bytes,
      .head = route.head,
      .tail = route.tail,
      .leaves_node = route.leaves_node,
      .count = std::count(chip_class_.begin(), chip_class_.end(), chip_class) *
               int64_t{machine_.blocks()}};
  const auto crossed = crossings_.find({p, chip_class});
  if (crossed != crossings_.end()) k.crossings = crossed->second;
  for (const int32_t before : schedule_.steps[step].after) {
    const size_t at = static_cast<size_t>(before) * static_cast<size_t>(chip_classes_) +
                      static_cast<size_t>(chip_class);
    for (const int32_t predecessor : {fold.sent[at], fold.received[at]}) {
      if (predecessor >= 0) k.predecessors.push_back(predecessor);
    }
  }
  std::sort(k.predecessors.begin(), k.predecessors.end());
  k.predecessors.erase(std::unique(k.predecessors.begin(), k.predecessors.end()),
                       k.predecessors.end());
  fold.quotient.transfers.push_back(std::move(k));
  return static_cast<int32_t>(fold.quotient.transfers.size()) - 1;
}

void Folder::AddTransfers(SymmetricFold& fold) {
  for (size_t step = 0; step < schedule_.steps.size(); ++step) {
    const size_t first = fold.sent.size();
    for (int32_t c = 0; c < chip_classes_; ++c) fold.sent.push_back(AddTransfer(step, c, fold));
    const StepPattern& pattern = patterns_.OfStep(step);
    for (const size_t chip : first_chip_) {
      const int32_t source = pattern.source[chip];
      fold.received.push_back(
          source < 0
              ? -1
              : fold.sent[first + static_cast<size_t>(chip_class_[static_cast<size_t>(source)])]);
    }
  }
}

SymmetricFold Folder::Fold() {
  patterns_ = PatternsOf(machine_, schedule_);
  NumberLinks();
  Refine();
  SymmetricFold fold;
  AddLinks(fold.quotient);
  fold.chip_classes = chip_classes_;
  fold.chip_class = chip_class_;
  AddTransfers(fold);
  return fold;
}

}  // namespace

Duration SymmetricFold::EndOf(int32_t of_class, const QuotientRun& run) const {
  Duration end{};
  for (size_t at = static_cast<size_t>(of_class); at < sent.size();
       at += static_cast<size_t>(chip_classes)) {
    for (const int32_t k : {sent[at], received[at]}) {
      if (k >= 0) end = std::max(end, run.transfer_ends[static_cast<size_t>(k)]);
    }
  }
  return end;
}

absl::StatusOr<SymmetricFold> FoldSymmetric(const RegularMachine& machine,
                                            const SymmetricSchedule& schedule) {
  TESSERA_RETURN_IF_ERROR(CheckSymmetric(schedule));
  Folder folder(machine, schedule);
  TESSERA_RETURN_IF_ERROR(folder.Check());
  return folder.Fold();
}

}  // namespace tessera
