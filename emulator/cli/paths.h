// Where the parts that the command needs are, beside it in a build tree or an installed one.
#pragma once

#include <string>

namespace aioemu::cli {

// Absolute paths, or empty when the part is not there.
std::string preload_library();
std::string drop_in_directory();  // holds libaio.so.1
std::string conformance_program();
std::string diff_program();

// The program itself.
std::string own_path();

}  // namespace aioemu::cli
