#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectives/msccl.h"

namespace tessera {
namespace {

// Where the end of a transfer lies: a step of a thread block of one of its GPUs.
struct StepPlace {
  int block = -1;
  int step = -1;
};

struct BlockText {
  int send = -1;
  int receive = -1;
  std::vector<std::string> steps;
};

class Writer {
 public:
  explicit Writer(const MscclAlgorithm& algorithm)
      : op_(algorithm.op),
        schedule_(algorithm.schedule),
        gpus_(static_cast<size_t>(algorithm.schedule.ranks)),
        sent_(schedule_.transfers.size()),
        received_(schedule_.transfers.size()) {}

  absl::Status AddTransfers();
  std::string Text(absl::string_view name) const;

 private:
  struct Gpu {
    std::map<std::pair<int, bool>, int> block_of;  // By peer and whether it sends.
    std::vector<BlockText> blocks;
  };
  struct Place {
    char buffer = 'o';
    int offset = 0;
  };

  int BlockOf(int gpu, int peer, bool sends);
  Place PlaceOf(const Transfer& t, bool at_source) const;
  void AddEnd(size_t transfer, bool at_source);

  CollectiveOp op_;
  const Schedule& schedule_;
  std::vector<Gpu> gpus_;
  std::vector<StepPlace> sent_;
  std::vector<StepPlace> received_;
};

int Writer::BlockOf(int gpu, int peer, bool sends) {
  Gpu& g = gpus_[static_cast<size_t>(gpu)];
  const auto [it, is_new] = g.block_of.try_emplace({peer, sends}, g.blocks.size());
  if (is_new)
    g.blocks.push_back({.send = sends ? peer : -1, .receive = sends ? -1 : peer, .steps = {}});
  return it->second;
}

// One buffer in place, but for an all-to-all.
Writer::Place Writer::PlaceOf(const Transfer& t, bool at_source) const {
  const int n = schedule_.ranks;
  if (op_ == CollectiveOp::kAllToAll) {
    return at_source ? Place{'i', t.chunk % n} : Place{'o', t.chunk / n};
  }
  return {op_ == CollectiveOp::kReduceScatter ? 'i' : 'o', t.chunk};
}

// The send or the receive of a transfer, behind empty steps where it waits for several others.
void Writer::AddEnd(size_t transfer, bool at_source) {
  const Transfer& t = schedule_.transfers[transfer];
  const int gpu = at_source ? t.source : t.target;
  const int block = BlockOf(gpu, at_source ? t.target : t.source, at_source);
  std::vector<StepPlace> waits;
  for (const int32_t p : schedule_.PredecessorsOf(t)) {
    const Transfer& earlier = schedule_.transfers[static_cast<size_t>(p)];
    if (earlier.target == gpu) waits.push_back(received_[static_cast<size_t>(p)]);
    if (earlier.source == gpu) waits.push_back(sent_[static_cast<size_t>(p)]);
  }
  std::erase_if(waits, [&](const StepPlace& place) { return place.block == block; });
  auto& steps = gpus_[static_cast<size_t>(gpu)].blocks[static_cast<size_t>(block)].steps;
  const auto add = [&](absl::string_view what, const StepPlace& wait) {
    steps.push_back(absl::StrCat("      <step s=\"", steps.size(), "\" ", what, " depid=\"",
                                 wait.block, "\" deps=\"", wait.step, "\" hasdep=\"1\"/>\n"));
  };
  StepPlace last;
  if (!waits.empty()) {
    last = waits.back();
    waits.pop_back();
  }
  for (const StepPlace& wait : waits) {
    add("type=\"nop\" srcbuf=\"i\" srcoff=\"-1\" dstbuf=\"o\" dstoff=\"-1\" cnt=\"0\"", wait);
  }
  const Place from = PlaceOf(t, true);
  const Place to = PlaceOf(t, false);
  const absl::string_view type = at_source ? "s" : (t.reduce ? "rrc" : "r");
  add(absl::StrCat("type=\"", type, "\" srcbuf=\"", std::string(1, from.buffer), "\" srcoff=\"",
                   from.offset, "\" dstbuf=\"", std::string(1, to.buffer), "\" dstoff=\"",
                   to.offset, "\" cnt=\"", t.chunk_count, "\""),
      last);
  (at_source ? sent_ : received_)[transfer] = {block, static_cast<int>(steps.size()) - 1};
}

absl::Status Writer::AddTransfers() {
  for (size_t i = 0; i < schedule_.transfers.size(); ++i) {
    const Transfer& t = schedule_.transfers[i];
    const bool straight = t.chunk_count == 1 && t.source == t.chunk / schedule_.ranks &&
                          t.target == t.chunk % schedule_.ranks;
    if (op_ == CollectiveOp::kAllToAll && !straight) {
      return absl::UnimplementedError(
          "an all-to-all over other ranks needs scratch buffers; accepted: direct, pairwise");
    }
    if (t.chunk + t.chunk_count > schedule_.chunks) {
      return absl::UnimplementedError("a transfer wraps around the end of the buffer");
    }
    AddEnd(i, true);
    AddEnd(i, false);
  }
  for (size_t g = 0; op_ == CollectiveOp::kAllToAll && g < gpus_.size(); ++g) {
    gpus_[g].blocks.push_back(
        {.steps = {absl::StrCat("      <step s=\"0\" type=\"cpy\" srcbuf=\"i\" srcoff=\"", g,
                                "\" dstbuf=\"o\" dstoff=\"", g,
                                "\" cnt=\"1\" depid=\"-1\" deps=\"-1\" hasdep=\"0\"/>\n")}});
  }
  return absl::OkStatus();
}

std::string Writer::Text(absl::string_view name) const {
  const int n = schedule_.ranks;
  const bool exchanges = op_ == CollectiveOp::kAllToAll;
  const int chunks = exchanges ? n : schedule_.chunks;
  const absl::string_view collective = op_ == CollectiveOp::kAllReduce       ? "allreduce"
                                       : op_ == CollectiveOp::kAllGather     ? "allgather"
                                       : op_ == CollectiveOp::kReduceScatter ? "reduce_scatter"
                                                                             : "alltoall";
  const bool gathers = op_ == CollectiveOp::kAllGather;
  const bool scatters = op_ == CollectiveOp::kReduceScatter;
  std::string out = absl::StrCat("<algo name=\"", name, "\" proto=\"Simple\" nchannels=\"1\" ",
                                 "nchunksperloop=\"", chunks, "\" ngpus=\"", n, "\" coll=\"",
                                 collective, "\" inplace=\"", exchanges ? 0 : 1, "\">\n");
  for (size_t g = 0; g < gpus_.size(); ++g) {
    absl::StrAppend(&out, "  <gpu id=\"", g, "\" i_chunks=\"", gathers ? chunks / n : chunks,
                    "\" o_chunks=\"", scatters ? chunks / n : chunks, "\" s_chunks=\"0\">\n");
    for (size_t b = 0; b < gpus_[g].blocks.size(); ++b) {
      const BlockText& block = gpus_[g].blocks[b];
      absl::StrAppend(&out, "    <tb id=\"", b, "\" send=\"", block.send, "\" recv=\"",
                      block.receive, "\" chan=\"0\">\n");
      for (const std::string& step : block.steps) out += step;
      absl::StrAppend(&out, "    </tb>\n");
    }
    absl::StrAppend(&out, "  </gpu>\n");
  }
  return absl::StrCat(out, "</algo>\n");
}

}  // namespace

absl::StatusOr<std::string> WriteMsccl(const MscclAlgorithm& algorithm) {
  const CollectiveOp op = algorithm.op;
  const bool known = op == CollectiveOp::kAllReduce || op == CollectiveOp::kAllGather ||
                     op == CollectiveOp::kReduceScatter || op == CollectiveOp::kAllToAll;
  if (!known || algorithm.schedule.switches > 0) {
    return absl::UnimplementedError(
        absl::StrCat("MSCCL: found ", CollectiveOpName(op),
                     algorithm.schedule.switches > 0 ? " in switches" : "",
                     "; accepted: all_reduce, all_gather, reduce_scatter, all_to_all over ranks"));
  }
  Writer writer(algorithm);
  const absl::Status status = writer.AddTransfers();
  if (!status.ok()) return status;
  return writer.Text(algorithm.name);
}

}  // namespace tessera
