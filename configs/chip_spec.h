// One accelerator as described in configs/chips: what the other rooms read. Rates are peaks of one
// chip (package); every figure's source and confidence stay with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/library_spec.h"
#include "configs/precision.h"
#include "configs/provenance.h"
#include "core/units.h"

namespace tessera {

// How a chip turns an operator into work; one file in `chips` each.
enum class ExecutionStyle {
  kSimt,             // Waves of thread blocks with tensor units (NVIDIA, AMD, Intel GPUs).
  kSystolic,         // TPU.
  kMultiEngine,      // Trainium, Inferentia: tensor, vector, scalar and GPSIMD engines over SBUF.
  kDataflowMimd,     // Tenstorrent.
  kStaticSchedule,   // Groq.
  kWaferScale,       // Cerebras.
  kBulkSynchronous,  // Graphcore.
  kReconfigurable,   // SambaNova.
};

// Off-core memory, nearest first.
struct MemoryTierSpec {
  std::string name;  // "hbm", "ddr", ...
  Bytes capacity;
  Bandwidth bandwidth;
  std::optional<Duration> latency;
  double achieved_fraction = 1;                   // Sustained over peak bandwidth of large reads.
  std::optional<double> achieved_write_fraction;  // Of large writes; unknown: as reads.
  std::optional<Energy> energy_per_bit;           // Of one access, interface and array.
  Provenance provenance;
};

// On-chip memory: `total` over the chip.
struct SramSpec {
  Bytes total;
  std::optional<Bandwidth> bandwidth;
  std::optional<Duration> latency;
  bool is_cache = false;
  Provenance provenance;
};

// A router of the on-chip network.
struct NocPlace {
  int column = 0;
  int row = 0;

  friend bool operator==(const NocPlace&, const NocPlace&) = default;
};

// Memory channels that can be reached from any of `routers`.
struct NocMemorySpec {
  int channels = 0;
  std::vector<NocPlace> routers;
};

// What sits where on the grid of routers.
struct NocMapSpec {
  int columns = 0;
  int rows = 0;
  std::vector<NocPlace> cores;
  std::vector<NocMemorySpec> memory;
  Provenance provenance;
};

// On-chip network.
struct NocSpec {
  std::string topology;
  std::optional<int> bytes_per_cycle_per_link;
  std::optional<int> hop_latency_cycles;
  std::optional<int> endpoint_latency_cycles;    // Between a core and its router.
  std::optional<Bandwidth> aggregate_bandwidth;  // All cores together.
  std::optional<double> clock_hz;
  int packet_payload_flits = 0;  // Behind one flit of header; 0: not known.
  std::optional<NocMapSpec> map;
  Provenance provenance;
};

struct ScaleUpSpec {
  std::string link;  // Key of configs/links, "" when unknown.
  std::string topology;
  std::optional<int> links_per_chip;
  std::optional<Bandwidth> bandwidth_per_direction;  // Sum over the links of one chip.
  std::optional<int> domain_chips;
  double achieved_fraction = 1;
  Provenance provenance;
};

// Times that software and hardware spend around the work of one operator. Calibrated constants of
// the chip and its usual software stack, each with its source in the chip file.
struct OverheadSpec {
  Duration kernel_launch{};        // Launched from the host one by one.
  Duration kernel_launch_graph{};  // Replayed from a captured graph.
  Duration framework_call{};       // One call from the framework's language, waited for.
  Duration memory_operation{};     // Fixed cost of a memory-bound operation (ramp up and drain).
  Duration matrix_prologue{};      // Fixed cost of a matrix kernel (pipeline fill and epilogue).
  double matrix_efficiency = 1;  // Residual sustained / peak of the matrix unit after quantisation.
  double vector_efficiency = 1;
  // Clock that a saturated matrix unit holds under the power limit, over the rated one; for formats
  // of 16 bits and more, and for narrower ones.
  double sustained_clock = 1;
  double sustained_clock_narrow = 1;

  // How matrix kernels cut their work; for styles with tiles.
  Duration matrix_step{};      // Least time of one inner step of a tile (128 bytes of depth).
  Duration tile_overhead{};    // Of one tile that its neighbours do not hide: epilogue and refill.
  int tile_columns_step = 64;  // Tiles are this many columns wide, or a multiple.
  int cluster_cores = 1;       // Cores that share one read of the last-level cache.
  double matrix_memory_fraction = 1;  // Of the achieved read bandwidth, for tiled operands.
  double cache_fraction = 1;          // Sustained over peak bandwidth of the last-level cache.
  // Share of an operator's memory time that its own computation cannot hide: first blocks in, last
  // blocks out, without double buffering across operators.
  double exposed_memory = 0;
  std::optional<Bandwidth> core_bandwidth;  // Most that one core draws: bytes in flight / latency.
  Provenance provenance;
};

struct ChipSpec {
  std::string name;  // Key in configs/chips.
  std::string vendor;
  int year = 0;
  std::string family;
  std::string generation;  // Of the architecture: "hopper"; communication libraries tune by it.
  ExecutionStyle style = ExecutionStyle::kSimt;

  int core_count = 0;  // Usable for compute: SMs, tensor cores, tiles.
  double matrix_ghz = 0;
  double vector_ghz = 0;
  // Of chips whose matrix unit is a systolic array: its extent, and arrays in one core. 0: none.
  int array_rows = 0;
  int array_columns = 0;
  int arrays_per_core = 1;
  PrecisionMap<FlopRate> matrix_peak;         // Dense, per precision; absent: not supported.
  PrecisionMap<FlopRate> matrix_peak_sparse;  // With the chip's structured sparsity.
  std::optional<FlopRate> vector_peak_fp32;
  std::optional<double> special_functions_per_second;

  std::optional<SramSpec> sram;        // Core-local, summed.
  std::optional<SramSpec> llc;         // Last-level cache.
  std::vector<MemoryTierSpec> memory;  // memory[0] is the main memory.

  std::optional<NocSpec> noc;
  std::optional<ScaleUpSpec> scale_up;
  std::optional<Bandwidth> scale_out_bandwidth;  // Per chip and direction.
  std::optional<Bandwidth> host_bandwidth;       // Per direction.

  std::optional<Power> tdp;
  std::optional<Power> idle;
  std::optional<Money> price;
  std::optional<Money> cloud_price_per_hour;  // Mean of the published range.
  std::optional<OverheadSpec> overhead;       // Absent where nobody has calibrated it yet.
  std::vector<LibrarySpec> libraries;         // Communication libraries, the usual one first.
  std::vector<Provenance> provenance;         // Of the remaining figures, block by block.
};

}  // namespace tessera
