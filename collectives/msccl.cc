#include "collectives/msccl.h"

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectives/algorithm.h"
#include "collectives/checker.h"
#include "collectives/msccl_layout.h"
#include "collectives/msccl_messages.h"
#include "collectives/msccl_program.h"
#include "collectives/schedule_builder.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int kNothing = MscclLayout::kNothing;
constexpr int64_t kMaxTransfers = 1 << 20;

// What a place of a buffer holds.
struct Content {
  int chunk = kNothing;
  int brought_by = kNothing;  // The message, if it was not there from the start.
};

class Execution {
 public:
  Execution(const MscclProgram& program, const MscclLayout& layout)
      : program_(program), layout_(layout) {
    for (size_t g = 0; g < program.gpus.size(); ++g) {
      const MscclGpu& gpu = program.gpus[g];
      State& state = states_.emplace_back();
      state.input.resize(static_cast<size_t>(gpu.input_chunks));
      state.output.resize(static_cast<size_t>(gpu.output_chunks));
      state.scratch.resize(static_cast<size_t>(gpu.scratch_chunks));
      for (size_t i = 0; i < state.input.size(); ++i) {
        state.input[i].chunk = layout.InputChunk(static_cast<int>(g), static_cast<int>(i));
      }
      if (program.in_place) PlaceInputInOutput(static_cast<int>(g), state);
      state.blocks.resize(gpu.blocks.size());
    }
  }

  absl::Status Run();
  const std::vector<MscclMessage>& messages() const { return messages_; }

 private:
  struct Block {
    size_t next = 0;                           // Step.
    std::vector<int> last;                     // Messages that the next step waits for ...
    std::vector<std::vector<int>> after_step;  // ... and those of each step that is done.
    std::vector<int> sent;                     // Last; the next send follows behind it.
  };
  struct State {
    std::vector<Content> input, output, scratch;
    std::vector<Block> blocks;
  };
  struct Sent {
    std::vector<int> messages;
  };

  // The part of the output that is the input, in place.
  void PlaceInputInOutput(int rank, State& state) const {
    for (size_t at = 0; at < state.output.size(); ++at) {
      const int chunk = layout_.OutputChunk(rank, static_cast<int>(at));
      for (const Content& input : state.input) {
        if (input.chunk == chunk) state.output[at].chunk = chunk;
      }
    }
  }
  Content* At(int gpu, char buffer, int place) {
    State& s = states_[static_cast<size_t>(gpu)];
    std::vector<Content>& b = buffer == 'i' ? s.input : (buffer == 'o' ? s.output : s.scratch);
    return place < static_cast<int>(b.size()) ? &b[static_cast<size_t>(place)] : nullptr;
  }
  absl::Status Fault(const MscclStep& step, absl::string_view message) const {
    return absl::InvalidArgumentError(absl::StrCat(step.place, ": step: ", message));
  }

  // As many steps as do not have to wait; whether there was one.
  absl::StatusOr<bool> TakeSteps(int gpu, int block);
  absl::StatusOr<bool> TryStep(int gpu, int block);  // False where it has to wait.
  // The same of a step that depends on another block's: `block` then waits for its messages too.
  absl::StatusOr<bool> TryDependency(const MscclStep& step, const State& state, Block& block) const;
  absl::Status CheckAllIsOver() const;
  absl::Status Receive(int gpu, const MscclStep& step, const Sent& sent, Block& block);
  absl::StatusOr<Sent> Send(int gpu, const MscclBlock& from, const MscclStep& step, Block& block);
  absl::Status Local(int gpu, const MscclStep& step);
  absl::Status Put(int gpu, const MscclStep& step, int i, const Content& content);

  const MscclProgram& program_;
  MscclLayout layout_;
  std::vector<State> states_;
  std::vector<MscclMessage> messages_;
  std::map<std::tuple<int, int, int>, std::deque<Sent>> connections_;  // Source, target, channel.
};

absl::Status Execution::Put(int gpu, const MscclStep& step, int i, const Content& content) {
  Content* place = At(gpu, step.target_buffer, step.target + i);
  if (place == nullptr) return Fault(step, "dstoff: beyond the buffer");
  if (step.target_buffer == 'o') {
    const int wanted = layout_.OutputChunk(gpu, step.target + i);
    if (wanted != content.chunk) {
      return Fault(step, absl::StrCat("chunk ", content.chunk, " comes to output ", step.target + i,
                                      ", where chunk ", wanted, " belongs"));
    }
  }
  *place = content;
  return absl::OkStatus();
}

