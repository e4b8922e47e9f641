# Everything that protoc writes: what must be there before a source can be read (scripts/lint).
add_custom_target(tessera_generated)

# tessera_messages(ROOM file.proto...): the classes of a room's messages as the library
# tessera_ROOM_proto. Their headers are for that room's sources only; warnings in them are not ours.
function(tessera_messages room)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  set(inputs)
  set(outputs)
  foreach(proto ${ARGN})
    string(REGEX REPLACE "[.]proto$" "" stem ${proto})
    cmake_path(GET stem PARENT_PATH folder)
    file(MAKE_DIRECTORY ${generated}/${folder})
    list(APPEND inputs ${CMAKE_SOURCE_DIR}/${proto})
    list(APPEND outputs ${generated}/${stem}.pb.cc ${generated}/${stem}.pb.h)
  endforeach()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND protobuf::protoc -I${CMAKE_SOURCE_DIR} --cpp_out=${generated} ${inputs}
    DEPENDS ${inputs}
    COMMENT "Generating the messages of ${room}")
  add_library(tessera_${room}_proto STATIC ${outputs})
  target_include_directories(tessera_${room}_proto SYSTEM PUBLIC ${generated})
  target_link_libraries(tessera_${room}_proto PUBLIC protobuf::libprotobuf)
  add_dependencies(tessera_generated tessera_${room}_proto)
endfunction()

# tessera_room(NAME SOURCES file... LINKS target...): one static library a room, tessera::NAME.
function(tessera_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(tessera_${name} STATIC ${ARG_SOURCES})
  add_library(tessera::${name} ALIAS tessera_${name})
  target_link_libraries(tessera_${name} PUBLIC tessera_options ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# tessera_room_tests(ROOM SOURCES file... LINKS target...): one test binary a room, each test known to ctest.
function(tessera_room_tests room)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(tessera_${room}_tests ${ARG_SOURCES})
  target_link_libraries(tessera_${room}_tests PRIVATE tessera::${room} ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  target_include_directories(tessera_${room}_tests PRIVATE ${CMAKE_SOURCE_DIR})
  # What a test spends is compiling it: -O1 costs two thirds of -O3.
  target_compile_options(tessera_${room}_tests PRIVATE $<$<CONFIG:Release>:-O1>)
  # One label such as "core,determinism", since gtest_discover_tests cannot pass a list; `ctest -L`
  # searches a label for a pattern, so that either word finds it.
  list(JOIN ARG_LABELS "," labels)
  if(labels)
    set(labels ",${labels}")
  endif()
  gtest_discover_tests(tessera_${room}_tests
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${room}${labels}" TIMEOUT 600)
endfunction()
include(GoogleTest)

# tessera_fuzz_target(NAME ROOM room SOURCE file CORPUS folder): a libFuzzer binary that ctest runs
# for 10 s from the seeds in the folder. Nothing without TESSERA_FUZZ, which needs clang. The room is
# instrumented so that the fuzzer sees which of its branches an input reaches.
function(tessera_fuzz_target name)
  cmake_parse_arguments(ARG "" "ROOM;SOURCE;CORPUS" "" ${ARGN})
  if(NOT TESSERA_FUZZ)
    return()
  endif()
  target_compile_options(tessera_${ARG_ROOM} PRIVATE -fsanitize=fuzzer-no-link)
  add_executable(${name} ${ARG_SOURCE})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE tessera::${ARG_ROOM})
  set(found ${CMAKE_CURRENT_BINARY_DIR}/${name}_found)
  file(MAKE_DIRECTORY ${found})
  add_test(NAME ${name}
    COMMAND ${name} -max_total_time=10 -timeout=10 -max_len=8192 ${found}
            ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_CORPUS}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()
