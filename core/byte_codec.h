// Plain values as bytes, in the machine's own (little-endian) order, for partitions of one run
// (which are one build) and for checkpoints (which name their build). Reading checks every length.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tessera {

class ByteWriter {
 public:
  template <typename T>
  void Write(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(&bytes_[at], &value, sizeof(T));
  }
  // Their number, then the values.
  template <typename T>
  void WriteAll(absl::Span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    Write(static_cast<uint64_t>(values.size()));
    if (values.empty()) return;
    const size_t at = bytes_.size();
    bytes_.resize(at + values.size() * sizeof(T));
    std::memcpy(&bytes_[at], values.data(), values.size() * sizeof(T));
  }
  void WriteText(absl::string_view text) { WriteAll<char>(text); }

  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  // `bytes` outlive this.
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  template <typename T>
  absl::Status Read(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (rest_.size() < sizeof(T)) return CutOff();
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return absl::OkStatus();
  }
  template <typename T>
  absl::Status ReadAll(std::vector<T>& values) {
    uint64_t count = 0;
    if (absl::Status status = Read(count); !status.ok()) return status;
    if (count > rest_.size() / sizeof(T)) return CutOff();
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), rest_.data(), count * sizeof(T));
    rest_.remove_prefix(count * sizeof(T));
    return absl::OkStatus();
  }
  absl::Status ReadText(std::string& text) {
    std::vector<char> characters;
    if (absl::Status status = ReadAll(characters); !status.ok()) return status;
    text.assign(characters.begin(), characters.end());
    return absl::OkStatus();
  }
  size_t left() const { return rest_.size(); }

 private:
  static absl::Status CutOff() { return absl::DataLossError("the record is cut off"); }

  absl::string_view rest_;
};

}  // namespace tessera
