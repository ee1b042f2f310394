# GoogleTest for a cross build: from the sources that Debian's package googletest installs.
if(TARGET GTest::gmock)
  return()
endif()
set(AIOEMU_GOOGLETEST_SOURCE /usr/src/googletest CACHE PATH "The sources of GoogleTest")
include(FindPackageHandleStandardArgs)
find_file(_googletest_lists CMakeLists.txt PATHS ${AIOEMU_GOOGLETEST_SOURCE}
  NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
find_package_handle_standard_args(GTest
  REASON_FAILURE_MESSAGE "install the package googletest, or set AIOEMU_GOOGLETEST_SOURCE"
  REQUIRED_VARS _googletest_lists)
if(GTest_FOUND)
  set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
  add_subdirectory(${AIOEMU_GOOGLETEST_SOURCE} ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL)
endif()
