#include "cli/command_line.h"
#include "core/huge_pages.h"

int main(int argc, char** argv) {
  tessera::UseHugePages(argv);
  return tessera::RunCommandLine(argc, argv);
}
