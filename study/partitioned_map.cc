#include "study/partitioned_map.h"

#include <algorithm>

#include "core/byte_codec.h"
#include "core/share_bytes.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Answers = std::vector<absl::StatusOr<std::string>>;

// Pieces that a partition does before it tells the others: enough for long ones and short ones to
// even out, few enough that nobody waits for minutes.
constexpr int kPiecesOfARound = 4;

// Piece and answer, one after the other, of those that were done.
std::string PackAnswers(const std::vector<int>& pieces, const Answers& answers) {
  ByteWriter to;
  for (const int piece : pieces) {
    const absl::StatusOr<std::string>& answer = answers[static_cast<size_t>(piece)];
    if (!answer.ok()) continue;
    to.Write(piece);
    to.WriteText(*answer);
  }
  return to.Take();
}

absl::Status TakeAnswers(absl::string_view bytes, Answers& answers) {
  ByteReader from(bytes);
  while (from.left() > 0) {
    int piece = 0;
    std::string answer;
    TESSERA_RETURN_IF_ERROR(from.Read(piece));
    TESSERA_RETURN_IF_ERROR(from.ReadText(answer));
    if (piece < 0 || static_cast<size_t>(piece) >= answers.size()) {
      return absl::DataLossError("an answer to a piece that there is not");
    }
    answers[static_cast<size_t>(piece)] = std::move(answer);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<absl::StatusOr<std::string>>> MapOverPartitions(
    int count, const std::function<std::string(int)>& work, const ProcessPoolOptions& options,
    WindowTransport& transport) {
  Answers answers(static_cast<size_t>(count), absl::CancelledError("interrupted"));
  const int partitions = transport.partitions();
  for (int first = 0; first < count; first += kPiecesOfARound * partitions) {
    const int end = std::min(count, first + kPiecesOfARound * partitions);
    std::vector<int> mine;
    for (int piece = first + transport.self(); piece < end; piece += partitions) {
      if (options.stop != nullptr && options.stop->load()) break;
      answers[static_cast<size_t>(piece)] = work(piece);
      mine.push_back(piece);
    }
    TESSERA_ASSIGN_OR_RETURN(const auto all, ShareBytes(transport, PackAnswers(mine, answers)));
    for (const std::string& of_one : all) TESSERA_RETURN_IF_ERROR(TakeAnswers(of_one, answers));
    if (options.on_progress) options.on_progress(end);
  }
  return answers;
}

}  // namespace tessera
