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
  add_compile_options(-fno-omit-frame-pointer -fno-sanitize-recover=all)
endif()
if(AIOEMU_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# aioemu_library(core SOURCES a.cpp b.cpp LINKS abi base): target aioemu_core, aliased aioemu::core_part.
function(aioemu_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(aioemu_${name} STATIC ${ARG_SOURCES})
  target_include_directories(aioemu_${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/emulator>
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/emulator/include>)
  list(TRANSFORM ARG_LINKS PREPEND aioemu_)
  target_link_libraries(aioemu_${name} PUBLIC ${ARG_LINKS} PRIVATE $<BUILD_INTERFACE:aioemu_flags>)
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
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60)
endfunction()
