# What `cmake --install` puts where:
#
#   <bindir>/aioemu, aioemu-conformance     the commands
#   <includedir>/aioemu/*.h                 the public headers; those in testing/ want gtest
#   <libdir>/libaioemu.*                    all parts of the emulator in one library
#   <libdir>/libaioemu-libaio.*             libaio's names, served by a World or a Runtime
#   <libdir>/aioemu/*.so*                   for LD_PRELOAD and LD_LIBRARY_PATH: never where ldconfig looks
#   <libdir>/cmake/aioemu, pkgconfig        how others find all that
#
# Inside the build, too, the targets have the names aioemu::aioemu and aioemu::libaio.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# aioemu_merge(target parts...): one library from the objects of those parts that exist. With
# BUILD_SHARED_LIBS their symbols must be visible; scripts/cmake/exports.map then picks ours.
function(aioemu_merge target)
  add_library(${target})
  foreach(part IN LISTS ARGN)
    if(NOT TARGET aioemu_${part})
      continue()
    endif()
    get_target_property(type aioemu_${part} TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY")
      continue()
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:aioemu_${part}>)
    if(BUILD_SHARED_LIBS)
      set_target_properties(aioemu_${part} PROPERTIES
        CXX_VISIBILITY_PRESET default VISIBILITY_INLINES_HIDDEN OFF)
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/emulator/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(BUILD_SHARED_LIBS)
    aioemu_optimize_link(${target})
    target_link_options(${target} PRIVATE
      LINKER:--version-script=${CMAKE_SOURCE_DIR}/scripts/cmake/exports.map)
  elseif(AIOEMU_LTO)
    # Ordinary code only: the other kind is of use to this very version of the compiler alone, and
    # stops the others.
    add_custom_command(TARGET ${target} POST_BUILD VERBATIM
      COMMAND ${CMAKE_OBJCOPY} --wildcard --remove-section .gnu.lto_* --remove-section
        .gnu.debuglto_* --strip-symbol __gnu_lto_v1 $<TARGET_FILE:${target}>)
  endif()
endfunction()

aioemu_merge(aioemu_all base choice core fault memory observe sim posix_aio_engine session host
  testing_drawing)
set_target_properties(aioemu_all PROPERTIES OUTPUT_NAME aioemu EXPORT_NAME aioemu)
target_link_libraries(aioemu_all PUBLIC Threads::Threads)
add_library(aioemu::aioemu ALIAS aioemu_all)
set(_libraries aioemu_all)

if(TARGET aioemu_libaio_in_world)
  aioemu_merge(aioemu_libaio libaio_names libaio_in_world)
  set_target_properties(aioemu_libaio PROPERTIES OUTPUT_NAME aioemu-libaio EXPORT_NAME libaio)
  target_link_libraries(aioemu_libaio PUBLIC aioemu_all)
  add_library(aioemu::libaio ALIAS aioemu_libaio)
  list(APPEND _libraries aioemu_libaio)
endif()

# For people's own tests: headers, and what they need besides. In an export set of its own, so that
# only who asks for the component needs gtest. The headers with rapidcheck leave that to their users.
if(AIOEMU_TESTS)
  find_package(GTest REQUIRED)
endif()
add_library(aioemu_testing INTERFACE)
set_target_properties(aioemu_testing PROPERTIES EXPORT_NAME testing)
target_link_libraries(aioemu_testing INTERFACE aioemu_all GTest::gmock)
if(TARGET aioemu_libaio)
  target_link_libraries(aioemu_testing INTERFACE aioemu_libaio)
endif()
add_library(aioemu::testing ALIAS aioemu_testing)

install(TARGETS ${_libraries} EXPORT aioemuTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/emulator/include/aioemu
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

foreach(_program aioemu-cli aioemu-conformance aioemu-diff)
  if(TARGET ${_program})
    install(TARGETS ${_program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
foreach(_library aioemu-preload aioemu-dropin)
  if(TARGET ${_library})
    install(TARGETS ${_library} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/aioemu
      NAMELINK_SKIP)
  endif()
endforeach()

set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/aioemu)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/aioemuConfig.cmake.in
  ${CMAKE_BINARY_DIR}/aioemuConfig.cmake INSTALL_DESTINATION ${_package}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/aioemuConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT aioemuTargets NAMESPACE aioemu:: DESTINATION ${_package})
install(TARGETS aioemu_testing EXPORT aioemuTestingTargets)
install(EXPORT aioemuTestingTargets NAMESPACE aioemu:: DESTINATION ${_package})
install(FILES ${CMAKE_BINARY_DIR}/aioemuConfig.cmake ${CMAKE_BINARY_DIR}/aioemuConfigVersion.cmake
  DESTINATION ${_package})

# The .pc files find their prefix from where they are, so that a tree can be moved.
file(RELATIVE_PATH AIOEMU_PC_TO_PREFIX
  /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(_pc aioemu aioemu-libaio)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${_pc}.pc.in ${CMAKE_BINARY_DIR}/${_pc}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${_pc}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# In the build tree programs and preloaded libraries lie as they do when installed, so that the
# command finds the rest from where it is itself.
foreach(_program aioemu-cli aioemu-conformance aioemu-diff no-kernel-aio)
  if(TARGET ${_program})
    set_target_properties(${_program} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${CMAKE_INSTALL_BINDIR})
    list(APPEND _demo ${_program})
  endif()
endforeach()
foreach(_library aioemu-preload aioemu-dropin)
  if(TARGET ${_library})
    set_target_properties(${_library} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR}/aioemu)
    list(APPEND _demo ${_library})
  endif()
endforeach()
# What scripts/demo needs.
add_custom_target(demo DEPENDS ${_demo})
