// `aioemu explain 'LINE'`: says in words what a rule will do and whether it is legal.
#pragma once

#include <string>

namespace aioemu::cli {

// Explains every rule of `text`. 0 when all of it is legal, 1 when it is not or when `text` is no
// plan, 2 when there is nothing to explain; with the reason on standard error.
int explain_command(const std::string& text);

}  // namespace aioemu::cli
