#include "preload/child_environment.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "host/session.h"

namespace aioemu::preload {
namespace {

constexpr std::string_view kPreload = "LD_PRELOAD=";

// The first is LD_PRELOAD; the others are handed on as they are.
constexpr std::array<const char*, 7> kNames = {"LD_PRELOAD",
                                               host::kSessionVariable,
                                               host::kPlanVariable,
                                               host::kSeedVariable,
                                               host::kAioMaxNrVariable,
                                               host::kModeVariable,
                                               host::kNoIoUringVariable};
// "NAME=value" as remembered, or null. Never freed.
std::array<char*, kNames.size()> settings{};

std::string_view name_of(const char* pair) noexcept {
  return {pair, static_cast<std::size_t>(std::strchr(pair, '=') - pair) + 1};
}

bool has_name(const char* pair, std::string_view name) noexcept {
  return std::strncmp(pair, name.data(), name.size()) == 0;
}

// The element of `envp` that sets what `setting` sets, or null.
char* find(char* const* envp, const char* setting) noexcept {
  const std::string_view name = name_of(setting);
  for (; envp != nullptr && *envp != nullptr; ++envp) {
    if (has_name(*envp, name)) return *envp;
  }
  return nullptr;
}

// Does this LD_PRELOAD contain everything that ours does, in one piece?
bool names_us(const char* pair) noexcept {
  return std::strstr(pair + kPreload.size(), settings[0] + kPreload.size()) != nullptr;
}

bool complete(char* const* envp) noexcept {
  for (const char* setting : settings) {
    if (setting == nullptr) continue;
    const char* theirs = find(envp, setting);
    if (theirs == nullptr || (setting == settings[0] && !names_us(theirs))) return false;
  }
  return true;
}

std::size_t count(char* const* envp) noexcept {
  std::size_t n = 0;
  while (envp != nullptr && envp[n] != nullptr) ++n;
  return n;
}

// "LD_PRELOAD=ours:theirs" at `to`.
char* join_preloads(char* to, const char* theirs) noexcept {
  char* end = stpcpy(to, settings[0]);
  *end++ = ':';
  std::strcpy(end, theirs + kPreload.size());
  return to;
}

}  // namespace

void remember_settings() noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    char* const* pair = environ;
    const std::size_t length = std::strlen(kNames[i]);
    for (; pair != nullptr && *pair != nullptr; ++pair) {
      if (std::strncmp(*pair, kNames[i], length) == 0 && (*pair)[length] == '=') break;
    }
    // A copy: the program may write over what it was given.
    if (pair != nullptr && *pair != nullptr) settings[i] = strdup(*pair);
  }
}

std::size_t environment_space(char* const* envp) noexcept {
  std::size_t bytes = (count(envp) + settings.size() + 1) * sizeof(char*);
  if (settings[0] == nullptr) return bytes;
  const char* theirs = find(envp, settings[0]);
  if (theirs != nullptr) bytes += std::strlen(settings[0]) + std::strlen(theirs) + 2;
  return bytes;
}

char* const* complete_environment(char* const* envp, void* space) noexcept {
  if (complete(envp)) return envp;
  char** list = static_cast<char**>(space);
  const std::size_t theirs = count(envp);
  char* text = reinterpret_cast<char*>(list + theirs + settings.size() + 1);
  std::size_t n = 0;
  for (; n < theirs; ++n) {
    const bool preload = settings[0] != nullptr && has_name(envp[n], kPreload);
    list[n] = preload && !names_us(envp[n]) ? join_preloads(text, envp[n]) : envp[n];
  }
  for (char* setting : settings) {
    if (setting != nullptr && find(envp, setting) == nullptr) list[n++] = setting;
  }
  list[n] = nullptr;
  return list;
}

}  // namespace aioemu::preload
