#include "cli/command_line.h"

int main(int argc, char** argv) { return tessera::RunCommandLine(argc, argv); }
