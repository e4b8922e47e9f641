// One collective on an idle machine, size by size: what stands behind a table of collectives.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collectives/collective.h"
#include "study/collective_sweep.h"
#include "topology/topology.h"

namespace tessera {

class CollectiveBench {
 public:
  // `sweep` outlives the bench. Errors: as of RunCollectiveSweep.
  static absl::StatusOr<CollectiveBench> Make(const CollectiveSweep& sweep);

  int ranks() const { return static_cast<int>(groups_[0].size()); }  // Of one group.
  int groups() const { return static_cast<int>(groups_.size()); }
  // Rounded down to whole elements for every rank, each once, without zero.
  std::vector<Bytes> Sizes() const;
  Bytes WholeElements(Bytes bytes) const;

  // What the library weighs for `algorithm` ("auto": all of its own), fastest first.
  absl::StatusOr<std::vector<CollectiveCandidate>> Weigh(const std::string& algorithm,
                                                         Bytes bytes) const;
  // The fastest of them on the fabric, in all groups at once, or by closed form, which knows no
  // neighbours, where the schedules are too long for that.
  absl::StatusOr<CollectiveRow> Run(const std::string& algorithm, Bytes bytes) const;

 private:
  explicit CollectiveBench(const CollectiveSweep& sweep) : sweep_(&sweep) {}
  absl::Status ChooseRanks();
  absl::Status CheckWeights() const;
  CollectiveRequest RequestFor(const std::string& algorithm, Bytes bytes, int group) const;
  absl::StatusOr<std::vector<CollectivePlan>> PlansFor(const std::string& algorithm,
                                                       Bytes bytes) const;
  absl::Status RunPackets(const std::vector<CollectivePlan>& plans, CollectiveRow& row) const;
  Duration TimeOfFluid(const std::vector<CollectivePlan>& plans) const;

  const CollectiveSweep* sweep_;
  CollectiveRequest request_;
  std::vector<std::vector<ChipId>> groups_;
  std::unique_ptr<Topology> topology_;
  std::unique_ptr<CommunicationLibrary> library_;
};

}  // namespace tessera
