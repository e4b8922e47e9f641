#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "configs/scenario.pb.h"
#include "configs/spec_from_schema.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr char kSparsity[] = "inference.sparsity";
constexpr char kSpeculation[] = "inference.speculation";

absl::Status Refuse(const PositionTable& positions, const std::string& path,
                    absl::string_view what) {
  return ErrorAt(positions.Of(path), absl::StrCat(path, ": ", what));
}

// "2:4".
bool ReadPattern(const std::string& text, SparsitySpec& spec) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  return parts.size() == 2 && absl::SimpleAtoi(parts[0], &spec.n) &&
         absl::SimpleAtoi(parts[1], &spec.m) && spec.n >= 1 && spec.n < spec.m && spec.m <= 64;
}

absl::StatusOr<SparsitySpec> SparsityFromSchema(const schema::Sparsity& sparsity,
                                                const PositionTable& positions) {
  SparsitySpec spec{.activations = sparsity.activations(), .mask = sparsity.mask()};
  if (sparsity.has_weights()) {
    if (sparsity.has_block() || sparsity.has_density()) {
      return Refuse(positions, kSparsity,
                    "weights and blocks; accepted: weights (N:M), or density and block");
    }
    spec.pattern = SparsitySpec::Pattern::kStructured;
    if (!ReadPattern(sparsity.weights(), spec)) {
      return Refuse(positions, absl::StrCat(kSparsity, ".weights"),
                    absl::StrCat("found \"", sparsity.weights(),
                                 "\"; accepted: N:M with 1 <= N < M <= 64, such as 2:4"));
    }
    return spec;
  }
  if (sparsity.has_block() && !sparsity.has_density()) {
    return Refuse(positions, absl::StrCat(kSparsity, ".block"),
                  "without density; accepted: with the share of blocks that is kept");
  }
  if (sparsity.has_density()) {
    spec.pattern = SparsitySpec::Pattern::kBlocks;
    spec.density = sparsity.density();
    spec.block = sparsity.block();
  }
  return spec;
}

absl::StatusOr<SpeculationSpec> SpeculationFromSchema(const schema::Speculation& speculation,
                                                      const PositionTable& positions) {
  if (speculation.has_draft() == speculation.has_draft_cost()) {
    return Refuse(positions, kSpeculation,
                  speculation.has_draft()
                      ? "draft and draft_cost; accepted: one of them"
                      : "nothing drafts; accepted: draft (a model), or draft_cost (a draft step's "
                        "share of a plain step)");
  }
  SpeculationSpec spec{.tokens = speculation.tokens(),
                       .acceptance = speculation.acceptance(),
                       .draft_cost = speculation.draft_cost()};
  if (!speculation.has_draft()) return spec;
  const std::string path = absl::StrCat(kSpeculation, ".draft");
  TESSERA_ASSIGN_OR_RETURN(spec.draft, ModelFromSchema(speculation.draft(), path, positions));
  if (spec.draft->moe) {
    return Refuse(positions, path, "a sparse model; accepted: a model without experts");
  }
  return spec;
}

absl::Status CheckExits(const std::vector<EarlyExitSpec>& exits, const ModelSpec& model,
                        const PositionTable& positions) {
  int last = 0;
  for (size_t i = 0; i < exits.size(); ++i) {
    const int after = exits[i].after_layer;
    if (after <= last || after >= model.layers) {
      return Refuse(positions, absl::StrCat("inference.early_exit[", i, "].after_layer"),
                    absl::StrCat("found ", after, "; accepted: ", last + 1, " to ",
                                 model.layers - 1, ", each exit later than the one before"));
    }
    last = after;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GenerationSpec> GenerationFromSchema(const schema::Inference& inference,
                                                    const ModelSpec& model,
                                                    const PositionTable& positions) {
  GenerationSpec spec;
  TESSERA_ASSIGN_OR_RETURN(spec.sparsity, SparsityFromSchema(inference.sparsity(), positions));
  if (inference.has_speculation()) {
    TESSERA_ASSIGN_OR_RETURN(spec.speculation,
                             SpeculationFromSchema(inference.speculation(), positions));
  }
  for (const schema::EarlyExit& exit : inference.early_exit()) {
    spec.early_exit.push_back(
        {.after_layer = exit.after_layer(), .probability = exit.probability()});
  }
  TESSERA_RETURN_IF_ERROR(CheckExits(spec.early_exit, model, positions));
  if (spec.speculation && !spec.early_exit.empty()) {
    return Refuse(positions, "inference.early_exit",
                  "together with speculation; accepted: one of them");
  }
  return spec;
}

}  // namespace tessera
