#include "nodes/window_log.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/byte_codec.h"
#include "core/crc32c.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr char kMagic[] = "tessera checkpoint 1\n";

// A length and a checksum, then the record.
std::string Framed(const std::string& record) {
  ByteWriter to;
  to.Write(static_cast<uint64_t>(record.size()));
  to.Write(Crc32c(record));
  return to.Take() + record;
}

struct Unframed {
  std::string record{};
  bool cut_off = false;
};

absl::StatusOr<Unframed> TakeFramed(absl::string_view& bytes) {
  constexpr size_t kHeader = sizeof(uint64_t) + sizeof(uint32_t);
  if (bytes.size() < kHeader) return Unframed{.cut_off = true};
  ByteReader header(bytes);
  uint64_t size = 0;
  uint32_t checksum = 0;
  TESSERA_RETURN_IF_ERROR(header.Read(size));
  TESSERA_RETURN_IF_ERROR(header.Read(checksum));
  if (size > bytes.size() - kHeader) return Unframed{.cut_off = true};
  const absl::string_view record = bytes.substr(kHeader, size);
  if (Crc32c(record) != checksum) return absl::DataLossError("a record has a wrong checksum");
  bytes.remove_prefix(kHeader + size);
  return Unframed{.record = std::string(record)};
}

void Write(ByteWriter& to, const WindowMessage& message) {
  to.Write(message.window);
  to.Write(message.next);
  to.WriteAll<Time>(message.earliest_sent);
  to.WriteAll<Event>(message.events);
}

std::string RecordOf(const std::vector<WindowMessage>& messages) {
  ByteWriter to;
  for (const WindowMessage& message : messages) Write(to, message);
  return to.Take();
}

absl::StatusOr<std::vector<WindowMessage>> MessagesOf(absl::string_view record, int partitions) {
  std::vector<WindowMessage> messages(static_cast<size_t>(partitions));
  ByteReader from(record);
  for (WindowMessage& message : messages) {
    TESSERA_RETURN_IF_ERROR(from.Read(message.window));
    TESSERA_RETURN_IF_ERROR(from.Read(message.next));
    TESSERA_RETURN_IF_ERROR(from.ReadAll(message.earliest_sent));
    TESSERA_RETURN_IF_ERROR(from.ReadAll(message.events));
  }
  if (from.left() > 0) return absl::DataLossError("a record is longer than its windows");
  return messages;
}

std::string Pack(const CheckpointIdentity& identity) {
  ByteWriter to;
  to.WriteText(identity.build);
  to.WriteText(identity.scenario);
  to.Write(identity.processes);
  to.Write(identity.ignore_fit);
  to.Write(identity.folding);
  return kMagic + Framed(to.Take());
}

absl::StatusOr<CheckpointIdentity> Unpack(absl::string_view bytes) {
  const absl::string_view magic(kMagic);
  if (bytes.substr(0, magic.size()) != magic) {
    return absl::DataLossError("it is no checkpoint of this version");
  }
  bytes.remove_prefix(magic.size());
  TESSERA_ASSIGN_OR_RETURN(const Unframed framed, TakeFramed(bytes));
  if (framed.cut_off) return absl::DataLossError("it is cut off");
  CheckpointIdentity identity;
  ByteReader from(framed.record);
  TESSERA_RETURN_IF_ERROR(from.ReadText(identity.build));
  TESSERA_RETURN_IF_ERROR(from.ReadText(identity.scenario));
  TESSERA_RETURN_IF_ERROR(from.Read(identity.processes));
  TESSERA_RETURN_IF_ERROR(from.Read(identity.ignore_fit));
  TESSERA_RETURN_IF_ERROR(from.Read(identity.folding));
  return identity;
}

std::optional<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string WhatDiffers(const CheckpointIdentity& found, const CheckpointIdentity& wanted) {
  if (found.build != wanted.build) return "another build of tessera made it";
  if (found.processes != wanted.processes) {
    return absl::StrCat("it is of ", found.processes, " processes, not ", wanted.processes);
  }
  return "it is of another scenario or other options";
}

bool SaysTheSame(const WindowMessage& a, const WindowMessage& b) {
  return a.next == b.next && a.earliest_sent == b.earliest_sent;
}

bool AsksToStop(const std::vector<WindowMessage>& messages) {
  return std::any_of(messages.begin(), messages.end(),
                     [](const WindowMessage& message) { return message.stop; });
}

}  // namespace

std::string CheckpointFolder::FileOfIdentity() const { return path_ + "/checkpoint"; }
std::string CheckpointFolder::LogOf(int partition) const {
  return absl::StrCat(path_, "/windows.", partition);
}

