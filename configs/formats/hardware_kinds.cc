#include "configs/formats/measurement_kinds.h"

namespace tessera {
namespace {

KindRule Gemm() {
  return {
      .kind = TaskKind::kGemm,
      .name = "gemm",
      .keys = {Required("m"), Required("n"), Required("k"), RequiredName("precision", kPrecisions),
               OptionalName("selection", "given best_of_search"),
               OptionalName("accumulate", kPrecisions),
               OptionalName("output_precision", kPrecisions),
               OptionalName("fidelity", "lofi hifi2 hifi3 hifi4"),
               OptionalName("scaling", "tensor block_128"),
               Optional("share_of_chip", KeyType::kNumber),
               Optional("includes_launch", KeyType::kBool),
               OptionalName("library", "cublaslt torch deepgemm tt_metal xla poplin")},
      .quantities = {{"time", "s"}, {"flop_rate", "flop/s"}}};
}

KindRule GroupedGemm() {
  return {
      .kind = TaskKind::kGroupedGemm,
      .name = "grouped_gemm",
      .keys = {Required("groups"), Required("m_per_group"), Required("n"), Required("k"),
               RequiredName("precision", kPrecisions), OptionalName("layout", "contiguous masked"),
               OptionalName("output_precision", kPrecisions),
               OptionalName("scaling", "tensor block_128"), OptionalName("library", "deepgemm")},
      .quantities = {{"time", "s"}}};
}

KindRule Attention() {
  return {.kind = TaskKind::kAttention,
          .name = "attention",
          .keys = {RequiredName("phase", "forward backward decode"), Required("batch"),
                   Required("heads"), Required("q_len"), Required("kv_len"),
                   RequiredName("precision", kPrecisions), Optional("kv_heads"),
                   Optional("head_dim_qk"), Optional("head_dim_v"), Optional("kv_lora_rank"),
                   Optional("rope_dim"), Optional("causal", KeyType::kBool),
                   OptionalName("implementation", "flash_attention_2 flash_attention_3 flash_mla")},
          .quantities = {{"time", "s"}, {"flop_rate", "flop/s"}}};
}

KindRule MemoryCopy() {
  return {.kind = TaskKind::kMemoryCopy,
          .name = "memory_copy",
          .keys = {RequiredName("operation", "read write copy triad dot peer_copy"),
                   RequiredName("tier", "dram sram peer"), Optional("bytes"),
                   Optional("both_directions_summed", KeyType::kBool), Optional("readers"),
                   Optional("packet_bytes"), Optional("outstanding"),
                   OptionalName("placement", "adjacent arbitrary"),
                   Optional("dram_gbytes_per_s", KeyType::kNumber),
                   OptionalName("engine", "copy_engine cores")},
          .quantities = {{"bandwidth", "bytes/s"}}};
}

KindRule LinkLatency() {
  return {.kind = TaskKind::kLinkLatency,
          .name = "link_latency",
          .keys = {RequiredName("path",
                                "nvlink ib_same_leaf ib_cross_leaf roce_same_leaf roce_cross_leaf "
                                "tt_ethernet groq_c2c groq_dragonfly"),
                   RequiredName("span", "one_way per_hop end_to_end"), Optional("bytes"),
                   OptionalName("routing", "1d 2d"), Optional("ring_chips")},
          .quantities = {{"latency", "s"}}};
}

KindRule Noc() {
  return {.kind = TaskKind::kNoc,
          .name = "noc",
          .keys = {RequiredName("operation",
                                "router_hop interface_to_router local_memory_load "
                                "local_memory_read dram_read dram_write all_reduce "
                                "loaded_exchange stencil_iteration"),
                   Optional("tiles"), Optional("dram_channels"), Optional("bytes_per_tile"),
                   OptionalName("placement", "adjacent random_fair"),
                   OptionalName("virtual_channels", "static dynamic"), Optional("noc"),
                   Optional("bytes"), Optional("cores"), OptionalName("precision", kPrecisions)},
          .quantities = {{"latency", "s"},
                         {"latency_cycles", "cycles"},
                         {"bandwidth", "bytes/s"},
                         {"latency_ratio", "ratio"}}};
}

}  // namespace

std::vector<KindRule> HardwareKinds() {
  return {Gemm(), GroupedGemm(), Attention(), MemoryCopy(), LinkLatency(), Noc()};
}

}  // namespace tessera