absl::Status Execution::Receive(int gpu, const MscclStep& step, const Sent& sent, Block& block) {
  if (static_cast<int>(sent.messages.size()) != step.count) {
    return Fault(step, absl::StrCat("cnt: found ", step.count, " where ", sent.messages.size(),
                                    " chunks were sent"));
  }
  for (int i = 0; i < step.count; ++i) {
    const int number = sent.messages[static_cast<size_t>(i)];
    MscclMessage& message = messages_[static_cast<size_t>(number)];
    message.reduce = step.reduces();
    message.after.insert(message.after.end(), block.last.begin(), block.last.end());
    TESSERA_RETURN_IF_ERROR(Put(gpu, step, i, {.chunk = message.chunk, .brought_by = number}));
  }
  block.last = sent.messages;
  return absl::OkStatus();
}

absl::StatusOr<Execution::Sent> Execution::Send(int gpu, const MscclBlock& from,
                                                const MscclStep& step, Block& block) {
  Sent sent;
  std::vector<int> after = block.last;
  after.insert(after.end(), block.sent.begin(), block.sent.end());
  // What a step has received and passes on lies where it has put it.
  const bool passes_on = step.receives();
  const char buffer = passes_on ? step.target_buffer : step.source_buffer;
  const int first = passes_on ? step.target : step.source;
  for (int i = 0; i < step.count; ++i) {
    const Content* content = At(gpu, buffer, first + i);
    if (content == nullptr || content->chunk == kNothing) {
      return Fault(step, absl::StrCat("sends from a place that holds nothing: ",
                                      std::string(1, buffer), " ", first + i));
    }
    sent.messages.push_back(static_cast<int>(messages_.size()));
    messages_.push_back(
        {.source = gpu, .target = from.send, .chunk = content->chunk, .after = after});
  }
  block.sent = sent.messages;
  return sent;
}

