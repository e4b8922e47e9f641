// Messages of the schema to the plain structs that the other rooms read. Private to the room.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "configs/chip_spec.h"
#include "configs/exchange_kernel_spec.h"
#include "configs/job_spec.h"
#include "configs/library_spec.h"
#include "configs/model_spec.h"
#include "configs/positions.h"
#include "configs/search_spec.h"
#include "configs/system_spec.h"

namespace tessera {

namespace schema {
class Chip;
class ExchangeKernel;
class FabricChoice;
class Inference;
class Library;
class Link;
class Model;
class Scenario;
class Search;
class System;
}  // namespace schema

// The messages passed CheckRequired. `path` is the place of the message in the whole; errors are
// contradictions between fields, at their positions.
ChipSpec ChipFromSchema(const schema::Chip& chip);
ExchangeKernelSpec ExchangeKernelFromSchema(const schema::ExchangeKernel& kernel);
LibrarySpec LibraryFromSchema(const schema::Library& library);
// `topology` is a ScaleUpNetwork.Topology.
ScaleUpTopology TopologyFromSchema(int topology);
LinkSpec LinkFromSchema(const schema::Link& link);
absl::StatusOr<ModelSpec> ModelFromSchema(const schema::Model& model, const std::string& path,
                                          const PositionTable& positions);
absl::StatusOr<SystemSpec> SystemFromSchema(const schema::System& system, const std::string& path,
                                            const PositionTable& positions);
// Of a system whose ranks_per_chip lie on its dies and tiles.
absl::StatusOr<InsideSpec> InsideFromSchema(const schema::System& system, const std::string& path,
                                            const PositionTable& positions);
// Of a job on `model`, whose layers bound the exits.
absl::StatusOr<GenerationSpec> GenerationFromSchema(const schema::Inference& inference,
                                                    const ModelSpec& model,
                                                    const PositionTable& positions);
absl::StatusOr<FabricSpec> FabricFromSchema(const schema::FabricChoice& fabric, int nodes,
                                            const PositionTable& positions);
// Of the networks that the scenario chooses.
absl::StatusOr<std::vector<FaultSpec>> FaultsFromSchema(const schema::Scenario& scenario,
                                                        const FabricSpec& fabric,
                                                        const PositionTable& positions);
absl::StatusOr<ScenarioSpec> ScenarioFromSchema(const schema::Scenario& scenario,
                                                const PositionTable& positions);

absl::StatusOr<SearchSpec> SearchFromSchema(const schema::Search& search,
                                            const PositionTable& positions);

}  // namespace tessera
