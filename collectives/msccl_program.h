// An MSCCL file as it stands. Private to the room.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tessera {

struct MscclStep {
  std::string type;
  char source_buffer = 'i';  // i, o or s.
  int source = 0;
  char target_buffer = 'o';
  int target = 0;
  int count = 1;
  int depends_on_block = -1;  // -1: on nothing.
  int depends_on_step = -1;
  std::string place;  // FILE:LINE:COLUMN.

  bool receives() const { return type[0] == 'r' && type != "re"; }
  bool sends() const { return type.back() == 's'; }
  bool reduces() const { return type.substr(0, 2) == "rr"; }
};

struct MscclBlock {
  int id = 0;
  int send = -1;
  int receive = -1;
  int channel = 0;
  std::vector<MscclStep> steps;
};

struct MscclGpu {
  int input_chunks = 0;
  int output_chunks = 0;
  int scratch_chunks = 0;
  std::vector<MscclBlock> blocks;  // By id.
};

struct MscclProgram {
  std::string name;
  std::string collective;
  bool in_place = false;
  std::string place;
  std::vector<MscclGpu> gpus;  // By id.
};

absl::StatusOr<MscclProgram> ParseMsccl(absl::string_view text, absl::string_view file);

}  // namespace tessera
