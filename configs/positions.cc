#include "configs/positions.h"

#include "absl/strings/str_cat.h"

namespace tessera {

std::string Position::ToString() const {
  return line == 0 ? file : absl::StrCat(file, ":", line, ":", column);
}

absl::Status ErrorAt(const Position& position, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(position.ToString(), ": ", message));
}

Position PositionTable::Of(absl::string_view path) const {
  while (true) {
    const auto found = positions_.find(std::string(path));
    if (found != positions_.end()) return found->second;
    if (path.empty()) return {};
    const size_t end = path.find_last_of(".[");
    path = end == absl::string_view::npos ? absl::string_view() : path.substr(0, end);
  }
}

}  // namespace tessera
