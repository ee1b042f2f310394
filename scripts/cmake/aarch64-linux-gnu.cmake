# Builds for 64-bit ARM with Debian's cross compiler (package g++-aarch64-linux-gnu). Built programs
# are run by qemu-user (package qemu-user-static), so that ctest works as in a native build.
#
# Libraries are only taken from the cross compiler's own directories. Debian's cross compiler also
# looks for headers in /usr/include, after its own: that is where libraries that are headers only
# come from; scripts/cmake/cross says which.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# Google Benchmark is a library of the host's; and times under qemu-user say nothing.
set(AIOEMU_BENCH OFF CACHE BOOL "Build the benchmarks (Google Benchmark)")
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR}/cross)

find_program(AIOEMU_QEMU NAMES qemu-aarch64-static qemu-aarch64)
if(AIOEMU_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${AIOEMU_QEMU};-L;/usr/aarch64-linux-gnu")
endif()
