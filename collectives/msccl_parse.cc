#include <algorithm>
#include <pugixml.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collectives/msccl_program.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int kMaxGpus = 4096;
constexpr int kMaxChunks = 1 << 20;
constexpr const char* kTypes[] = {"s", "r", "rcs", "rrs", "rrc", "rrcs", "cpy", "re", "nop"};

class Parser {
 public:
  Parser(absl::string_view text, absl::string_view file) : text_(text), file_(file) {}

  absl::StatusOr<MscclProgram> Parse();

 private:
  std::string PlaceOf(ptrdiff_t offset) const {
    const auto end =
        text_.begin() + std::clamp<ptrdiff_t>(offset, 0, static_cast<ptrdiff_t>(text_.size()));
    const auto line = 1 + std::count(text_.begin(), end, '\n');
    const auto start = std::find(std::make_reverse_iterator(end), text_.rend(), '\n').base();
    return absl::StrCat(file_, ":", line, ":", end - start + 1);
  }
  absl::Status Fault(const pugi::xml_node& node, absl::string_view message) const {
    return absl::InvalidArgumentError(
        absl::StrCat(PlaceOf(node.offset_debug()), ": ", node.name(), ": ", message));
  }
  absl::StatusOr<int> Number(const pugi::xml_node& node, const char* name, int least,
                             int most) const {
    const pugi::xml_attribute attribute = node.attribute(name);
    int value = 0;
    if (attribute && absl::SimpleAtoi(attribute.value(), &value) && value >= least &&
        value <= most) {
      return value;
    }
    return Fault(node,
                 absl::StrCat(name, ": found ",
                              attribute ? absl::StrCat("\"", attribute.value(), "\"") : "none",
                              "; accepted: ", least, " to ", most));
  }
  absl::StatusOr<char> Buffer(const pugi::xml_node& node, const char* name) const {
    const absl::string_view value = node.attribute(name).value();
    if (value == "i" || value == "o" || value == "s") return value[0];
    return Fault(node, absl::StrCat(name, ": found \"", value, "\"; accepted: i, o, s"));
  }

  absl::StatusOr<MscclStep> Step(const pugi::xml_node& node) const;
  // Of a thread block of GPU `self`; -1: none.
  absl::StatusOr<int> Peer(const pugi::xml_node& node, const char* name, int self, int gpus) const;
  absl::StatusOr<MscclBlock> Block(const pugi::xml_node& node, int self, int gpus) const;
  absl::StatusOr<MscclGpu> Gpu(const pugi::xml_node& node, int self, int gpus) const;

  absl::string_view text_;
  absl::string_view file_;
};

absl::StatusOr<MscclStep> Parser::Step(const pugi::xml_node& node) const {
  MscclStep step;
  step.place = PlaceOf(node.offset_debug());
  step.type = node.attribute("type").value();
  if (std::find(std::begin(kTypes), std::end(kTypes), step.type) == std::end(kTypes)) {
    return Fault(node, absl::StrCat("type: found \"", step.type,
                                    "\"; accepted: s, r, rcs, rrs, rrc, rrcs, cpy, re, nop"));
  }
  TESSERA_ASSIGN_OR_RETURN(step.depends_on_block, Number(node, "depid", -1, kMaxChunks));
  TESSERA_ASSIGN_OR_RETURN(step.depends_on_step, Number(node, "deps", -1, kMaxChunks));
  if (step.type == "nop") return step;
  TESSERA_ASSIGN_OR_RETURN(step.source_buffer, Buffer(node, "srcbuf"));
  TESSERA_ASSIGN_OR_RETURN(step.source, Number(node, "srcoff", 0, kMaxChunks));
  TESSERA_ASSIGN_OR_RETURN(step.target_buffer, Buffer(node, "dstbuf"));
  TESSERA_ASSIGN_OR_RETURN(step.target, Number(node, "dstoff", 0, kMaxChunks));
  TESSERA_ASSIGN_OR_RETURN(step.count, Number(node, "cnt", 1, kMaxChunks));
  return step;
}

