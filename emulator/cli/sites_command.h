// `aioemu sites`: the places at which a fault can act, what can happen there, and which errors are
// legal.
#pragma once

namespace aioemu::cli {

int sites_command();

}  // namespace aioemu::cli
