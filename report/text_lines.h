// Lines of text for terminals.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace tessera {

// A bar of `fraction` of `width` characters, to an eighth of one.
std::string Bar(double fraction, int width);

// `text` in lines of at most `width` characters, broken at blanks, each line behind `indent`.
std::string Wrap(absl::string_view text, size_t width, absl::string_view indent);

}  // namespace tessera
