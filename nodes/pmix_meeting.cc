#include "nodes/pmix_meeting.h"

#include <pmix.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr char kRunKey[] = "tessera.run";
constexpr char kPeerKey[] = "tessera.peer";

absl::Status Checked(pmix_status_t status, absl::string_view what) {
  if (status == PMIX_SUCCESS) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("PMIx: ", what, ": ", PMIx_Error_string(status)));
}

class PmixMeeting final : public LaunchedMeeting {
 public:
  PmixMeeting() = default;
  PmixMeeting(const PmixMeeting&) = delete;
  PmixMeeting& operator=(const PmixMeeting&) = delete;
  ~PmixMeeting() override {
    if (!open_) return;
    // mpirun ends the job by itself when a process fails, and that of Open MPI 4.1 breaks when it
    // is told to.
    if (!joined_ && std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) return;
    if (!joined_) PMIx_Abort(EXIT_FAILURE, "a process ended before all had joined", nullptr, 0);
    PMIx_Finalize(nullptr, 0);
  }

  absl::Status Open();
  int self() const override { return static_cast<int>(self_.rank); }
  int processes() const override { return processes_; }

  absl::Status Announce(const RunDescription& run) override {
    TESSERA_RETURN_IF_ERROR(Put(kRunKey, PackRun(run)));
    return Fence(kNoLimit);
  }
  absl::StatusOr<RunDescription> Learn(std::chrono::milliseconds timeout) override {
    TESSERA_RETURN_IF_ERROR(Fence(timeout));
    TESSERA_ASSIGN_OR_RETURN(const std::string bytes, Get(kRunKey, 0));
    return UnpackRun(bytes);
  }
  absl::StatusOr<std::unique_ptr<ProcessTransport>> Join(const RunDescription& run, int self,
                                                         const Waiting& waiting) override;

 private:
  static constexpr std::chrono::milliseconds kNoLimit{0};

  static absl::Status Put(const char* key, const std::string& bytes);
  // Everybody calls it equally often; what was put before can be got after.
  absl::Status Fence(std::chrono::milliseconds timeout) const;
  absl::StatusOr<std::string> Get(const char* key, int process) const;

  pmix_proc_t self_{};
  int processes_ = 1;
  bool open_ = false;
  bool joined_ = false;
};

absl::Status PmixMeeting::Open() {
  TESSERA_RETURN_IF_ERROR(Checked(PMIx_Init(&self_, nullptr, 0), "the launcher does not answer"));
  open_ = true;
  pmix_proc_t job = self_;
  job.rank = PMIX_RANK_WILDCARD;
  pmix_value_t* value = nullptr;
  TESSERA_RETURN_IF_ERROR(
      Checked(PMIx_Get(&job, PMIX_JOB_SIZE, nullptr, 0, &value), "the number of processes"));
  processes_ = static_cast<int>(value->data.uint32);
  joined_ = processes_ == 1;
  PMIX_VALUE_RELEASE(value);
  return absl::OkStatus();
}

absl::Status PmixMeeting::Put(const char* key, const std::string& bytes) {
  pmix_value_t value{};
  value.type = PMIX_BYTE_OBJECT;
  std::string copy = bytes;  // PMIx asks for memory that it could write to.
  value.data.bo.bytes = copy.data();
  value.data.bo.size = copy.size();
  TESSERA_RETURN_IF_ERROR(Checked(PMIx_Put(PMIX_GLOBAL, key, &value), key));
  return Checked(PMIx_Commit(), key);
}

absl::Status PmixMeeting::Fence(std::chrono::milliseconds timeout) const {
  bool collect = true;
  int seconds = static_cast<int>(timeout.count() / 1000);
  std::array<pmix_info_t, 2> options{};
  PMIX_INFO_LOAD(&options[0], PMIX_COLLECT_DATA, &collect, PMIX_BOOL);
  PMIX_INFO_LOAD(&options[1], PMIX_TIMEOUT, &seconds, PMIX_INT);
  return Checked(PMIx_Fence(nullptr, 0, options.data(), seconds > 0 ? 2 : 1),
                 "waiting for all processes");
}

absl::StatusOr<std::string> PmixMeeting::Get(const char* key, int process) const {
  pmix_proc_t of = self_;
  of.rank = static_cast<pmix_rank_t>(process);
  pmix_value_t* value = nullptr;
  TESSERA_RETURN_IF_ERROR(
      Checked(PMIx_Get(&of, key, nullptr, 0, &value), absl::StrCat(key, " of process ", process)));
  std::string bytes;
  if (value->type == PMIX_BYTE_OBJECT) {
    bytes.assign(value->data.bo.bytes, value->data.bo.size);
  }
  PMIX_VALUE_RELEASE(value);
  return bytes;
}

absl::StatusOr<std::unique_ptr<ProcessTransport>> PmixMeeting::Join(const RunDescription& run,
                                                                    int self,
                                                                    const Waiting& waiting) {
  const auto exchange =
      [&](const ZmqTransport::Peer& mine) -> absl::StatusOr<std::vector<ZmqTransport::Peer>> {
    TESSERA_RETURN_IF_ERROR(Put(kPeerKey, PackPeer(mine)));
    TESSERA_RETURN_IF_ERROR(Fence(waiting.timeout));
    std::vector<ZmqTransport::Peer> peers;
    for (int p = 0; p < run.processes; ++p) {
      TESSERA_ASSIGN_OR_RETURN(const std::string text, Get(kPeerKey, p));
      peers.push_back(UnpackPeer(text));
    }
    return peers;
  };
  auto transport = JoinOverZmq(run, self, run.listen, waiting, exchange);
  joined_ = transport.ok();
  return transport;
}

}  // namespace

bool PmixIsThere() { return std::getenv("PMIX_RANK") != nullptr; }

absl::StatusOr<std::unique_ptr<LaunchedMeeting>> OpenPmixMeeting() {
  auto meeting = std::make_unique<PmixMeeting>();
  TESSERA_RETURN_IF_ERROR(meeting->Open());
  return std::unique_ptr<LaunchedMeeting>(std::move(meeting));
}

}  // namespace tessera