absl::StatusOr<int> Parser::Peer(const pugi::xml_node& node, const char* name, int self,
                                 int gpus) const {
  TESSERA_ASSIGN_OR_RETURN(const int peer, Number(node, name, -1, gpus - 1));
  if (peer != self) return peer;
  return Fault(node, absl::StrCat(name, ": found \"", peer,
                                  "\", the GPU itself; accepted: another one, -1 for none"));
}

absl::StatusOr<MscclBlock> Parser::Block(const pugi::xml_node& node, int self, int gpus) const {
  MscclBlock block;
  TESSERA_ASSIGN_OR_RETURN(block.id, Number(node, "id", 0, kMaxGpus));
  TESSERA_ASSIGN_OR_RETURN(block.send, Peer(node, "send", self, gpus));
  TESSERA_ASSIGN_OR_RETURN(block.receive, Peer(node, "recv", self, gpus));
  TESSERA_ASSIGN_OR_RETURN(block.channel, Number(node, "chan", 0, kMaxGpus));
  for (const pugi::xml_node& child : node.children("step")) {
    TESSERA_ASSIGN_OR_RETURN(MscclStep step, Step(child));
    if ((step.sends() && block.send < 0) || (step.receives() && block.receive < 0)) {
      return Fault(child, "sends or receives in a thread block without that peer");
    }
    block.steps.push_back(std::move(step));
  }
  return block;
}

absl::StatusOr<MscclGpu> Parser::Gpu(const pugi::xml_node& node, int self, int gpus) const {
  MscclGpu gpu;
  TESSERA_ASSIGN_OR_RETURN(gpu.input_chunks, Number(node, "i_chunks", 0, kMaxChunks));
  TESSERA_ASSIGN_OR_RETURN(gpu.output_chunks, Number(node, "o_chunks", 0, kMaxChunks));
  TESSERA_ASSIGN_OR_RETURN(gpu.scratch_chunks, Number(node, "s_chunks", 0, kMaxChunks));
  for (const pugi::xml_node& child : node.children("tb")) {
    TESSERA_ASSIGN_OR_RETURN(MscclBlock block, Block(child, self, gpus));
    if (block.id != static_cast<int>(gpu.blocks.size())) {
      return Fault(child, absl::StrCat("id: found ", block.id, "; accepted: ", gpu.blocks.size(),
                                       ", as they are numbered in order"));
    }
    gpu.blocks.push_back(std::move(block));
  }
  return gpu;
}

absl::StatusOr<MscclProgram> Parser::Parse() {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(text_.data(), text_.size());
  if (!result) {
    return absl::InvalidArgumentError(
        absl::StrCat(PlaceOf(result.offset), ": not XML: ", result.description()));
  }
  const pugi::xml_node root = document.child("algo");
  if (!root) {
    return absl::InvalidArgumentError(absl::StrCat(file_, ":1:1: accepted: an element <algo>"));
  }
  MscclProgram program;
  program.name = root.attribute("name").value();
  program.collective = root.attribute("coll").value();
  program.in_place = root.attribute("inplace").as_int() != 0;
  program.place = PlaceOf(root.offset_debug());
  TESSERA_ASSIGN_OR_RETURN(const int gpus, Number(root, "ngpus", 2, kMaxGpus));
  for (const pugi::xml_node& child : root.children("gpu")) {
    TESSERA_ASSIGN_OR_RETURN(const int id, Number(child, "id", 0, gpus - 1));
    if (id != static_cast<int>(program.gpus.size())) {
      return Fault(child, absl::StrCat("id: found ", id, "; accepted: ", program.gpus.size(),
                                       ", as they are numbered in order"));
    }
    TESSERA_ASSIGN_OR_RETURN(MscclGpu gpu, Gpu(child, id, gpus));
    program.gpus.push_back(std::move(gpu));
  }
  if (static_cast<int>(program.gpus.size()) == gpus) return program;
  return Fault(root, absl::StrCat("ngpus: found ", gpus, " for ", program.gpus.size(), " gpus"));
}

}  // namespace

absl::StatusOr<MscclProgram> ParseMsccl(absl::string_view text, absl::string_view file) {
  return Parser(text, file).Parse();
}

}  // namespace tessera
