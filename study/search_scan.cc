#include "study/search_scan.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

bool NoWorse(const PricedPlan& a, const PricedPlan& b) {
  return a.step_ps <= b.step_ps && a.memory_bytes <= b.memory_bytes;
}

void AddToFastest(const PricedPlan& plan, size_t keep, std::vector<PricedPlan>& fastest) {
  if (fastest.size() == keep && (keep == 0 || !plan.Before(fastest.back()))) return;
  const auto before = [](const PricedPlan& a, const PricedPlan& b) { return a.Before(b); };
  fastest.insert(std::upper_bound(fastest.begin(), fastest.end(), plan, before), plan);
  if (fastest.size() > keep) fastest.pop_back();
}

// The front is sorted by time, so its memory falls.
void AddToFront(const PricedPlan& plan, std::vector<PricedPlan>& front) {
  const auto before = [](const PricedPlan& a, const PricedPlan& b) { return a.Before(b); };
  const auto at = std::upper_bound(front.begin(), front.end(), plan, before);
  if (at != front.begin() && NoWorse(*std::prev(at), plan)) return;
  const auto place = front.insert(at, plan);
  auto end = std::next(place);
  while (end != front.end() && NoWorse(plan, *end)) ++end;
  front.erase(std::next(place), end);
}

void KeepSmallest(const PricedPlan& plan, PricedPlan& smallest) {
  if (smallest.index < 0 || plan.memory_bytes < smallest.memory_bytes) smallest = plan;
}

void KeepBest(const PricedPlan& plan, PricedPlan& best) {
  if (plan.index >= 0 && (best.index < 0 || plan.Before(best))) best = plan;
}

void Append(const PricedPlan& plan, std::string& text) {
  absl::StrAppend(&text, " ", plan.index, " ", plan.step_ps, " ", plan.memory_bytes);
}

// Whole numbers of a line, one after the other.
class Numbers {
 public:
  explicit Numbers(absl::string_view text) : words_(absl::StrSplit(text, ' ', absl::SkipEmpty())) {}
  int64_t Next() {
    int64_t number = 0;
    ok_ = ok_ && next_ < words_.size() && absl::SimpleAtoi(words_[next_++], &number);
    return number;
  }
  PricedPlan NextPlan() {
    PricedPlan plan;
    plan.index = Next();
    plan.step_ps = Next();
    plan.memory_bytes = Next();
    return plan;
  }
  std::vector<PricedPlan> NextPlans() {
    std::vector<PricedPlan> plans;
    for (int64_t left = Next(); ok_ && left > 0; --left) plans.push_back(NextPlan());
    return plans;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return next_ == words_.size(); }

 private:
  std::vector<absl::string_view> words_;
  size_t next_ = 0;
  bool ok_ = true;
};

}  // namespace

ScanResult::ScanResult(const PlanSpace& space) {
  for (int part = 0; part < kPlanPartCount; ++part) {
    values.emplace_back(space.ValuesOf(static_cast<PlanPart>(part)).size());
  }
}

void ScanResult::Merge(const ScanResult& later, size_t keep) {
  illegal += later.illegal;
  too_large += later.too_large;
  priced += later.priced;
  for (const PricedPlan& plan : later.fastest) AddToFastest(plan, keep, fastest);
  for (const PricedPlan& plan : later.front) AddToFront(plan, front);
  for (size_t part = 0; part < values.size(); ++part) {
    for (size_t value = 0; value < values[part].size(); ++value) {
      ValueCount& count = values[part][value];
      const ValueCount& other = later.values[part][value];
      count.plans += other.plans;
      count.illegal += other.illegal;
      count.too_large += other.too_large;
      KeepBest(other.best, count.best);
      if (count.first_illegal < 0) count.first_illegal = other.first_illegal;
      if (other.smallest.index >= 0) KeepSmallest(other.smallest, count.smallest);
    }
  }
}

absl::Status SpaceScan::Price(int64_t index, ScanResult& result) {
  const PlanSpace::Choice choice = space_.ChoiceOf(index);
  const auto for_each_value = [&](const auto& change) {
    for (size_t part = 0; part < choice.size(); ++part) {
      change(result.values[part][static_cast<size_t>(choice[part])]);
    }
  };
  const absl::StatusOr<PlanSpec> plan = evaluator_.Complete(space_.At(index));
  if (!plan.ok()) {
    ++result.illegal;
    for_each_value([&](ValueCount& count) {
      ++count.plans;
      ++count.illegal;
      if (count.first_illegal < 0) count.first_illegal = index;
    });
    return absl::OkStatus();
  }
  const MemoryUse memory = evaluator_.Memory(*plan);
  PricedPlan priced{.index = index, .memory_bytes = memory.total.count()};
  if (memory.total > memory.capacity) {
    ++result.too_large;
    for_each_value([&](ValueCount& count) {
      ++count.plans;
      ++count.too_large;
      KeepSmallest(priced, count.smallest);
    });
    return absl::OkStatus();
  }
  TESSERA_ASSIGN_OR_RETURN(const PlanCost cost, evaluator_.Time(*plan));
  priced.step_ps = cost.step.count();
  ++result.priced;
  AddToFastest(priced, keep_, result.fastest);
  AddToFront(priced, result.front);
  for_each_value([&](ValueCount& count) {
    ++count.plans;
    KeepBest(priced, count.best);
  });
  return absl::OkStatus();
}

absl::StatusOr<ScanResult> SpaceScan::Scan(int64_t first, int64_t end) {
  ScanResult result(space_);
  for (int64_t index = first; index < end; ++index) {
    TESSERA_RETURN_IF_ERROR(Price(index, result));
  }
  return result;
}

std::string PackScan(const ScanResult& result) {
  std::string text = absl::StrCat(result.illegal, " ", result.too_large, " ", result.priced);
  for (const std::vector<PricedPlan>* plans : {&result.fastest, &result.front}) {
    absl::StrAppend(&text, " ", plans->size());
    for (const PricedPlan& plan : *plans) Append(plan, text);
  }
  for (const std::vector<ValueCount>& part : result.values) {
    for (const ValueCount& count : part) {
      absl::StrAppend(&text, " ", count.plans, " ", count.illegal, " ", count.too_large, " ",
                      count.first_illegal);
      Append(count.best, text);
      Append(count.smallest, text);
    }
  }
  return text;
}

absl::StatusOr<ScanResult> UnpackScan(const PlanSpace& space, absl::string_view text) {
  Numbers numbers(text);
  ScanResult result(space);
  result.illegal = numbers.Next();
  result.too_large = numbers.Next();
  result.priced = numbers.Next();
  result.fastest = numbers.NextPlans();
  result.front = numbers.NextPlans();
  for (std::vector<ValueCount>& part : result.values) {
    for (ValueCount& count : part) {
      count.plans = numbers.Next();
      count.illegal = numbers.Next();
      count.too_large = numbers.Next();
      count.first_illegal = numbers.Next();
      count.best = numbers.NextPlan();
      count.smallest = numbers.NextPlan();
    }
  }
  if (numbers.ok() && numbers.at_end()) return result;
  return absl::InvalidArgumentError("a part of a search that is cut off or of another space");
}

}  // namespace tessera
