# How targets are declared in this project. A library may include only the headers of what it
# links; tests/tidy checks the same rule on the #include lines.
include(GNUInstallDirs)
find_package(Threads REQUIRED)

add_library(aioemu_flags INTERFACE)
target_compile_options(aioemu_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-gnu-zero-variadic-macro-arguments>
  # g++ 12 sees overlapping copies in std::string that are not there (its bug 105329).
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>)
if(AIOEMU_SANITIZE)
  string(REPLACE "," ";" _sanitizers "${AIOEMU_SANITIZE}")
  foreach(_sanitizer IN LISTS _sanitizers)
    add_compile_options(-fsanitize=${_sanitizer})
    add_link_options(-fsanitize=${_sanitizer})
  endforeach()
  # The vptr check asks the kernel through a pipe: in a process without descriptors it sees ghosts.
  add_compile_options(-fno-omit-frame-pointer -fno-sanitize-recover=all -fno-sanitize=vptr)
  # ThreadSanitizer does not model fences. Those here are for readers in other processes.
  if("thread" IN_LIST _sanitizers AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(AIOEMU_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# Link-time optimisation. The parts of the emulator are small files that call each other on the way
# of every request, so it is worth a quarter of that way. Every object of a part carries ordinary
# code as well: only targets named by aioemu_optimize_link are linked anew from the other kind, and
# tests cost no more than before. clang's two kinds of object exclude each other, so it does without.
set(_lto OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release"
    AND NOT AIOEMU_SANITIZE AND NOT AIOEMU_COVERAGE)
  set(_lto ON)
endif()
option(AIOEMU_LTO "Optimise at link time what is installed and measured (g++)" ${_lto})
if(AIOEMU_LTO)
  # g++ would otherwise use whatever it finds in an object.
  add_link_options(-fno-lto)
  # An archive's index must list what the ordinary code defines. With gcc's plugin, which ar loads by
  # itself, it also lists inline functions that only the other code has, and the linker then takes
  # the same member again and again in search of them. This plugin knows no kind of object.
  foreach(_action CREATE APPEND)
    string(REPLACE "<CMAKE_AR>" "<CMAKE_AR> --plugin /dev/null" CMAKE_CXX_ARCHIVE_${_action}
      "${CMAKE_CXX_ARCHIVE_${_action}}")
  endforeach()
  string(REPLACE "<CMAKE_RANLIB>" "<CMAKE_RANLIB> --plugin /dev/null" CMAKE_CXX_ARCHIVE_FINISH
    "${CMAKE_CXX_ARCHIVE_FINISH}")
endif()

# Has the objects of `target` carry what the linker needs.
function(aioemu_prepare_link target)
  if(AIOEMU_LTO)
    target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
  endif()
endfunction()

# The same, and links `target`, a program or a shared library, that way.
function(aioemu_optimize_link target)
  aioemu_prepare_link(${target})
  if(AIOEMU_LTO)
    # The first takes -fno-lto back, which the second by itself would not.
    target_link_options(${target} PRIVATE -flto -flto=auto)
  endif()
endfunction()

# For files of this directory that say things to the assembler which link-time optimisation would
# not see.
function(aioemu_exclude_from_link_optimization)
  if(AIOEMU_LTO)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -fno-lto)
  endif()
endfunction()

# aioemu_library(core SOURCES a.cpp b.cpp LINKS abi base): target aioemu_core, aliased aioemu::core_part.
function(aioemu_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(aioemu_${name} STATIC ${ARG_SOURCES})
  target_include_directories(aioemu_${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/emulator>
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/emulator/include>)
  list(TRANSFORM ARG_LINKS PREPEND aioemu_)
  target_link_libraries(aioemu_${name} PUBLIC ${ARG_LINKS} PRIVATE $<BUILD_INTERFACE:aioemu_flags>)
  aioemu_prepare_link(aioemu_${name})
endfunction()

# The same for a part that has headers only.
function(aioemu_header_library name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  add_library(aioemu_${name} INTERFACE)
  target_include_directories(aioemu_${name} INTERFACE
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/emulator>
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/emulator/include>)
  list(TRANSFORM ARG_LINKS PREPEND aioemu_)
  target_link_libraries(aioemu_${name} INTERFACE ${ARG_LINKS})
endfunction()

# Tests run for milliseconds, and a Release build would spend most of its time on making them fast.
function(aioemu_optimize_little target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# The GoogleTest filter that leaves out of a program what an emulated CPU cannot run; "" for nothing.
function(aioemu_left_out name result)
  set(${result} "" PARENT_SCOPE)
  if(NOT CMAKE_CROSSCOMPILING_EMULATOR)
    return()
  endif()
  file(STRINGS ${CMAKE_SOURCE_DIR}/tests/support/below_qemu_user.txt lines REGEX "^${name} *[|]")
  if(lines)
    list(TRANSFORM lines REPLACE "^[^|]*[|] *([^ |]*) *[|].*$" "\\1")
    list(JOIN lines ":" filter)
    set(${result} "-${filter}" PARENT_SCOPE)
  endif()
endfunction()

# aioemu_test(name SOURCES a_test.cpp LINKS sim): a GoogleTest program, one ctest entry per test.
function(aioemu_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LIBRARIES" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_LINKS PREPEND aioemu_)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} ${ARG_LIBRARIES} aioemu_flags
    GTest::gmock GTest::gtest GTest::gtest_main)
  aioemu_optimize_little(${name})
  aioemu_left_out(${name} filter)
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 TEST_FILTER "${filter}")
endfunction()
