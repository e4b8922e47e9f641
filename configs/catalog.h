// The descriptions under configs/: chips, links, models, systems, libraries, exchange kernels, by
// name or by path, and scenarios made of them. Every load reads its files anew; nothing is cached.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/chip_spec.h"
#include "configs/exchange_kernel_spec.h"
#include "configs/job_spec.h"
#include "configs/library_spec.h"
#include "configs/model_spec.h"
#include "configs/package_spec.h"
#include "configs/search_spec.h"
#include "configs/system_spec.h"

namespace tessera {

// Where the descriptions are: $TESSERA_CONFIGS if set; else the first folder named configs (with
// chips in it) found upwards from the running binary, beside it or in share/tessera (so a build
// tree finds the sources and an installation finds <prefix>/share/tessera/configs); else upwards
// from the working directory. Error: none of these.
absl::StatusOr<std::string> FindConfigs();

class Catalog {
 public:
  // `directory` holds chips/, exchange_kernels/, libraries/, links/, models/, scenarios/, systems/.
  explicit Catalog(std::string directory) : directory_(std::move(directory)) {}

  const std::string& directory() const { return directory_; }

  // `name` is a file of the catalogue without its ending, or a path: it has a "/" or ends in .yaml,
  // .yml or .json (models: a Hugging Face config.json). Errors: an unknown name, with the closest
  // ones; everything that is wrong in a file, at its place.
  absl::StatusOr<ChipSpec> LoadChip(const std::string& name) const;
  absl::StatusOr<PackageSpec> LoadPackage(const std::string& chip) const;
  absl::StatusOr<LinkSpec> LoadLink(const std::string& name) const;
  absl::StatusOr<ModelSpec> LoadModel(const std::string& name) const;
  absl::StatusOr<SystemSpec> LoadSystem(const std::string& name) const;
  absl::StatusOr<LibrarySpec> LoadLibrary(const std::string& name) const;
  absl::StatusOr<ExchangeKernelSpec> LoadExchangeKernel(const std::string& name) const;
  // Gives a sparse model that names no exchange kernels the first, by name, that are the default of
  // its framework on its chips. Loaded scenarios have theirs.
  absl::Status SetDefaultExchange(ScenarioSpec& scenario) const;

  // A scenario file. Each override is "path=value", applied in order on top of the file:
  // "plan.tensor=4", "system.chip.power.tdp=500 W", "model=llama2_7b",
  // "system.chip.memory[0].bandwidth=4 TB/s". Errors of an override name it.
  absl::StatusOr<ScenarioSpec> LoadScenario(const std::string& path,
                                            const std::vector<std::string>& overrides = {}) const;
  // The same from text; `file` names it in errors, and paths in it are relative to its folder.
  absl::StatusOr<ScenarioSpec> ParseScenario(const std::string& text, const std::string& file,
                                             const std::vector<std::string>& overrides = {}) const;
  // A scenario with its `search` block.
  absl::StatusOr<SearchScenario> LoadSearch(const std::string& path,
                                            const std::vector<std::string>& overrides = {}) const;
  absl::StatusOr<SearchScenario> ParseSearch(const std::string& text, const std::string& file,
                                             const std::vector<std::string>& overrides = {}) const;

  // Sorted.
  std::vector<std::string> ChipNames() const { return Names("chips"); }
  std::vector<std::string> LinkNames() const { return Names("links"); }
  std::vector<std::string> ModelNames() const { return Names("models"); }
  std::vector<std::string> SystemNames() const { return Names("systems"); }
  std::vector<std::string> LibraryNames() const { return Names("libraries"); }
  std::vector<std::string> ExchangeKernelNames() const { return Names("exchange_kernels"); }
  std::vector<std::string> ScenarioNames() const { return Names("scenarios"); }

 private:
  std::vector<std::string> Names(const std::string& kind) const;
  // Sets the communication libraries of a chip: all that have constants for it, its vendor's usual
  // one first, those of no vendor last.
  absl::Status AddLibraries(ChipSpec& chip) const;

  std::string directory_;
};

}  // namespace tessera
