#include "partition/selective_recompute.h"

#include <algorithm>
#include <iterator>

namespace tessera {

std::vector<Operator> RepeatedBySelective(const LoweringContext& context,
                                          absl::Span<const Operator> forward) {
  const bool products = context.facts.selective_repeats_products &&
                        context.chip.spec().style == ExecutionStyle::kSystolic;
  std::vector<Operator> repeated;
  const auto is_repeated = [products](const Operator& op) {
    const absl::string_view name = op.name;
    if (name == "norm" || name == "activation") return true;
    if (!products) return false;
    return op.category == OperatorClass::kAttentionCore || name == "up_projection" ||
           name == "permute" || name == "dispatch_product";
  };
  std::copy_if(forward.begin(), forward.end(), std::back_inserter(repeated), is_repeated);
  return repeated;
}

}  // namespace tessera