absl::Status Execution::Local(int gpu, const MscclStep& step) {
  for (int i = 0; i < step.count; ++i) {
    const Content* from = At(gpu, step.source_buffer, step.source + i);
    if (from == nullptr || from->chunk == kNothing) {
      return Fault(step, "takes from a place that holds nothing");
    }
    if (step.type == "re" && from->brought_by != kNothing) {
      messages_[static_cast<size_t>(from->brought_by)].reduce = true;
    }
    TESSERA_RETURN_IF_ERROR(Put(gpu, step, i, Content(*from)));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Execution::TryDependency(const MscclStep& step, const State& state,
                                              Block& block) const {
  if (step.depends_on_block < 0) return true;
  if (step.depends_on_block >= static_cast<int>(state.blocks.size())) {
    return Fault(step, absl::StrCat("depid: there is no thread block ", step.depends_on_block));
  }
  const Block& other = state.blocks[static_cast<size_t>(step.depends_on_block)];
  if (step.depends_on_step >= static_cast<int>(other.next)) return false;
  if (step.depends_on_step >= 0) {
    const auto& after = other.after_step[static_cast<size_t>(step.depends_on_step)];
    block.last.insert(block.last.end(), after.begin(), after.end());
  }
  return true;
}

absl::StatusOr<bool> Execution::TryStep(int gpu, int number) {
  const MscclBlock& from =
      program_.gpus[static_cast<size_t>(gpu)].blocks[static_cast<size_t>(number)];
  State& state = states_[static_cast<size_t>(gpu)];
  Block& block = state.blocks[static_cast<size_t>(number)];
  const MscclStep& step = from.steps[block.next];
  TESSERA_ASSIGN_OR_RETURN(const bool ready, TryDependency(step, state, block));
  if (!ready) return false;
  if (step.receives()) {
    auto& connection = connections_[{from.receive, gpu, from.channel}];
    if (connection.empty()) return false;
    const Sent sent = std::move(connection.front());
    connection.pop_front();
    TESSERA_RETURN_IF_ERROR(Receive(gpu, step, sent, block));
  }
  if (step.sends()) {
    TESSERA_ASSIGN_OR_RETURN(Sent sent, Send(gpu, from, step, block));
    connections_[{gpu, from.send, from.channel}].push_back(std::move(sent));
    if (static_cast<int64_t>(messages_.size()) > kMaxTransfers) {
      return Fault(step, absl::StrCat("more than ", kMaxTransfers, " chunks are sent"));
    }
  }
  if (step.type == "cpy" || step.type == "re") TESSERA_RETURN_IF_ERROR(Local(gpu, step));
  std::sort(block.last.begin(), block.last.end());
  block.last.erase(std::unique(block.last.begin(), block.last.end()), block.last.end());
  block.after_step.push_back(block.last);
  ++block.next;
  return true;
}

absl::StatusOr<bool> Execution::TakeSteps(int gpu, int block) {
  const size_t steps =
      program_.gpus[static_cast<size_t>(gpu)].blocks[static_cast<size_t>(block)].steps.size();
  const Block& at = states_[static_cast<size_t>(gpu)].blocks[static_cast<size_t>(block)];
  const size_t before = at.next;
  while (at.next < steps) {
    TESSERA_ASSIGN_OR_RETURN(const bool moved, TryStep(gpu, block));
    if (!moved) break;
  }
  return at.next > before;
}

absl::Status Execution::Run() {
  for (bool moves = true; moves;) {
    moves = false;
    for (size_t g = 0; g < states_.size(); ++g) {
      for (size_t b = 0; b < states_[g].blocks.size(); ++b) {
        TESSERA_ASSIGN_OR_RETURN(const bool moved,
                                 TakeSteps(static_cast<int>(g), static_cast<int>(b)));
        moves = moves || moved;
      }
    }
  }
  return CheckAllIsOver();
}

absl::Status Execution::CheckAllIsOver() const {
  for (size_t g = 0; g < states_.size(); ++g) {
    for (size_t b = 0; b < states_[g].blocks.size(); ++b) {
      const auto& steps = program_.gpus[g].blocks[b].steps;
      const size_t next = states_[g].blocks[b].next;
      if (next < steps.size()) return Fault(steps[next], "waits for ever");
    }
  }
  for (const auto& [ends, waiting] : connections_) {
    if (waiting.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        program_.place, ": algo: GPU ", std::get<1>(ends), " receives too little from GPU ",
        std::get<0>(ends), " on channel ", std::get<2>(ends)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MscclAlgorithm> ReadMsccl(absl::string_view text, absl::string_view file) {
  TESSERA_ASSIGN_OR_RETURN(const MscclProgram program, ParseMsccl(text, file));
  TESSERA_ASSIGN_OR_RETURN(const MscclLayout layout, LayoutOf(program));
  Execution execution(program, layout);
  TESSERA_RETURN_IF_ERROR(execution.Run());
  MscclAlgorithm algorithm;
  algorithm.name = program.name;
  algorithm.op = layout.op;
  TESSERA_ASSIGN_OR_RETURN(algorithm.schedule,
                           ScheduleOf(program, execution.messages(), layout.chunks));
  const absl::Status proof = CheckSchedule(algorithm.schedule, algorithm.op);
  if (proof.ok()) return algorithm;
  return absl::InvalidArgumentError(absl::StrCat(program.place, ": algo: ", proof.message()));
}

Schedule MscclSchedule(const MscclAlgorithm& algorithm, Bytes bytes, int element_bytes) {
  Schedule schedule = algorithm.schedule;
  AlgorithmInput input;
  input.op = algorithm.op;
  input.ranks = schedule.ranks;
  input.bytes = bytes;
  input.element_bytes = element_bytes;
  const std::vector<Bytes> sizes = algorithm.op == CollectiveOp::kAllToAll
                                       ? ExchangeChunks(input)
                                       : EvenChunks(bytes, schedule.chunks, element_bytes);
  for (Transfer& transfer : schedule.transfers) {
    transfer.bytes = Bytes(0);
    for (int i = 0; i < transfer.chunk_count; ++i) {
      transfer.bytes += sizes[static_cast<size_t>((transfer.chunk + i) % schedule.chunks)];
    }
  }
  return schedule;
}

}  // namespace tessera
