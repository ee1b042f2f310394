// `aioemu explain 'LINE'`: says in words what a rule will do and whether it is legal.
#pragma once

#include <string>

namespace aioemu::cli {

// Explains every rule of `text`. 0 when a run would take it, 1 when it would be refused, with the
// reason.
int explain_command(const std::string& text);

}  // namespace aioemu::cli
