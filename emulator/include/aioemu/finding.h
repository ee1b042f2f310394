// OracleFinding: something that the program under test did wrong, as World and Runtime saw it.
#pragma once

#include <string>
#include <vector>

namespace aioemu {

struct OracleFinding {
  std::string oracle;              // "dropped_iocb" ...: docs/oracles.md
  std::vector<std::string> story;  // lines: what is wrong, where it happened, what to do about it
};

}  // namespace aioemu
