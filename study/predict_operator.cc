// Kernels on one chip: gemm, grouped_gemm, attention and memory_copy.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "chips/dataflow_mimd.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "study/measured_machine_system.h"
#include "study/prediction.h"
#include "topology/build.h"

namespace tessera {
namespace {

// Arrays of copies whose size is not published: so large that fixed costs do not show.
constexpr Bytes kLargeCopy = Bytes::GiB(1);

absl::StatusOr<Precision> PrecisionOf(const MeasuredTask& task, absl::string_view key,
                                      Precision otherwise) {
  const std::string name = task.TextOr(key, "");
  if (name.empty()) return otherwise;
  return ParsePrecision(name);
}

// Products of 8 and fewer bits leave in bf16, others in their own format. Tensix kernels keep the
// block formats of their operands.
Precision UsualOutput(Precision compute) {
  if (compute == Precision::kBfp8 || compute == Precision::kBfp8Bfp4) return Precision::kBfp8;
  return StorageBits(compute) < 16 ? Precision::kBf16 : compute;
}

// Passes of the multiplier for a Tensix math fidelity; 0: what the format needs.
int MathPhases(absl::string_view fidelity) {
  constexpr absl::string_view kFidelities[] = {"lofi", "hifi2", "hifi3", "hifi4"};
  for (int i = 0; i < 4; ++i) {
    if (fidelity == kFidelities[i]) return i + 1;
  }
  return 0;
}

// Benchmarks of masked groups draw their rows evenly between 0.7 and 1.3 of the mean that cases
// give (DeepGEMM's tests).
void SpreadMaskedRows(Operator& op) {
  constexpr double kMostOverMean = 1.3;
  op.total_rows = op.groups * op.m;
  op.m = static_cast<int64_t>(std::ceil(kMostOverMean * static_cast<double>(op.m)));
}

absl::StatusOr<Operator> GemmOf(const MeasuredTask& task) {
  Operator op;
  op.kind = OperatorKind::kGemm;
  op.n = task.IntegerOr("n", 0);
  op.k = task.IntegerOr("k", 0);
  if (task.kind() == TaskKind::kGroupedGemm) {
    op.groups = task.IntegerOr("groups", 1);
    op.m = task.IntegerOr("m_per_group", 0);
    if (task.TextOr("layout", "") == "masked") SpreadMaskedRows(op);
  } else {
    op.m = task.IntegerOr("m", 0);
    op.math_phases = MathPhases(task.TextOr("fidelity", ""));
  }
  TESSERA_ASSIGN_OR_RETURN(op.compute, PrecisionOf(task, "precision", op.compute));
  op.weights = op.compute;
  op.input = op.compute == Precision::kBfp8Bfp4 ? Precision::kBfp8 : op.compute;
  TESSERA_ASSIGN_OR_RETURN(op.output,
                           PrecisionOf(task, "output_precision", UsualOutput(op.compute)));
  return op;
}

absl::StatusOr<Operator> AttentionOf(const MeasuredTask& task) {
  Operator op;
  op.kind = OperatorKind::kAttention;
  const std::string phase = task.TextOr("phase", "");
  op.phase = phase == "forward"    ? AttentionPhase::kPrefill
             : phase == "backward" ? AttentionPhase::kBackward
                                   : AttentionPhase::kDecode;
  op.batch = task.IntegerOr("batch", 0);
  op.heads = task.IntegerOr("heads", 0);
  op.kv_heads = task.IntegerOr("kv_heads", op.heads);
  op.q_len = task.IntegerOr("q_len", 0);
  op.kv_len = task.IntegerOr("kv_len", 0);
  op.head_dim_qk = task.IntegerOr("head_dim_qk", 0);
  op.head_dim_v = task.IntegerOr("head_dim_v", op.head_dim_qk);
  op.causal = task.BoolOr("causal", false);
  if (const std::optional<int64_t> latent = task.Integer("kv_lora_rank")) {
    op.latent = true;
    op.kv_heads = 1;
    op.head_dim_qk = *latent + task.IntegerOr("rope_dim", 0);
    op.head_dim_v = *latent;
  }
  if (op.head_dim_qk == 0) return absl::UnimplementedError("the head size is not published");
  TESSERA_ASSIGN_OR_RETURN(op.compute, PrecisionOf(task, "precision", op.compute));
  op.input = op.compute;
  op.kv = op.compute;
  op.output = UsualOutput(op.compute);
  return op;
}

// Arrays read and written by one pass over arrays of `size`; STREAM's names.
absl::StatusOr<Operator> CopyOf(const MeasuredTask& task) {
  const Bytes size = Bytes(task.IntegerOr("bytes", kLargeCopy.count()));
  const std::string operation = task.TextOr("operation", "");
  Operator op;
  op.kind = OperatorKind::kVector;
  if (operation == "read") op.read = size;
  if (operation == "dot") op.read = size * 2;
  if (operation == "copy") op.read = size;
  if (operation == "triad") op.read = size * 2;
  if (operation == "write" || operation == "copy" || operation == "triad") op.written = size;
  if (task.TextOr("tier", "") != "dram") {
    return absl::UnimplementedError("streams over on-chip memory are not modelled yet");
  }
  return op;
}

// Cores that read blocks of requests, one or several in flight.
absl::StatusOr<Prediction> PredictReaders(const MeasuredTask& task, const ChipSpec& spec) {
  if (spec.style != ExecutionStyle::kDataflowMimd) {
    return absl::UnimplementedError("memory requests of single cores are modelled for Tensix only");
  }
  const DramReaders readers = {.readers = static_cast<int>(task.IntegerOr("readers", 1)),
                               .buffers = static_cast<int>(task.IntegerOr("outstanding", 1)),
                               .adjacent = task.TextOr("placement", "") == "adjacent"};
  TESSERA_ASSIGN_OR_RETURN(const Bandwidth rate, ReadersBandwidth(spec, readers));
  return Prediction{static_cast<double>(rate.bytes_per_second()), ""};
}

// One transfer between neighbours over the links alone, without a library.
absl::StatusOr<Prediction> PredictPeerCopy(const MeasurementCase& c,
                                           const MeasuredSystem& machine) {
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<Topology> topology,
                           BuildTopology(machine.system, machine.nodes, machine.chips));
  const Bytes size = Bytes(c.task.IntegerOr("bytes", kLargeCopy.count()));
  Schedule schedule;
  schedule.algorithm = "peer_copy";
  schedule.ranks = 2;
  schedule.chunks = 1;
  const bool both = c.task.BoolOr("both_directions_summed", false);
  schedule.transfers.push_back({.source = 0, .target = 1, .bytes = size});
  if (both) schedule.transfers.push_back({.source = 1, .target = 0, .bytes = size});
  const VertexId endpoints[] = {0, 1};
  Fabric::Request request{};
  request.schedule = &schedule;
  request.endpoints = endpoints;
  const double seconds = ToSeconds(IsolatedTime(*topology, request));
  return Prediction{static_cast<double>(size.count()) * (both ? 2 : 1) / seconds, ""};
}

absl::StatusOr<Operator> OperatorOf(const MeasuredTask& task) {
  if (task.kind() == TaskKind::kAttention) return AttentionOf(task);
  if (task.kind() == TaskKind::kMemoryCopy) return CopyOf(task);
  return GemmOf(task);
}

// Benchmarks of DeepGEMM take the time of the kernel from the profiler; others time loops of calls.
bool KernelAlone(const MeasuredTask& task) {
  const bool product = task.kind() == TaskKind::kGemm || task.kind() == TaskKind::kGroupedGemm;
  return product && task.TextOr("library", "") == "deepgemm";
}

ChipUse UseOf(const MeasuredTask& task) {
  ChipUse use;
  if (task.kind() != TaskKind::kGemm) return use;
  use.compute_share = task.Number("share_of_chip").value_or(1);
  if (task.BoolOr("includes_launch", false)) use.launch = LaunchMode::kFramework;
  return use;
}

}  // namespace

