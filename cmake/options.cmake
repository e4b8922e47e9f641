# One interface target carries every flag of the project's own code.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(tessera_options INTERFACE)
target_include_directories(tessera_options INTERFACE ${CMAKE_SOURCE_DIR})
# -ffp-contract=off: the same bits on every x86-64 machine, with and without fused multiply-add.
target_compile_options(tessera_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -ffp-contract=off
  # Clang counts signs in -Wconversion, GCC does not: the same warnings under both.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)

set(TESSERA_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined")
if(TESSERA_SANITIZE)
  add_compile_options(-fsanitize=${TESSERA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TESSERA_SANITIZE})
endif()
