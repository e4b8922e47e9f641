// Whatever the bytes, the reader of config.json answers with a model or an error.
#include <cstddef>
#include <cstdint>

#include "configs/formats/hugging_face.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto model = tessera::ReadHuggingFaceConfig(text, "config.json");
  TESSERA_CHECK(model.ok() || !model.status().message().empty());
  if (model.ok()) {
    TESSERA_CHECK(model->layers >= 1 && model->hidden >= 1 && model->head_dim >= 1);
    TESSERA_CHECK(model->heads % model->kv_heads == 0);
  }
  return 0;
}