absl::StatusOr<Prediction> PredictOperator(const MeasurementCase& c, const Catalog& catalog) {
  TESSERA_ASSIGN_OR_RETURN(MeasuredSystem machine, SystemOfMachine(c.machine, catalog));
  if (c.task.kind() == TaskKind::kMemoryCopy && c.task.TextOr("operation", "") == "peer_copy") {
    return PredictPeerCopy(c, machine);
  }
  TESSERA_ASSIGN_OR_RETURN(const Operator op, OperatorOf(c.task));
  ChipSpec& spec = machine.system.chip;
  if (c.task.kind() == TaskKind::kMemoryCopy && !spec.memory.empty()) {
    if (const std::optional<double> fitted = c.task.Number("dram_gbytes_per_s")) {
      spec.memory[0].bandwidth = Bandwidth::BytesPerSecond(std::llround(*fitted * 1e9));
    }
    if (c.task.Has("outstanding")) return PredictReaders(c.task, spec);
  }
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<ChipModel> chip, SupportedChip(spec));
  TESSERA_ASSIGN_OR_RETURN(const OperatorCost cost, chip->Cost(op, UseOf(c.task)));
  const double launch = KernelAlone(c.task) ? ToSeconds(spec.overhead->kernel_launch_graph) : 0;
  const double seconds = ToSeconds(cost.time) - launch;
  const std::string& quantity = c.measured.quantity;
  if (quantity == "time") return Prediction{seconds, ""};
  if (quantity == "flop_rate") return Prediction{MatrixFlops(op).value() / seconds, ""};
  TESSERA_CHECK(quantity == "bandwidth");
  return Prediction{static_cast<double>((op.read + op.written).count()) / seconds, ""};
}

}  // namespace tessera
