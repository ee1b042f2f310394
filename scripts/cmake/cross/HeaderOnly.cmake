# aioemu_header_only(package target header debian_package): an imported target for a library that
# is headers only, in /usr/include, where the cross compiler looks by itself.
include(FindPackageHandleStandardArgs)

macro(aioemu_header_only package target header debian_package)
  find_file(AIOEMU_HEADER_${package} ${header} PATHS /usr/include
    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  mark_as_advanced(AIOEMU_HEADER_${package})
  find_package_handle_standard_args(${package}
    REASON_FAILURE_MESSAGE "install the package ${debian_package}"
    REQUIRED_VARS AIOEMU_HEADER_${package})
  if(${package}_FOUND AND NOT TARGET ${target})
    add_library(${target} INTERFACE IMPORTED GLOBAL)
  endif()
endmacro()
