#include "nodes/mpi_meeting.h"

#include <mpi.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/mpi_transport.h"

namespace tessera {
namespace {

class MpiMeeting final : public LaunchedMeeting {
 public:
  MpiMeeting() {
    MPI_Init(nullptr, nullptr);
    MPI_Comm_rank(MPI_COMM_WORLD, &self_);
    MPI_Comm_size(MPI_COMM_WORLD, &processes_);
  }
  MpiMeeting(const MpiMeeting&) = delete;
  MpiMeeting& operator=(const MpiMeeting&) = delete;
  // After a failure somebody may never come to the end, and MPI_Finalize would wait for it.
  ~MpiMeeting() override {
    if (ended_well_ || processes_ == 1) MPI_Finalize();
  }

  int self() const override { return self_; }
  int processes() const override { return processes_; }

  absl::Status Announce(const RunDescription& run) override {
    Broadcast(PackRun(run));
    return absl::OkStatus();
  }
  absl::StatusOr<RunDescription> Learn(std::chrono::milliseconds /*timeout*/) override {
    return UnpackRun(Broadcast(""));
  }
  absl::StatusOr<std::unique_ptr<ProcessTransport>> Join(const RunDescription& run, int self,
                                                         const Waiting& /*waiting*/) override {
    return MakeMpiTransport({.run_id = run.run_id,
                             .self = self,
                             .partitions = run.processes,
                             .names = Names(),
                             .ended_well = ended_well_});
  }

 private:
  // What process 0 says.
  std::string Broadcast(std::string bytes) const {
    auto size = static_cast<uint64_t>(bytes.size());
    MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    bytes.resize(size);
    MPI_Bcast(bytes.data(), static_cast<int>(size), MPI_BYTE, 0, MPI_COMM_WORLD);
    return bytes;
  }
  std::vector<std::string> Names() const {
    constexpr size_t kLength = 300;  // A host's name has at most 255.
    std::string mine = NameOfProcess(self_);
    mine.resize(kLength);
    std::string all(kLength * static_cast<size_t>(processes_), '\0');
    MPI_Allgather(mine.data(), kLength, MPI_BYTE, all.data(), kLength, MPI_BYTE, MPI_COMM_WORLD);
    std::vector<std::string> names;
    for (size_t p = 0; p < static_cast<size_t>(processes_); ++p) {
      names.emplace_back(all.c_str() + p * kLength);
    }
    return names;
  }

  int self_ = 0;
  int processes_ = 1;
  bool ended_well_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LaunchedMeeting>> OpenMpiMeeting() {
  return std::unique_ptr<LaunchedMeeting>(std::make_unique<MpiMeeting>());
}

}  // namespace tessera
