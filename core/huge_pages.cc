#include "core/huge_pages.h"

#include <unistd.h>

#include <cstdlib>

namespace tessera {

void UseHugePages(char** arguments) {
  constexpr char kVariable[] = "GLIBC_TUNABLES";
  if (std::getenv(kVariable) != nullptr) return;
  if (setenv(kVariable, "glibc.malloc.hugetlb=1", /*overwrite=*/0) != 0) return;
  execv("/proc/self/exe", arguments);  // Returns only if it fails.
}

}  // namespace tessera
