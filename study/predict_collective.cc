// One collective operation as a communication library runs it on the idle machine.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collectives/library.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "study/measured_machine_system.h"
#include "study/prediction.h"
#include "topology/build.h"

namespace tessera {
namespace {

Harness HarnessOf(const std::string& name) {
  if (name == "graph") return Harness::kGraph;
  if (name == "torch") return Harness::kTorch;
  if (name == "library") return Harness::kLibrary;
  return Harness::kNcclTests;  // Also where it is not published: the usual benchmark.
}

// What a thread that drives several chips takes to issue the kernel of one of them. Floors that
// one-threaded runs of nccl-tests publish from 1 to 64 KiB, over eight ranks: 43 to 44 us on two
// hosts of A100s (the Azure guide's EPYC 7V12, ml-engineering's), 31 us on Xeon 8480C (H200).
constexpr int kFirstYearOfFastHosts = 2022;
constexpr Duration kIssueOnSlowHost = std::chrono::nanoseconds(5400);
constexpr Duration kIssueOnFastHost = std::chrono::nanoseconds(3900);

// Ranks of a node whose kernels one thread issues; 1 where the case does not say. `-g N` of
// nccl-tests gives a thread N chips (`-t N` and MPI do not).
int64_t RanksOfOneThread(const MeasurementCase& c) {
  if (c.task.TextOr("harness", "") != "nccl_tests") return 1;
  const std::string issuer = c.task.TextOr("kernels_issued_by", "");
  if (issuer == "one_thread_a_node") return c.task.IntegerOr("ranks_per_node", 1);
  if (issuer == "one_thread_a_rank") return 1;
  const std::vector<std::string> words = absl::StrSplit(c.notes, ' ');
  int64_t ranks = 1;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "-g" && absl::SimpleAtoi(words[i + 1], &ranks)) return ranks;
  }
  return 1;
}

// Operations follow one another without a pause, so that none is shorter than what its kernels take
// to issue one by one; it hides under longer ones.
Duration IssueTime(const MeasurementCase& c, const ChipSpec& chip) {
  const int64_t ranks = RanksOfOneThread(c);
  if (ranks <= 1) return Duration{};
  return ranks * (chip.year < kFirstYearOfFastHosts ? kIssueOnSlowHost : kIssueOnFastHost);
}

absl::StatusOr<CollectiveRequest> RequestOf(const MeasurementCase& c) {
  CollectiveRequest request;
  TESSERA_ASSIGN_OR_RETURN(request.op, ParseCollectiveOp(c.task.TextOr("operation", "")));
  request.bytes = Bytes(c.task.IntegerOr("message_bytes", 0));
  for (int64_t rank = 0; rank < c.task.IntegerOr("ranks", 0); ++rank) {
    request.ranks.push_back(static_cast<ChipId>(rank / c.machine.ranks_per_chip));
  }
  // "custom" is the choice of a library that is none of the known algorithms.
  const std::string algorithm = c.task.TextOr("algorithm", "auto");
  request.algorithm = algorithm == "custom" ? "auto" : algorithm;
  request.library = c.task.TextOr("library", "");
  request.harness = HarnessOf(c.task.TextOr("harness", ""));
  const std::string precision = c.task.TextOr("precision", "");
  if (!precision.empty()) {
    TESSERA_ASSIGN_OR_RETURN(const Precision element, ParsePrecision(precision));
    request.element_bytes = static_cast<int>(StorageBytes(element, 1).count());
  }
  return request;
}

}  // namespace

absl::StatusOr<Prediction> PredictCollective(const MeasurementCase& c, const Catalog& catalog) {
  TESSERA_ASSIGN_OR_RETURN(const MeasuredSystem machine, SystemOfMachine(c.machine, catalog));
  TESSERA_ASSIGN_OR_RETURN(const CollectiveRequest request, RequestOf(c));
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<Topology> topology,
                           BuildTopology(machine.system, machine.nodes, machine.chips));
  const absl::StatusOr<std::unique_ptr<CommunicationLibrary>> library =
      MakeCommunicationLibrary(machine.system, *topology, request.library);
  // Constants that nobody has described yet, not a run that broke.
  if (!library.ok()) return absl::UnimplementedError(library.status().message());
  TESSERA_ASSIGN_OR_RETURN(const CollectivePlan plan, (*library)->Plan(request));
  Fabric::Request run{};
  run.schedule = plan.schedule.get();
  run.endpoints = plan.endpoints;
  run.costs = plan.costs;
  TESSERA_CHECK(c.measured.quantity == "time");
  const Duration time = std::max(IsolatedTime(*topology, run), IssueTime(c, machine.system.chip));
  return Prediction{ToSeconds(time),
                    absl::StrCat(plan.algorithm, plan.protocol.empty() ? "" : "/", plan.protocol)};
}

}  // namespace tessera