absl::Status CheckpointFolder::Begin(const CheckpointIdentity& identity) const {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  const std::string file = FileOfIdentity();
  if (std::filesystem::exists(file, error)) {
    return absl::AlreadyExistsError(
        absl::StrCat(path_, " holds a checkpoint: add --resume, or name another folder"));
  }
  const std::string aside = file + ".new";
  std::ofstream out(aside, std::ios::binary | std::ios::trunc);
  out << Pack(identity);
  out.close();
  if (!out || std::rename(aside.c_str(), file.c_str()) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("cannot write ", file));
  }
  for (int p = 0; p < identity.processes; ++p) std::filesystem::remove(LogOf(p), error);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> CheckpointFolder::Continue(const CheckpointIdentity& identity) const {
  const std::optional<std::string> bytes = ReadWhole(FileOfIdentity());
  if (!bytes.has_value()) {
    return absl::NotFoundError(absl::StrCat(path_,
                                            ": no checkpoint here (a run that ends well "
                                            "removes its own)"));
  }
  const auto found = Unpack(*bytes);
  if (!found.ok()) {
    return absl::DataLossError(absl::StrCat(FileOfIdentity(), ": ", found.status().message()));
  }
  if (*found != identity) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, " cannot be resumed: ", WhatDiffers(*found, identity)));
  }
  size_t windows = SIZE_MAX;
  for (int p = 0; p < identity.processes; ++p) {
    TESSERA_ASSIGN_OR_RETURN(const auto log, ReadWindowLog(LogOf(p), identity.processes));
    windows = std::min(windows, log.size());
  }
  return static_cast<int64_t>(windows);
}

void CheckpointFolder::Remove(int processes) const {
  std::error_code ignored;
  std::filesystem::remove(FileOfIdentity(), ignored);
  for (int p = 0; p < processes; ++p) std::filesystem::remove(LogOf(p), ignored);
  std::filesystem::remove(path_, ignored);  // If nothing else lies there.
}

absl::StatusOr<std::vector<std::vector<WindowMessage>>> ReadWindowLog(const std::string& path,
                                                                      int partitions) {
  std::vector<std::vector<WindowMessage>> windows;
  const std::optional<std::string> bytes = ReadWhole(path);
  if (!bytes.has_value()) return windows;  // The partition has not come so far.
  absl::string_view rest = *bytes;
  const auto damaged = [&](const absl::Status& status) {
    return absl::DataLossError(
        absl::StrCat(path, ", window ", windows.size(), ": ", std::string(status.message())));
  };
  while (!rest.empty()) {
    const auto framed = TakeFramed(rest);
    if (!framed.ok()) return damaged(framed.status());
    if (framed->cut_off) break;
    auto messages = MessagesOf(framed->record, partitions);
    if (!messages.ok()) return damaged(messages.status());
    for (const WindowMessage& message : *messages) {
      if (message.window == static_cast<int64_t>(windows.size())) continue;
      return damaged(absl::DataLossError(absl::StrCat("found window ", message.window)));
    }
    windows.push_back(*std::move(messages));
  }
  return windows;
}

absl::StatusOr<std::unique_ptr<LoggedTransport>> LoggedTransport::Open(WindowTransport& inner,
                                                                       const std::string& path,
                                                                       int64_t repeated) {
  TESSERA_ASSIGN_OR_RETURN(auto windows, ReadWindowLog(path, inner.partitions()));
  if (static_cast<int64_t>(windows.size()) < repeated) {
    return absl::DataLossError(
        absl::StrCat(path, " has ", windows.size(), " windows, not ", repeated));
  }
  windows.resize(static_cast<size_t>(repeated));
  uintmax_t length = 0;
  for (const auto& messages : windows) length += Framed(RecordOf(messages)).size();
  std::error_code error;
  if (length > 0) std::filesystem::resize_file(path, length, error);
  std::unique_ptr<LoggedTransport> transport(new LoggedTransport(inner, std::move(windows)));
  transport->log_.open(path, std::ios::binary | (length > 0 ? std::ios::app : std::ios::trunc));
  if (error || !transport->log_) return absl::InvalidArgumentError("cannot write " + path);
  return transport;
}

absl::Status LoggedTransport::SendWindow(const std::vector<WindowMessage>& outgoing) {
  const auto self = static_cast<size_t>(inner_.self());
  const size_t window = sent_++;
  if (window >= repeated_.size()) {
    own_.push_back(outgoing[self]);
    return inner_.SendWindow(outgoing);
  }
  if (AsksToStop(outgoing)) return absl::CancelledError("interrupted while resuming");
  if (SaysTheSame(outgoing[self], repeated_[window][self])) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the run differs from its checkpoint in window ", window,
                                          ": a file that the scenario reads has changed"));
}

absl::Status LoggedTransport::ReceiveWindow(std::vector<WindowMessage>& incoming) {
  const size_t window = next_++;
  if (window < repeated_.size()) {
    incoming = std::move(repeated_[window]);
    return absl::OkStatus();
  }
  TESSERA_RETURN_IF_ERROR(inner_.ReceiveWindow(incoming));
  incoming[static_cast<size_t>(inner_.self())] = std::move(own_.front());
  own_.pop_front();
  // A run that was told to stop goes on from before it was.
  if (AsksToStop(incoming)) return absl::OkStatus();
  log_ << Framed(RecordOf(incoming));
  if (!log_.flush()) return absl::ResourceExhaustedError("cannot write the checkpoint");
  return absl::OkStatus();
}

}  // namespace tessera
