#include "study/process_pool.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int32_t kNoPiece = -1;
constexpr int kPollMilliseconds = 200;

bool WriteAll(int fd, const void* data, size_t size) {
  const char* from = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = write(fd, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    from += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

bool ReadAll(int fd, void* data, size_t size) {
  char* to = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = read(fd, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

// Answers the pieces whose numbers arrive on `requests` until told to end.
[[noreturn]] void RunChild(int requests, int answers, int error_file,
                           const std::function<std::string(int)>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_DFL);
  dup2(error_file, STDERR_FILENO);
  int32_t piece = kNoPiece;
  while (ReadAll(requests, &piece, sizeof(piece)) && piece != kNoPiece) {
    const std::string answer = work(piece);
    const uint64_t size = answer.size();
    if (!WriteAll(answers, &size, sizeof(size)) || !WriteAll(answers, answer.data(), size)) break;
  }
  _exit(0);
}

class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    Reap();
  }

  absl::Status Start(const std::function<std::string(int)>& work);
  void Give(int32_t piece) {
    piece_ = piece;
    WriteAll(requests_, &piece, sizeof(piece));  // A child that is gone shows when its answer ends.
  }
  bool running() const { return pid_ > 0; }
  int piece() const { return piece_; }
  int answers() const { return answers_; }
  // Blocks until the answer is complete. After an error the child is gone.
  absl::StatusOr<std::string> TakeAnswer();

 private:
  void Reap();
  std::string LastErrorLine();

  pid_t pid_ = -1;
  int requests_ = -1;
  int answers_ = -1;
  int32_t piece_ = kNoPiece;
  std::FILE* errors_ = nullptr;
};

absl::Status Child::Start(const std::function<std::string(int)>& work) {
  std::array<int, 2> requests;
  std::array<int, 2> answers;
  errors_ = std::tmpfile();
  if (errors_ == nullptr || pipe(requests.data()) != 0) {
    return absl::InternalError(absl::StrCat("cannot start a process: ", std::strerror(errno)));
  }
  if (pipe(answers.data()) != 0) {
    close(requests[0]);
    close(requests[1]);
    return absl::InternalError(absl::StrCat("cannot start a process: ", std::strerror(errno)));
  }
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    close(requests[1]);
    close(answers[0]);
    RunChild(requests[0], answers[1], fileno(errors_), work);
  }
  close(requests[0]);
  close(answers[1]);
  requests_ = requests[1];
  answers_ = answers[0];
  if (pid_ < 0) {
    return absl::InternalError(absl::StrCat("cannot start a process: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Child::TakeAnswer() {
  uint64_t size = 0;
  if (ReadAll(answers_, &size, sizeof(size))) {
    std::string answer(size, '\0');
    if (ReadAll(answers_, answer.data(), size)) return answer;
  }
  int state = 0;
  waitpid(pid_, &state, 0);
  pid_ = -1;
  const std::string line = LastErrorLine();
  Reap();
  const std::string how = WIFSIGNALED(state) ? strsignal(WTERMSIG(state)) : "exit";
  return absl::InternalError(line.empty() ? absl::StrCat("ended by ", how) : line);
}

void Child::Reap() {
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  if (requests_ >= 0) close(requests_);
  if (answers_ >= 0) close(answers_);
  if (errors_ != nullptr) std::fclose(errors_);
  pid_ = requests_ = answers_ = -1;
  errors_ = nullptr;
}

std::string Child::LastErrorLine() {
  constexpr long kTail = 4096;
  std::fseek(errors_, 0, SEEK_END);
  const long end = std::ftell(errors_);
  std::fseek(errors_, std::max(0L, end - kTail), SEEK_SET);
  std::string tail(kTail, '\0');
  tail.resize(std::fread(tail.data(), 1, tail.size(), errors_));
  const std::vector<std::string> lines = absl::StrSplit(tail, '\n', absl::SkipWhitespace());
  return lines.empty() ? "" : lines.back();
}

class Pool {
 public:
  Pool(int count, const std::function<std::string(int)>& work, const ProcessPoolOptions& options)
      : count_(count), work_(work), options_(options) {
    results_.resize(static_cast<size_t>(count), absl::CancelledError("interrupted"));
  }

  absl::StatusOr<std::vector<absl::StatusOr<std::string>>> Run() {
    std::vector<Child> children(static_cast<size_t>(std::clamp(options_.jobs, 1, count_)));
    for (Child& child : children) TESSERA_RETURN_IF_ERROR(Feed(child));
    while (done_ < count_ && !Stopped()) {
      for (Child* child : Ready(children)) {
        results_[static_cast<size_t>(child->piece())] = child->TakeAnswer();
        ++done_;
        if (options_.on_progress) options_.on_progress(done_);
        TESSERA_RETURN_IF_ERROR(Feed(*child));
      }
    }
    return std::move(results_);
  }

 private:
  bool Stopped() const { return options_.stop != nullptr && options_.stop->load(); }

  absl::Status Feed(Child& child) {
    if (next_ == count_) {
      if (child.running()) child.Give(kNoPiece);
      return absl::OkStatus();
    }
    if (!child.running()) TESSERA_RETURN_IF_ERROR(child.Start(work_));
    child.Give(next_++);
    return absl::OkStatus();
  }

  static std::vector<Child*> Ready(std::vector<Child>& children) {
    std::vector<pollfd> waiting;
    std::vector<Child*> owners;
    for (Child& child : children) {
      if (!child.running() || child.piece() == kNoPiece) continue;
      waiting.push_back({.fd = child.answers(), .events = POLLIN, .revents = 0});
      owners.push_back(&child);
    }
    std::vector<Child*> ready;
    if (poll(waiting.data(), waiting.size(), kPollMilliseconds) <= 0) return ready;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0) ready.push_back(owners[i]);
    }
    return ready;
  }

  const int count_;
  const std::function<std::string(int)>& work_;
  const ProcessPoolOptions& options_;
  std::vector<absl::StatusOr<std::string>> results_;
  int next_ = 0;
  int done_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<absl::StatusOr<std::string>>> MapInProcesses(
    int count, const std::function<std::string(int)>& work, const ProcessPoolOptions& options) {
  if (count == 0) return std::vector<absl::StatusOr<std::string>>();
  // Writing to a child that is gone must not end this process.
  void (*previous)(int) = std::signal(SIGPIPE, SIG_IGN);
  auto results = Pool(count, work, options).Run();
  std::signal(SIGPIPE, previous);
  return results;
}

}  // namespace tessera
