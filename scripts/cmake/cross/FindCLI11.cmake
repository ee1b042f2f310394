include(${CMAKE_CURRENT_LIST_DIR}/HeaderOnly.cmake)
aioemu_header_only(CLI11 CLI11::CLI11 CLI/CLI.hpp libcli11-dev)
