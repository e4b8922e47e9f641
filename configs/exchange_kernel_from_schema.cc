#include "configs/exchange_kernel.pb.h"
#include "configs/provenance_from_schema.h"
#include "configs/spec_from_schema.h"

namespace tessera {
namespace {

ExchangeLeg LegFromSchema(const schema::ExchangeLeg& leg) {
  ExchangeLeg spec{.dispatch_start = Duration(leg.dispatch_start()),
                   .combine_start = Duration(leg.combine_start()),
                   .efficiency = leg.efficiency(),
                   .copy = Duration(leg.copy()),
                   .host_copy = std::nullopt};
  if (leg.has_host_copy()) spec.host_copy = Duration(leg.host_copy());
  return spec;
}

}  // namespace

ExchangeKernelSpec ExchangeKernelFromSchema(const schema::ExchangeKernel& kernel) {
  // In the order of the schema's enums.
  constexpr ExchangeMode kModes[] = {ExchangeMode::kLowLatency, ExchangeMode::kHighThroughput};
  constexpr CopyRule kCopies[] = {CopyRule::kExpert, CopyRule::kRank, CopyRule::kNode};
  ExchangeKernelSpec spec;
  spec.name = kernel.name();
  spec.frameworks = {kernel.frameworks().begin(), kernel.frameworks().end()};
  spec.vendors = {kernel.vendors().begin(), kernel.vendors().end()};
  spec.provenance = ProvenanceOf(kernel);
  for (const schema::ExchangeFamily& family : kernel.families()) {
    ExchangeFamily& target = spec.families.emplace_back();
    target.mode = kModes[family.mode()];
    target.copies = kCopies[family.copies()];
    target.cores = family.cores();
    if (family.has_core_rate()) target.core_rate = Bandwidth::BytesPerSecond(family.core_rate());
    target.scale_up = LegFromSchema(family.scale_up());
    target.narrow_dispatch = family.narrow_dispatch();
    if (family.has_scale_out()) target.scale_out = LegFromSchema(family.scale_out());
  }
  return spec;
}

}  // namespace tessera
