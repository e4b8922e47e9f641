// From the machine of a measurement case to the description of a system.
#pragma once

#include "absl/status/statusor.h"
#include "configs/catalog.h"
#include "configs/formats/measurements.h"
#include "configs/system_spec.h"

namespace tessera {

struct MeasuredSystem {
  SystemSpec system;
  int nodes = 1;
  int chips = 1;  // Taking part.
};

// What the case leaves open comes from the chip and link descriptions: the scale-up link and its
// rate; NICs of the link's rate; one NIC a chip where their number is not published; the shape of a
// torus or mesh: the most compact one, of whole cubes of 4 chips an edge if it can be (TPU slices:
// Google Cloud documentation of v4 and v5p topologies, 4x4x12, 8x8x16). Whether the
// switches of a node can reduce is not a figure of the case: they can if those of a system in
// configs/systems with the same scale-up link can.
// Errors: Unimplemented for a NIC of unknown rate; those of the catalogue.
absl::StatusOr<MeasuredSystem> SystemOfMachine(const MeasuredMachine& machine,
                                               const Catalog& catalog);

}  // namespace tessera
