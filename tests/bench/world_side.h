// The emulator's side, in process: World and Runtime.
#pragma once

namespace aioemu::bench {

void register_world();

}  // namespace aioemu::bench
