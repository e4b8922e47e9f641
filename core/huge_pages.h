// Large runs spend a quarter of their time on page faults. glibc asks for huge pages only if the
// environment says so before the program starts (glibc.malloc.hugetlb, since glibc 2.35).
#pragma once

namespace tessera {

// Starts the program anew with huge pages for malloc; returns where that is done already, where
// GLIBC_TUNABLES is set by the user, or where it cannot be done. To be called first in main. Takes
// about a millisecond. Results do not depend on it.
void UseHugePages(char** arguments);

}  // namespace tessera
