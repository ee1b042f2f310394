// `aioemu profiles [NAME]`: the profiles there are, or the rules of one.
#pragma once

#include <cstdint>
#include <string>

namespace aioemu::cli {

// Without a name: one line per profile. With one: its text, for `swarm` what `aioemu run` draws by
// `seed`. 2 when there is no such profile.
int profiles_command(const std::string& name, std::uint64_t seed);

}  // namespace aioemu::cli
