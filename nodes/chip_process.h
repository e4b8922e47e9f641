// One rank: executes its program on a compute stream and one communication stream an axis (as a
// library has one stream a communicator).
//
// The compute stream runs the program in order. Computations that nothing can observe between are
// one event. Asynchronous collectives queue on the communication stream of their axis, which
// executes them one after the other in the order of issue. While the compute stream is blocked, the
// time until the awaited transfer begins is `waiting`, and from then on exposed communication.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "core/engine.h"
#include "core/units.h"
#include "nodes/compiled_program.h"
#include "nodes/domain_context.h"
#include "nodes/open_transfers.h"
#include "nodes/span_recorder.h"

namespace tessera {

// Where the time of one rank went; sums to the time it finished, or to the end of an interrupted
// run.
struct RankTime {
  ComputeTime compute;
  std::array<Duration, kAxisCount> exposed{};
  std::array<Duration, kAxisCount> waiting{};
  Time end;  // Of the last thing it did.
  bool finished = false;
};

class ChipProcess final : public Component {
 public:
  // Ids of the domains' components are the same in every process.
  struct Parts {
    Engine& engine;
    const RunPlan& plan;
    const std::vector<ComponentId>& domains;
  };
  // `spans` and `marks` may be null: then nothing is kept.
  struct Observers {
    SpanRecorder* spans = nullptr;
    std::vector<std::pair<int, Time>>* marks = nullptr;  // Label and time.
  };
  ChipProcess(int rank, const CompiledProgram& program, Parts parts, Observers observers);

  void OnEvent(const Event& event, Engine& engine) override;

  bool finished() const { return finished_; }
  // Closes the account at `end`, in the midst of whatever the rank is doing.
  RankTime Account(Time end, const OpenTransfers& transfers);
  // What the rank waits for, if it has not finished.
  OpenWait Wait() const;

 private:
  enum class State : uint8_t {
    kReady,
    kComputing,
    kInCall,
    kSending,
    kReceiving,
    kInWait,
    kDraining
  };
  struct Queued {
    const Instruction* instruction = nullptr;
    int32_t slot = 0;
    uint32_t number = 0;
    Time arrived{};
  };
  // A communication stream: what is issued and not done, from `front` on.
  struct Stream {
    std::vector<Queued> queue;
    size_t front = 0;

    bool empty() const { return front == queue.size(); }
    const Queued& head() const { return queue[front]; }
    Queued& head() { return queue[front]; }
    void Push(const Queued& queued);
  };

  void Advance();
  void Execute(const ProgramStep& step);
  void Compute(const ProgramStep& step);
  void EnterCall(const ProgramStep& step);
  void IssueCall(const ProgramStep& step);
  void SendMessage(const ProgramStep& step);
  void ReceiveMessage();
  void EnterWait();
  void StartHead(Stream& stream);
  void Finish();

  void OnCallDone(CallKind call, Time begun);
  void OnQueuedDone(Stream& stream, Time begun);
  void OnArrived(int32_t channel, Time sent);
  void OnMessageSent();

  // Books the time from blocked_since_ to `end` along the axis of `cause`, whose transfer began at
  // `begun`, and continues to be blocked from there.
  void Book(const Instruction& cause, Time begun, Time end);
  void BookOpenBlock(Time end, const OpenTransfers& transfers);
  void Block(State state);
  void Unblock();
  Duration RecordComputation(const ProgramStep& step);
  Duration ComputeFor(const Instruction& computation, Time begin);
  ComputeTime ComputeTimeAt(Time end) const;
  // A call of a communication stream that ends now.
  void RecordOverlapped(const Queued& call, Time begun);
  void RecordSpan(const Instruction& instruction, int stream, bool waiting, Time begin, Time end);

  const Instruction& InstructionOf(const ProgramStep& step) const {
    return program_.instructions[static_cast<size_t>(step.first)];
  }
  const ProgramStep& step() const { return program_.steps[static_cast<size_t>(step_)]; }
  uint32_t NextNumber(Axis axis) { return issued_[static_cast<size_t>(axis)]++; }
  void Ask(DomainId domain, DomainEvent what, RequestPayload request);
  void Arrive(const Instruction& instruction, uint32_t number);
  bool Alone(const Instruction& collective) const;
  int PeerOf(const Instruction& message) const {
    return parts_.plan.ranks.AtStage(rank_, message.peer);
  }
  // kInWait, kDraining: the first stream that stands in the way; null: none.
  const Stream* AwaitedStream() const;
  bool WaitsForStream() const { return state_ == State::kInWait || state_ == State::kDraining; }
  int32_t& OpenUnder(int32_t slot, Axis axis) {
    return open_[static_cast<size_t>(slot) * kAxisCount + static_cast<size_t>(axis)];
  }
  Time BegunOf(const Instruction& collective, uint32_t number,
               const OpenTransfers& transfers) const;
  Time now() const { return parts_.engine.now(); }

  const int rank_;
  const CompiledProgram& program_;
  Parts parts_;
  Observers observers_;

  State state_ = State::kReady;
  bool finished_ = false;
  int32_t step_ = 0;  // In hand.
  Time blocked_since_;
  Time computing_until_;
  const ChipSpeed* speed_;  // Null: always full.
  // What computations took longer because the chip was slow, so far and in the step in hand.
  std::array<Duration, kOperatorClassCount> lost_{};
  std::array<Duration, kOperatorClassCount> lost_in_step_{};
  uint32_t call_number_ = 0;                   // kInCall.
  std::array<uint32_t, kAxisCount> issued_{};  // Collectives along each axis.
  // Of each channel: when the messages that have arrived and were not taken were sent.
  std::vector<std::deque<Time>> inbox_;

  std::array<Stream, kAxisCount> streams_;
  std::vector<int32_t> open_;  // [slot * kAxisCount + axis]: issued and not done.

  RankTime time_;
};

}  // namespace tessera
