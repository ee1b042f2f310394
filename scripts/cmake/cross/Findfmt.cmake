# Its library is the host's, so it is compiled into its users.
include(${CMAKE_CURRENT_LIST_DIR}/HeaderOnly.cmake)
aioemu_header_only(fmt fmt::fmt fmt/format-inl.h libfmt-dev)
if(fmt_FOUND)
  set_property(TARGET fmt::fmt PROPERTY INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY)
endif()
