#include "bench/measurement.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

[[noreturn]] void RunAndReport(const Benchmark& benchmark, int report) {
  const int64_t items = benchmark.run();
  const bool reported = write(report, &items, sizeof(items)) == sizeof(items);
  _exit(reported ? 0 : 1);
}

std::string HowItEnded(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return absl::StrCat("was ended by signal ", WTERMSIG(wait_status), " (",
                        strsignal(WTERMSIG(wait_status)), ")");
  }
  return absl::StrCat("ended with exit code ", WEXITSTATUS(wait_status), " and no result");
}

}  // namespace

absl::StatusOr<Measurement> Measure(const Benchmark& benchmark) {
  TESSERA_CHECK(!benchmark.planned());
  int channel[2];
  if (pipe(channel) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) return absl::ErrnoToStatus(errno, "fork");
  if (child == 0) RunAndReport(benchmark, channel[1]);
  close(channel[1]);
  Measurement measurement;
  const bool reported =
      read(channel[0], &measurement.items, sizeof(int64_t)) == ssize_t{sizeof(int64_t)};
  close(channel[0]);
  int wait_status = 0;
  rusage usage = {};
  if (wait4(child, &wait_status, 0, &usage) != child) return absl::ErrnoToStatus(errno, "wait4");
  if (!reported || wait_status != 0) {
    return absl::InternalError(
        absl::StrCat(benchmark.name, ": its process ", HowItEnded(wait_status)));
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  measurement.wall_s = wall.count();
  measurement.cpu_s = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  measurement.peak_rss_bytes = int64_t{usage.ru_maxrss} * 1024;
  return measurement;
}

absl::StatusOr<Measurement> MeasureBest(const Benchmark& benchmark, int repetitions) {
  constexpr double kEnoughSeconds = 20;
  TESSERA_ASSIGN_OR_RETURN(Measurement best, Measure(benchmark));
  double spent_s = best.wall_s;
  for (int i = 1; i < repetitions && spent_s < kEnoughSeconds; ++i) {
    TESSERA_ASSIGN_OR_RETURN(const Measurement next, Measure(benchmark));
    spent_s += next.wall_s;
    if (next.cpu_s < best.cpu_s) best = next;
  }
  return best;
}

}  // namespace tessera
