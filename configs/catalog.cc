#include "configs/catalog.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "configs/chip.pb.h"
#include "configs/description_reader.h"
#include "configs/exchange_kernel.pb.h"
#include "configs/library.pb.h"
#include "configs/link.pb.h"
#include "configs/model.pb.h"
#include "configs/override.h"
#include "configs/scenario.pb.h"
#include "configs/spec_from_schema.h"
#include "configs/system.pb.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

bool HoldsDescriptions(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "chips", error);
}

// The first folder of descriptions in `start` or above it, or "".
std::string FindUpwards(fs::path start) {
  while (!start.empty()) {
    for (const char* place : {"configs", "share/tessera/configs"}) {
      if (HoldsDescriptions(start / place)) return (start / place).string();
    }
    if (start == start.parent_path()) break;
    start = start.parent_path();
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> FindConfigs() {
  if (const char* chosen = std::getenv("TESSERA_CONFIGS"); chosen != nullptr) {
    if (HoldsDescriptions(chosen)) return std::string(chosen);
    return absl::NotFoundError(absl::StrCat("TESSERA_CONFIGS=", chosen,
                                            ": no folder chips in it; accepted: a folder that "
                                            "holds chips, links, models and systems"));
  }
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  std::string found = FindUpwards(binary.parent_path());
  if (found.empty()) found = FindUpwards(fs::current_path(error));
  if (!found.empty()) return found;
  return absl::NotFoundError(
      absl::StrCat("no folder configs above ", binary.string(),
                   " or the working directory; set TESSERA_CONFIGS to the one of the sources"));
}

absl::StatusOr<ChipSpec> Catalog::LoadChip(const std::string& name) const {
  DescriptionReader reader(directory_);
  schema::Chip chip;
  TESSERA_RETURN_IF_ERROR(reader.ReadWhole(name, chip));
  ChipSpec spec = ChipFromSchema(chip);
  TESSERA_RETURN_IF_ERROR(AddLibraries(spec));
  return spec;
}

absl::StatusOr<PackageSpec> Catalog::LoadPackage(const std::string& chip) const {
  DescriptionReader reader(directory_);
  schema::Chip message;
  TESSERA_RETURN_IF_ERROR(reader.ReadWhole(chip, message));
  const schema::Package& package = message.package();
  PackageSpec spec{.process = package.process(), .style = package.style()};
  if (package.has_die_area()) spec.die_area_mm2 = package.die_area();
  spec.compute_dies = package.compute_dies();
  return spec;
}

absl::StatusOr<LinkSpec> Catalog::LoadLink(const std::string& name) const {
  DescriptionReader reader(directory_);
  schema::Link link;
  TESSERA_RETURN_IF_ERROR(reader.ReadWhole(name, link));
  return LinkFromSchema(link);
}

absl::StatusOr<ModelSpec> Catalog::LoadModel(const std::string& name) const {
  DescriptionReader reader(directory_);
  schema::Model model;
  TESSERA_RETURN_IF_ERROR(reader.ReadWhole(name, model));
  return ModelFromSchema(model, "", reader.positions());
}

absl::StatusOr<SystemSpec> Catalog::LoadSystem(const std::string& name) const {
  DescriptionReader reader(directory_);
  schema::System system;
  TESSERA_RETURN_IF_ERROR(reader.ReadWhole(name, system));
  TESSERA_RETURN_IF_ERROR(reader.CompleteSystem("", system));
  TESSERA_ASSIGN_OR_RETURN(SystemSpec spec, SystemFromSchema(system, "", reader.positions()));
  TESSERA_RETURN_IF_ERROR(AddLibraries(spec.chip));
  return spec;
}

absl::StatusOr<LibrarySpec> Catalog::LoadLibrary(const std::string& name) const {
  DescriptionReader reader(directory_);
  schema::Library library;
  TESSERA_RETURN_IF_ERROR(reader.ReadWhole(name, library));
  return LibraryFromSchema(library);
}

absl::StatusOr<ExchangeKernelSpec> Catalog::LoadExchangeKernel(const std::string& name) const {
  DescriptionReader reader(directory_);
  schema::ExchangeKernel kernel;
  TESSERA_RETURN_IF_ERROR(reader.ReadWhole(name, kernel));
  return ExchangeKernelFromSchema(kernel);
}

absl::Status Catalog::SetDefaultExchange(ScenarioSpec& scenario) const {
  SoftwareSpec& software = scenario.software;
  if (!scenario.model.moe || !software.exchange.families.empty()) return absl::OkStatus();
  const auto holds = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const std::string& name : ExchangeKernelNames()) {
    TESSERA_ASSIGN_OR_RETURN(ExchangeKernelSpec kernel, LoadExchangeKernel(name));
    if (!holds(kernel.frameworks, software.framework)) continue;
    if (!kernel.vendors.empty() && !holds(kernel.vendors, scenario.system.chip.vendor)) continue;
    software.exchange = std::move(kernel);
    break;
  }
  return absl::OkStatus();
}

absl::Status Catalog::AddLibraries(ChipSpec& chip) const {
  chip.libraries.clear();
  for (const std::string& name : LibraryNames()) {
    TESSERA_ASSIGN_OR_RETURN(LibrarySpec library, LoadLibrary(name));
    if (library.Knows(chip)) chip.libraries.push_back(std::move(library));
  }
  const auto place = [&](const LibrarySpec& library) {
    const std::vector<std::string>& vendors = library.vendors;
    if (vendors.empty()) return 2;
    return std::find(vendors.begin(), vendors.end(), chip.vendor) != vendors.end() ? 0 : 1;
  };
  std::stable_sort(chip.libraries.begin(), chip.libraries.end(),
                   [&](const LibrarySpec& a, const LibrarySpec& b) { return place(a) < place(b); });
  return absl::OkStatus();
}

absl::StatusOr<ScenarioSpec> Catalog::LoadScenario(
    const std::string& path, const std::vector<std::string>& overrides) const {
  TESSERA_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseScenario(text, path, overrides);
}

absl::StatusOr<SearchScenario> Catalog::LoadSearch(
    const std::string& path, const std::vector<std::string>& overrides) const {
  TESSERA_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseSearch(text, path, overrides);
}

absl::StatusOr<ScenarioSpec> Catalog::ParseScenario(
    const std::string& text, const std::string& file,
    const std::vector<std::string>& overrides) const {
  TESSERA_ASSIGN_OR_RETURN(SearchScenario search, ParseSearch(text, file, overrides));
  return std::move(search.scenario);
}

absl::StatusOr<SearchScenario> Catalog::ParseSearch(
    const std::string& text, const std::string& file,
    const std::vector<std::string>& overrides) const {
  TESSERA_ASSIGN_OR_RETURN(const YamlValue tree, ParseYaml(text, file));
  DescriptionReader reader(directory_);
  schema::Scenario scenario;
  TESSERA_RETURN_IF_ERROR(reader.Decode(tree, file, scenario));
  for (const std::string& assignment : overrides) {
    TESSERA_ASSIGN_OR_RETURN(const YamlValue change, OverrideTree(assignment));
    TESSERA_RETURN_IF_ERROR(reader.Decode(change, OverrideName(assignment), scenario));
  }
  TESSERA_RETURN_IF_ERROR(CheckRequired(scenario, "", reader.positions()));
  TESSERA_RETURN_IF_ERROR(reader.CompleteSystem("system", *scenario.mutable_system()));
  if (!scenario.has_name()) scenario.set_name(fs::path(file).stem().string());
  SearchScenario result;
  TESSERA_ASSIGN_OR_RETURN(result.scenario, ScenarioFromSchema(scenario, reader.positions()));
  TESSERA_RETURN_IF_ERROR(AddLibraries(result.scenario.system.chip));
  TESSERA_RETURN_IF_ERROR(SetDefaultExchange(result.scenario));
  TESSERA_ASSIGN_OR_RETURN(result.space, SearchFromSchema(scenario.search(), reader.positions()));
  return result;
}

std::vector<std::string> Catalog::Names(const std::string& kind) const {
  return DescriptionNames(directory_, kind);
}

}  // namespace tessera
