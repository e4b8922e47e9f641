// One collective operation as a communication library runs it on the idle machine.
#include "absl/strings/str_cat.h"
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
  return Prediction{ToSeconds(IsolatedTime(*topology, run)),
                    absl::StrCat(plan.algorithm, plan.protocol.empty() ? "" : "/", plan.protocol)};
}

}  // namespace tessera
