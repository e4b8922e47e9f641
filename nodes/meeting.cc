#include "nodes/meeting.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/byte_codec.h"
#include "core/hash.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

std::string HostName() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

// The first of this machine beyond loopback; of loopback if there is none.
std::string NumericAddress() {
  std::string address = "127.0.0.1";
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return address;
  for (const ifaddrs* i = all; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    if ((i->ifa_flags & IFF_LOOPBACK) != 0 || (i->ifa_flags & IFF_UP) == 0) continue;
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(i->ifa_addr, sizeof(sockaddr_in), text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
      continue;
    }
    address = text.data();
    break;
  }
  freeifaddrs(all);
  return address;
}

// How others reach this machine: its name, which may lead elsewhere by another network there, or
// its address where the name is not known to any resolver.
std::string ReachableHost() {
  std::string name = HostName();
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, nullptr, &found) != 0) return NumericAddress();
  freeaddrinfo(found);
  return name;
}

}  // namespace

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
  TESSERA_ASSIGN_OR_RETURN(const std::string build, BuildId());
  if (run.build != build) {
    return absl::FailedPreconditionError(
        absl::StrCat("the run was begun by another build of tessera (", run.build, ", this is ",
                     build, "); use the same program everywhere"));
  }
  return run;
}

std::string NewRunId() {
  std::random_device device;  // Not a result: it tells runs apart.
  return absl::StrFormat("%08x%08x%08x%08x", device(), device(), device(), device());
}

absl::StatusOr<std::string> BuildId() {
  std::ifstream program("/proc/self/exe", std::ios::binary);
  if (!program) return absl::InternalError("cannot read /proc/self/exe");
  return StableHashHex(std::string(std::istreambuf_iterator<char>(program), {}));
}

std::string NameOfProcess(int process) {
  return absl::StrCat("process ", process, " (pid ", getpid(), " on ", HostName(), ")");
}

absl::StatusOr<std::unique_ptr<ProcessTransport>> JoinOverZmq(const RunDescription& run, int self,
                                                              const std::string& endpoint,
                                                              const Meeting::Waiting& waiting,
                                                              const PeerExchange& exchange) {
  TESSERA_ASSIGN_OR_RETURN(std::unique_ptr<ZmqTransport> transport,
                           ZmqTransport::Bind(endpoint, {.run_id = run.run_id,
                                                         .self = self,
                                                         .partitions = run.processes,
                                                         .keys = run.keys,
                                                         .give_up = waiting.give_up,
                                                         .alarm = waiting.alarm}));
  std::string reach = transport->endpoint();
  if (absl::StartsWith(reach, "tcp://0.0.0.0:")) {
    reach = absl::StrCat("tcp://", ReachableHost(), reach.substr(reach.rfind(':')));
  }
  TESSERA_ASSIGN_OR_RETURN(const std::vector<ZmqTransport::Peer> peers,
                           exchange({.endpoint = reach, .name = NameOfProcess(self)}));
  TESSERA_RETURN_IF_ERROR(transport->Connect(peers));
  return std::unique_ptr<ProcessTransport>(std::move(transport));
}

std::string PackPeer(const ZmqTransport::Peer& peer) {
  return absl::StrCat(peer.endpoint, "\n", peer.name);
}

ZmqTransport::Peer UnpackPeer(absl::string_view text) {
  const size_t end = text.find('\n');
  if (end == absl::string_view::npos) return {};
  return {.endpoint = std::string(text.substr(0, end)), .name = std::string(text.substr(end + 1))};
}

}  // namespace tessera
