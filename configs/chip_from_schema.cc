#include <utility>

#include "configs/chip.pb.h"
#include "configs/link.pb.h"
#include "configs/provenance_from_schema.h"
#include "configs/spec_from_schema.h"

namespace tessera {
namespace {

std::optional<Bandwidth> OptionalBandwidth(bool has, int64_t bytes_per_second) {
  if (!has) return std::nullopt;
  return Bandwidth::BytesPerSecond(bytes_per_second);
}

std::optional<Duration> OptionalDuration(bool has, int64_t picoseconds) {
  if (!has) return std::nullopt;
  return Duration(picoseconds);
}

template <typename Quantity>
std::optional<Quantity> OptionalQuantity(bool has, double value) {
  if (!has) return std::nullopt;
  return Quantity(value);
}

// Formats without a key of their own: see message Rates.
PrecisionMap<FlopRate> RatesFromSchema(const schema::Rates& rates) {
  PrecisionMap<FlopRate> map;
  const auto set = [&map](Precision precision, bool has, double rate) {
    if (has) map.Set(precision, FlopRate(rate));
  };
  const bool has_16_bits = rates.has_bf16() || rates.has_fp16();
  const double fp16 = rates.has_fp16() ? rates.fp16() : rates.bf16();
  set(Precision::kFp32, rates.has_fp32(), rates.fp32());
  set(Precision::kTf32, rates.has_tf32(), rates.tf32());
  set(Precision::kBf16, rates.has_bf16(), rates.bf16());
  set(Precision::kFp16, has_16_bits, fp16);
  set(Precision::kMixedFp16, has_16_bits, fp16);
  set(Precision::kFp8, rates.has_fp8(), rates.fp8());
  set(Precision::kMxfp8, rates.has_fp8(), rates.fp8());
  set(Precision::kNvfp4, rates.has_fp4(), rates.fp4());
  set(Precision::kMxfp4, rates.has_fp4(), rates.fp4());
  set(Precision::kBfp8, rates.has_bfp8(), rates.bfp8());
  set(Precision::kBfp8Bfp4, rates.has_bfp8_bfp4(), rates.bfp8_bfp4());
  set(Precision::kInt8, rates.has_int8(), rates.int8());
  set(Precision::kInt4, rates.has_int4(), rates.int4());
  return map;
}

ExecutionStyle StyleFromSchema(schema::Execution::Style style) {
  constexpr ExecutionStyle kStyles[] = {
      ExecutionStyle::kSimt,           ExecutionStyle::kSimt,
      ExecutionStyle::kSystolic,       ExecutionStyle::kMultiEngine,
      ExecutionStyle::kDataflowMimd,   ExecutionStyle::kStaticSchedule,
      ExecutionStyle::kWaferScale,     ExecutionStyle::kBulkSynchronous,
      ExecutionStyle::kReconfigurable,
  };
  return kStyles[style];
}

MemoryTierSpec MemoryFromSchema(const schema::Memory& memory) {
  MemoryTierSpec spec;
  spec.name = memory.tier();
  spec.capacity = Bytes(memory.capacity());
  spec.bandwidth = Bandwidth::BytesPerSecond(memory.bandwidth());
  spec.latency = OptionalDuration(memory.has_latency(), memory.latency());
  spec.achieved_fraction = memory.achieved_fraction();
  if (memory.has_achieved_write_fraction()) {
    spec.achieved_write_fraction = memory.achieved_write_fraction();
  }
  spec.energy_per_bit = OptionalQuantity<Energy>(memory.has_energy(), memory.energy());
  spec.provenance = ProvenanceOf(memory);
  return spec;
}

// Latency is published in cycles of the core clock.
std::optional<Duration> CyclesOf(const schema::Sram& sram, const schema::Clock& clock) {
  if (!sram.has_latency_cycles() || !clock.has_matrix()) return std::nullopt;
  return CeilSeconds(sram.latency_cycles() / clock.matrix());
}

// Where only the port of one core is published: all ports at the core clock.
std::optional<Bandwidth> SramBandwidth(const schema::Chip& chip) {
  const schema::Sram& sram = chip.sram();
  if (sram.has_bandwidth()) return Bandwidth::BytesPerSecond(sram.bandwidth());
  if (!sram.has_bytes_per_cycle_per_core() || !chip.clock().has_matrix()) return std::nullopt;
  const double cores = chip.cores().has_usable() ? chip.cores().usable() : chip.cores().count();
  const double rate =
      cores * static_cast<double>(sram.bytes_per_cycle_per_core()) * chip.clock().matrix();
  return Bandwidth::BytesPerSecond(static_cast<int64_t>(rate));
}

void SetOnChipMemory(const schema::Chip& chip, ChipSpec& spec) {
  if (chip.sram().has_total()) {
    const schema::Sram& sram = chip.sram();
    spec.sram = SramSpec{.total = Bytes(sram.total()),
                         .bandwidth = SramBandwidth(chip),
                         .latency = CyclesOf(sram, chip.clock()),
                         .is_cache = false,
                         .provenance = ProvenanceOf(sram)};
  }
  if (chip.llc().has_capacity()) {
    const schema::LastLevelCache& llc = chip.llc();
    spec.llc = SramSpec{.total = Bytes(llc.capacity()),
                        .bandwidth = OptionalBandwidth(llc.has_bandwidth(), llc.bandwidth()),
                        .latency = OptionalDuration(llc.has_latency(), llc.latency()),
                        .is_cache = llc.is_cache(),
                        .provenance = ProvenanceOf(llc)};
  }
}

NocMapSpec MapFromSchema(const schema::NocMap& map) {
  NocMapSpec spec{.columns = map.columns(),
                  .rows = map.rows(),
                  .cores = {},
                  .memory = {},
                  .provenance = ProvenanceOf(map)};
  for (const int row : map.core_rows()) {
    for (const int column : map.core_columns()) spec.cores.push_back({column, row});
  }
  for (const schema::NocMemory& memory : map.memory()) {
    NocMemorySpec& group = spec.memory.emplace_back();
    group.channels = memory.channels();
    for (const int row : memory.rows()) group.routers.push_back({memory.column(), row});
  }
  return spec;
}

NocSpec NocFromSchema(const schema::Noc& noc, const schema::Clock& clock) {
  NocSpec spec;
  spec.topology = noc.topology();
  if (noc.has_bytes_per_cycle_per_link()) {
    spec.bytes_per_cycle_per_link = noc.bytes_per_cycle_per_link();
  }
  if (noc.has_hop_latency_cycles()) spec.hop_latency_cycles = noc.hop_latency_cycles();
  if (noc.has_endpoint_latency_cycles()) {
    spec.endpoint_latency_cycles = noc.endpoint_latency_cycles();
  }
  if (clock.has_noc()) spec.clock_hz = clock.noc();
  spec.packet_payload_flits = noc.packet_payload_flits();
  if (noc.has_map()) spec.map = MapFromSchema(noc.map());
  spec.aggregate_bandwidth =
      OptionalBandwidth(noc.has_aggregate_bandwidth(), noc.aggregate_bandwidth());
  spec.provenance = ProvenanceOf(noc);
  return spec;
}

ScaleUpSpec ScaleUpFromSchema(const schema::ScaleUp& scale_up) {
  ScaleUpSpec spec;
  spec.link = scale_up.link();
  spec.topology = scale_up.topology();
  if (scale_up.has_links_per_chip()) spec.links_per_chip = scale_up.links_per_chip();
  spec.bandwidth_per_direction =
      OptionalBandwidth(scale_up.has_chip_bandwidth(), scale_up.chip_bandwidth());
  if (scale_up.has_domain_chips()) spec.domain_chips = scale_up.domain_chips();
  spec.achieved_fraction = scale_up.achieved_fraction();
  spec.provenance = ProvenanceOf(scale_up);
  return spec;
}

OverheadSpec OverheadFromSchema(const schema::Overhead& overhead) {
  OverheadSpec spec;
  spec.kernel_launch = Duration(overhead.kernel_launch());
  spec.kernel_launch_graph = Duration(overhead.kernel_launch_graph());
  spec.framework_call = Duration(overhead.has_framework_call() ? overhead.framework_call()
                                                               : overhead.kernel_launch());
  spec.memory_operation = Duration(overhead.memory_operation());
  spec.matrix_prologue = Duration(overhead.matrix_prologue());
  spec.matrix_efficiency = overhead.matrix_efficiency();
  spec.vector_efficiency = overhead.vector_efficiency();
  spec.sustained_clock = overhead.sustained_clock();
  spec.sustained_clock_narrow = overhead.sustained_clock_narrow();
  spec.matrix_step = Duration(overhead.matrix_step());
  spec.tile_overhead = Duration(overhead.tile_overhead());
  spec.tile_columns_step = overhead.tile_columns_step();
  spec.cluster_cores = overhead.cluster_cores();
  spec.matrix_memory_fraction = overhead.matrix_memory_fraction();
  spec.cache_fraction = overhead.cache_fraction();
  spec.exposed_memory = overhead.exposed_memory();
  spec.core_bandwidth = OptionalBandwidth(overhead.has_core_bandwidth(), overhead.core_bandwidth());
  spec.provenance = ProvenanceOf(overhead);
  return spec;
}

std::optional<Money> CloudPrice(const schema::Price& price) {
  if (price.has_cloud_low() && price.has_cloud_high()) {
    return Money((price.cloud_low() + price.cloud_high()) / 2);
  }
  if (price.has_cloud_low()) return Money(price.cloud_low());
  return OptionalQuantity<Money>(price.has_cloud_high(), price.cloud_high());
}

void SetPowerAndPrice(const schema::Chip& chip, ChipSpec& spec) {
  spec.tdp = OptionalQuantity<Power>(chip.power().has_tdp(), chip.power().tdp());
  spec.idle = OptionalQuantity<Power>(chip.power().has_idle(), chip.power().idle());
  spec.price = OptionalQuantity<Money>(chip.price().has_chip(), chip.price().chip());
  spec.cloud_price_per_hour = CloudPrice(chip.price());
}

void SetCompute(const schema::Chip& chip, ChipSpec& spec) {
  const schema::Cores& cores = chip.cores();
  spec.style = StyleFromSchema(chip.execution().style());
  spec.core_count = cores.has_usable() ? cores.usable() : cores.count();
  spec.array_rows = cores.array_rows();
  spec.array_columns = cores.array_columns();
  spec.arrays_per_core = cores.arrays_per_core();
  spec.matrix_ghz = chip.clock().matrix() / 1e9;
  spec.vector_ghz =
      (chip.clock().has_vector() ? chip.clock().vector() : chip.clock().matrix()) / 1e9;
  spec.matrix_peak = RatesFromSchema(chip.peak_dense());
  spec.matrix_peak_sparse = RatesFromSchema(chip.peak_sparse());
  spec.vector_peak_fp32 =
      OptionalQuantity<FlopRate>(chip.vector().has_fp32(), chip.vector().fp32());
  if (chip.vector().has_special_functions()) {
    spec.special_functions_per_second = chip.vector().special_functions();
  }
}

}  // namespace

ChipSpec ChipFromSchema(const schema::Chip& chip) {
  ChipSpec spec;
  spec.name = chip.name();
  spec.vendor = chip.vendor();
  spec.year = chip.year();
  spec.family = chip.family();
  spec.generation = chip.generation();
  SetCompute(chip, spec);
  SetOnChipMemory(chip, spec);
  for (const schema::Memory& memory : chip.memory())
    spec.memory.push_back(MemoryFromSchema(memory));
  if (chip.has_noc()) spec.noc = NocFromSchema(chip.noc(), chip.clock());
  if (chip.has_scale_up()) spec.scale_up = ScaleUpFromSchema(chip.scale_up());
  spec.scale_out_bandwidth =
      OptionalBandwidth(chip.scale_out().has_bandwidth(), chip.scale_out().bandwidth());
  spec.host_bandwidth = OptionalBandwidth(chip.host().has_bandwidth(), chip.host().bandwidth());
  SetPowerAndPrice(chip, spec);
  if (chip.has_overhead()) spec.overhead = OverheadFromSchema(chip.overhead());
  spec.provenance = {ProvenanceOf(chip.clock()),      ProvenanceOf(chip.cores()),
                     ProvenanceOf(chip.peak_dense()), ProvenanceOf(chip.vector()),
                     ProvenanceOf(chip.power()),      ProvenanceOf(chip.price())};
  return spec;
}

LinkSpec LinkFromSchema(const schema::Link& link) {
  LinkSpec spec;
  spec.name = link.name();
  spec.bandwidth_per_direction = OptionalBandwidth(link.has_bandwidth(), link.bandwidth());
  if (link.has_links_per_chip()) spec.links_per_chip = link.links_per_chip();
  spec.chip_bandwidth_per_direction =
      OptionalBandwidth(link.has_chip_bandwidth(), link.chip_bandwidth());
  if (link.has_payload_efficiency()) spec.payload_efficiency = link.payload_efficiency();
  spec.latency = OptionalDuration(link.has_latency(), link.latency());
  spec.switch_latency = OptionalDuration(link.has_switch_latency(), link.switch_latency());
  spec.endpoint_latency = OptionalDuration(link.has_endpoint_latency(), link.endpoint_latency());
  spec.energy_per_bit = OptionalQuantity<Energy>(link.has_energy(), link.energy());
  spec.provenance = ProvenanceOf(link);
  return spec;
}

}  // namespace tessera
