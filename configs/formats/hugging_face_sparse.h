// Sparse (mixture of experts) layers in config.json files. Private to the room.
#pragma once

#include "configs/formats/json_fields.h"

namespace tessera {

namespace schema {
class Model;
}  // namespace schema

// How a family writes them down.
enum class SparseLayers { kNone, kMixtral, kQwen, kDeepSeek, kLlama4 };

// Fills model.moe from a model whose layers are known; nothing where all layers are dense.
void ReadSparseLayers(SparseLayers kind, JsonFields& fields, schema::Model& model);

// Mean bits of a weight when experts are stored with `expert_bits` and the rest with `other_bits`.
double MeanBits(const schema::Model& model, double expert_bits, double other_bits);

}  // namespace tessera
