// A folder of its own under /tmp, removed at the end. Its path is short, since the path of an ipc
// socket has at most 107 bytes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace tessera {

class TemporaryFolder {
 public:
  static absl::StatusOr<std::unique_ptr<TemporaryFolder>> Make();
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace tessera
