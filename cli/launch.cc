#include "cli/launch.h"

#include <array>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

std::optional<int> NumberIn(const char* variable) {
  const char* const text = std::getenv(variable);
  int number = 0;
  if (text == nullptr || !absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

}  // namespace

std::optional<LaunchedTask> FindLaunchedTask() {
  constexpr std::array<std::pair<const char*, const char*>, 3> kLaunchers = {
      {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
       {"SLURM_PROCID", "SLURM_NTASKS"},
       {"PMI_RANK", "PMI_SIZE"}}};
  for (const auto& [rank, size] : kLaunchers) {
    const std::optional<int> own = NumberIn(rank);
    const std::optional<int> all = NumberIn(size);
    if (own.has_value() && all.has_value() && *own >= 0 && *own < *all) {
      return LaunchedTask{.rank = *own, .size = *all};
    }
  }
  return std::nullopt;
}

absl::Status CheckLaunchedAlone() {
  const int tasks = NumberIn("SLURM_STEP_NUM_TASKS").value_or(1);
  if (tasks == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("srun has started ", tasks, " processes that cannot find one another: add ",
                   "--mpi=pmix to srun, or --rendezvous DIR on a shared file system"));
}

}  // namespace tessera
