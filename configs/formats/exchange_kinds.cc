#include "configs/formats/measurement_kinds.h"

namespace tessera {
namespace {

KindRule Collective() {
  return {.kind = TaskKind::kCollective,
          .name = "collective",
          .keys = {RequiredName("operation",
                                "all_reduce all_gather reduce_scatter all_to_all send_recv"),
                   Required("ranks"), Required("ranks_per_node"), Required("message_bytes"),
                   OptionalName("precision", kPrecisions),
                   OptionalName("algorithm", "auto ring nvls nvls_tree sharp custom"),
                   OptionalName("library", "nccl rccl oneccl mscclpp hccl tt_metal"),
                   Optional("library_version", KeyType::kText),
                   OptionalName("harness", "torch nccl_tests graph library"),
                   OptionalName("kernels_issued_by", "one_thread_a_rank one_thread_a_node"),
                   Optional("in_place", KeyType::kBool)},
          .quantities = {{"time", "s"}}};
}

KindRule MoeExchange() {
  return {
      .kind = TaskKind::kMoeExchange,
      .name = "moe_exchange",
      .keys = {RequiredName("operation", "dispatch combine all_to_all_padded"), Required("ep"),
               Required("tokens_per_rank"), Required("hidden"), Required("topk"),
               Required("experts"), RequiredName("precision", kPrecisions),
               Optional("bytes_per_token"), OptionalName("routing", "balanced uniform"),
               Optional("max_nodes_per_token"), OptionalName("mode", "low_latency high_throughput"),
               OptionalName("path", "scale_up_only scale_up_and_nic nic_only"),
               OptionalName("launched_by", "device host_proxy"), Optional("comm_cores"),
               OptionalName("bandwidth_counts", "ranks nodes"),
               OptionalName("implementation",
                            "deepep_v0 deepep_v1 deepep_v2 pplx uccl mori nccl_ep "
                            "trtllm_one_sided torch triton_distributed"),
               OptionalName("copies_per", "expert rank node")},
      .quantities = {{"time", "s"}, {"exchange_bandwidth", "bytes/s"}}};
}

KindRule ExpertLoad() {
  return {.kind = TaskKind::kExpertLoad,
          .name = "expert_load",
          .keys = {Required("model", KeyType::kModel), Required("ep"), Optional("layer"),
                   Optional("expert_slots_per_rank"), Optional("rebalanced", KeyType::kBool),
                   Optional("tokens_per_rank"), OptionalName("phase", "prefill decode"),
                   Optional("redundant_experts")},
          .quantities = {{"rank_max_over_mean", "ratio"},
                         {"expert_max_over_mean", "ratio"},
                         {"rebalancing_speedup", "ratio"}}};
}

}  // namespace

std::vector<KindRule> ExchangeKinds() { return {Collective(), MoeExchange(), ExpertLoad()}; }

}  // namespace tessera
