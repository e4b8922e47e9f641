#include "nodes/run_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/byte_codec.h"
#include "core/hash.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLookEvery = std::chrono::milliseconds(10);

absl::Status SystemError(absl::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(errno)));
}

absl::Status WriteWhole(const std::string& path, const std::string& bytes) {
  const std::string aside = absl::StrCat(path, ".", getpid(), ".new");
  {
    std::ofstream file(aside, std::ios::binary);
    chmod(aside.c_str(), S_IRUSR | S_IWUSR);
    file << bytes;
    if (!file.flush()) return SystemError(absl::StrCat("cannot write ", aside));
  }
  if (rename(aside.c_str(), path.c_str()) != 0) {
    return SystemError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

std::optional<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string PackRun(const RunDescription& run) {
  ByteWriter to;
  for (const std::string* text : {&run.run_id, &run.build, &run.scenario, &run.checkpoint,
                                  &run.listen, &run.keys.server_public, &run.keys.server_secret,
                                  &run.keys.client_public, &run.keys.client_secret}) {
    to.WriteText(*text);
  }
  to.Write(run.processes);
  to.Write(run.ignore_fit);
  to.Write(run.folding);
  to.Write(run.repeated_windows);
  to.Write(static_cast<uint64_t>(run.overrides.size()));
  for (const std::string& text : run.overrides) to.WriteText(text);
  return to.Take();
}

absl::StatusOr<RunDescription> UnpackRun(absl::string_view bytes) {
  ByteReader from(bytes);
  RunDescription run;
  for (std::string* text : {&run.run_id, &run.build, &run.scenario, &run.checkpoint, &run.listen,
                            &run.keys.server_public, &run.keys.server_secret,
                            &run.keys.client_public, &run.keys.client_secret}) {
    TESSERA_RETURN_IF_ERROR(from.ReadText(*text));
  }
  uint64_t overrides = 0;
  TESSERA_RETURN_IF_ERROR(from.Read(run.processes));
  TESSERA_RETURN_IF_ERROR(from.Read(run.ignore_fit));
  TESSERA_RETURN_IF_ERROR(from.Read(run.folding));
  TESSERA_RETURN_IF_ERROR(from.Read(run.repeated_windows));
  TESSERA_RETURN_IF_ERROR(from.Read(overrides));
  for (uint64_t i = 0; i < overrides; ++i) {
    TESSERA_RETURN_IF_ERROR(from.ReadText(run.overrides.emplace_back()));
  }
  return run;
}

std::string HostName() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string NameOf(int process) {
  return absl::StrCat("process ", process, " (pid ", getpid(), " on ", HostName(), ")");
}

// Two lines: endpoint, name.
std::optional<ZmqTransport::Peer> ReadPeer(const std::string& path) {
  const std::optional<std::string> text = ReadWhole(path);
  if (!text.has_value()) return std::nullopt;
  const size_t end = text->find('\n');
  if (end == std::string::npos) return std::nullopt;
  return ZmqTransport::Peer{.endpoint = text->substr(0, end), .name = text->substr(end + 1)};
}

}  // namespace

std::string NewRunId() {
  std::random_device device;  // Not a result: it tells runs apart.
  return absl::StrFormat("%08x%08x%08x%08x", device(), device(), device(), device());
}

absl::StatusOr<std::string> BuildId() {
  const std::optional<std::string> program = ReadWhole("/proc/self/exe");
  if (!program.has_value()) return SystemError("cannot read /proc/self/exe");
  return StableHashHex(*program);
}

std::string RunDirectory::FileOf(int process) const {
  return absl::StrCat(path_, "/process.", process);
}

absl::Status RunDirectory::Write(const RunDescription& run) const {
  if (mkdir(path_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return SystemError(absl::StrCat("cannot make ", path_));
  }
  for (int p = 0; p < run.processes; ++p) unlink(FileOf(p).c_str());  // Of an earlier run.
  return WriteWhole(path_ + "/run", PackRun(run));
}

void RunDirectory::Close() const { unlink((path_ + "/run").c_str()); }

absl::StatusOr<RunDescription> RunDirectory::Read(std::chrono::milliseconds timeout) const {
  const std::string file = path_ + "/run";
  const Clock::time_point begin = Clock::now();
  std::optional<std::string> bytes;
  while (!(bytes = ReadWhole(file)).has_value()) {
    if (Clock::now() - begin > timeout) {
      return absl::NotFoundError(
          absl::StrCat(file, ": no run has begun here within ", timeout.count() / 1000, " s"));
    }
    std::this_thread::sleep_for(kLookEvery);
  }
  TESSERA_ASSIGN_OR_RETURN(const std::string build, BuildId());
  absl::StatusOr<RunDescription> run = UnpackRun(*bytes);
  if (!run.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": ", run.status().message()));
  }
  if (run->build != build) {
    return absl::FailedPreconditionError(
        absl::StrCat(file, ": the run was begun by another build of tessera (", run->build,
                     ", this is ", build, "); use the same program everywhere"));
  }
  return run;
}

absl::StatusOr<std::unique_ptr<ZmqTransport>> RunDirectory::Join(const RunDescription& run,
                                                                 int self,
                                                                 const Waiting& waiting) const {
  const std::string endpoint =
      run.listen == "ipc" ? absl::StrCat("ipc://", path_, "/socket.", self) : run.listen;
  TESSERA_ASSIGN_OR_RETURN(std::unique_ptr<ZmqTransport> transport,
                           ZmqTransport::Bind(endpoint, {.run_id = run.run_id,
                                                         .self = self,
                                                         .partitions = run.processes,
                                                         .keys = run.keys,
                                                         .on_wait = waiting.on_wait}));
  std::string reach = transport->endpoint();
  if (absl::StartsWith(reach, "tcp://0.0.0.0:")) {
    reach = absl::StrCat("tcp://", HostName(), reach.substr(reach.rfind(':')));
  }
  TESSERA_RETURN_IF_ERROR(WriteWhole(FileOf(self), absl::StrCat(reach, "\n", NameOf(self))));
  const Clock::time_point begin = Clock::now();
  while (true) {
    std::vector<ZmqTransport::Peer> peers;
    std::vector<int> missing;
    for (int p = 0; p < run.processes; ++p) {
      const std::optional<ZmqTransport::Peer> peer = ReadPeer(FileOf(p));
      if (!peer.has_value()) missing.push_back(p);
      peers.push_back(peer.value_or(ZmqTransport::Peer{}));
    }
    if (missing.empty()) {
      TESSERA_RETURN_IF_ERROR(transport->Connect(peers));
      return transport;
    }
    if (Clock::now() - begin > waiting.timeout) {
      return absl::DeadlineExceededError(
          absl::StrCat("process ", absl::StrJoin(missing, ", "), " of ", run.processes,
                       " did not come within ", waiting.timeout.count() / 1000, " s"));
    }
    if (waiting.on_wait) TESSERA_RETURN_IF_ERROR(waiting.on_wait());
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace tessera
