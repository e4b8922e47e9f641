// Numbers keys from 0 in the order of first use.
#pragma once

#include <cstdint>

#include "absl/container/flat_hash_map.h"

namespace tessera {

template <typename Key>
class Numbering {
 public:
  int32_t Of(const Key& key) {
    return numbers_.try_emplace(key, static_cast<int32_t>(numbers_.size())).first->second;
  }
  int32_t size() const { return static_cast<int32_t>(numbers_.size()); }

 private:
  absl::flat_hash_map<Key, int32_t> numbers_;
};

}  // namespace tessera
