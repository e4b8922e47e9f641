// "Did you mean": the accepted name nearest to what was written.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tessera {

// The shortest name that contains what was written (three characters or more); else the name with
// the fewest single-character insertions, deletions, replacements and swaps of neighbours from it,
// the case of letters ignored, the first of equals; "" when even that one differs in more than a
// third of its characters. O(names * length^2).
std::string ClosestName(absl::string_view written, absl::Span<const std::string> names);

// `; did you mean "NAME"?`, or "" when nothing is near.
std::string DidYouMean(absl::string_view written, absl::Span<const std::string> names);

// For the end of an error message: `did you mean "nvlink4"? accepted: nvlink2, nvlink3, nvlink4`.
// Lists the first `limit` names.
std::string AcceptedNames(absl::string_view written, absl::Span<const std::string> names,
                          size_t limit = 20);

}  // namespace tessera
