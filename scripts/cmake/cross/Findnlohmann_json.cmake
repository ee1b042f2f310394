include(${CMAKE_CURRENT_LIST_DIR}/HeaderOnly.cmake)
aioemu_header_only(nlohmann_json nlohmann_json::nlohmann_json nlohmann/json.hpp nlohmann-json3-dev)
