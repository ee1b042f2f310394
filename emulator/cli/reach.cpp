#include "cli/reach.h"

#include "host/session.h"

namespace aioemu::cli {

std::pair<std::optional<Mode>, std::string> parse_mode(const std::string& name) {
  if (name == "auto") return {Mode::automatic, ""};
  if (name == "preload") return {Mode::preload, ""};
  if (name == "symbols") return {Mode::symbols, ""};
  return {std::nullopt, "no mode is called '" + name + "' (auto, preload, symbols)"};
}

std::vector<std::pair<std::string, std::string>> settings_of(const Reach& reach) {
  const bool filter = reach.mode != Mode::symbols;
  return {{host::kModeVariable, filter ? host::kPreloadMode : host::kSymbolsMode},
          {host::kNoIoUringVariable, reach.no_io_uring ? "1" : "0"}};
}

std::string options_of(const Reach& reach) {
  std::string text;
  if (reach.mode == Mode::preload) text += " --mode preload";
  if (reach.mode == Mode::symbols) text += " --mode symbols";
  if (reach.no_io_uring) text += " --no-io-uring";
  return text;
}

}  // namespace aioemu::cli
