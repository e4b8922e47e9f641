#include "report/trace.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectives/collective.h"
#include "report/json_text.h"

namespace tessera {
namespace {

// Process 0 holds the links; process r + 1 is rank r, with a track for each stream of Span.
constexpr int kLinkProcess = 0;

std::string TrackName(int stream) {
  if (stream == 0) return "compute";
  if (stream == 1) return "exposed communication";
  return absl::StrCat("overlapped communication, ", AxisName(static_cast<Axis>(stream - 2)));
}

int ProcessOf(int32_t rank) { return rank + 1; }

// Whole picoseconds as microseconds, exactly.
std::string Microseconds(Duration time) {
  const int64_t picoseconds = time.count();
  return absl::StrFormat("%d.%06d", picoseconds / 1'000'000, picoseconds % 1'000'000);
}

class TraceWriter {
 public:
  explicit TraceWriter(const SimulationResult& result) : result_(result) {}

  std::string Write() {
    out_ = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [";
    for (const LinkTimeline& timeline : result_.timelines) WriteCounters(timeline);
    if (!result_.timelines.empty()) WriteName("process_name", kLinkProcess, 0, "links");
    std::pair<int32_t, int> track(-1, -1);
    for (const Span& span : result_.spans) {
      if (span.rank != track.first) NameRank(span.rank);
      if (const std::pair<int32_t, int> next(span.rank, span.stream); next != track) {
        track = next;
        WriteName("thread_name", ProcessOf(span.rank), span.stream, TrackName(span.stream));
      }
      WriteSpan(span);
    }
    out_ += "\n]}\n";
    return std::move(out_);
  }

 private:
  // Begins an event with what every event has.
  void Begin(char phase, Duration time, int process, int thread) {
    absl::StrAppend(&out_, first_ ? "\n" : ",\n", "{\"ph\":\"", std::string(1, phase),
                    "\",\"ts\":", Microseconds(time), ",\"pid\":", process, ",\"tid\":", thread);
    first_ = false;
  }

  void WriteName(const char* what, int process, int thread, const std::string& name) {
    Begin('M', Duration::zero(), process, thread);
    absl::StrAppend(&out_, ",\"name\":\"", what, "\",\"args\":{\"name\":", JsonString(name), "}}");
  }

  void NameRank(int32_t rank) {
    WriteName("process_name", ProcessOf(rank), 0, absl::StrCat("rank ", rank));
  }

  void WriteSpan(const Span& span) {
    Begin('X', span.begin.time_since_epoch(), ProcessOf(span.rank), span.stream);
    absl::StrAppend(&out_, ",\"dur\":", Microseconds(span.end - span.begin),
                    ",\"name\":", JsonString(NameOf(span)),
                    ",\"args\":{\"label\":", JsonString(result_.job.programs.labels[span.label]));
    if (span.microbatch >= 0) absl::StrAppend(&out_, ",\"microbatch\":", span.microbatch);
    if (span.stream != 0) absl::StrAppend(&out_, ",\"axis\":\"", AxisName(span.axis), "\"");
    out_ += "}}";
  }

  static std::string NameOf(const Span& span) {
    if (span.stream == 0) return OperatorClassName(span.category);
    const std::string op(CollectiveOpName(span.op));
    return span.waiting ? absl::StrCat("waiting for ", op) : op;
  }

  void WriteCounters(const LinkTimeline& timeline) {
    const std::string name =
        JsonString(timeline.link < 0 ? absl::StrCat(timeline.name, " links, mean utilisation")
                                     : absl::StrCat(timeline.name, ", utilisation"));
    double before = -1;
    for (size_t i = 0; i < timeline.utilisation.size(); ++i) {
      const double value = timeline.utilisation[i];
      if (value == before) continue;
      before = value;
      Begin('C', static_cast<int64_t>(i) * timeline.bin, kLinkProcess, 0);
      absl::StrAppend(&out_, ",\"name\":", name,
                      ",\"args\":{\"percent\":", absl::StrFormat("%.2f", 100 * value), "}}");
    }
  }

  const SimulationResult& result_;
  std::string out_;
  bool first_ = true;
};

}  // namespace

std::string TraceJson(const SimulationResult& result) { return TraceWriter(result).Write(); }

}  // namespace tessera
