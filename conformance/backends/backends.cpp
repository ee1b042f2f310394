#include "conformance/backends/backends.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "conformance/backends/real_backend.h"
#include "conformance/backends/six_calls.h"
#include "conformance/backends/world.h"
#include "real/probe.h"

namespace conformance {
namespace {

constexpr const char* kLibraryPrefix = "lib:";
constexpr const char* kProfilePrefix = "emulator:";

bool names_a_library(const std::string& name) {
  return name.rfind(kLibraryPrefix, 0) == 0 && name.size() > 4;
}

bool names_a_profile(const std::string& name) {
  return name.rfind(kProfilePrefix, 0) == 0 && is_world_profile(name.substr(9));
}

MadeBackend unavailable(std::string reason) { return {nullptr, std::move(reason)}; }

MadeBackend on_this_machine(const std::string& name, std::unique_ptr<SixCalls> calls,
                            const std::string& kernel, bool library_reads_ring) {
  std::string reason = why_unavailable(*calls);
  if (!reason.empty()) return unavailable(reason);
  return {make_real_backend(name, std::move(calls), kernel, library_reads_ring), ""};
}

MadeBackend make_raw(const std::string& name) {
  if (name == "kernel" && below_preload()) {
    return unavailable("a preload library answers the calls; that backend is called preload");
  }
  if (name == "preload" && !below_preload()) {
    return unavailable("no preload library is active (LD_PRELOAD)");
  }
  std::string below = name == "preload" ? "the preload library on " : "";
  return on_this_machine(name, make_raw_calls(), below + real::kernel_name(), false);
}

MadeBackend make_libaio(const std::string& name) {
  bool is_dropin = false;
  std::string why;
  std::unique_ptr<SixCalls> calls = make_library_calls("libaio.so.1", &is_dropin, &why);
  if (calls == nullptr) return unavailable(why);
  if (name == "libaio" && is_dropin) {
    return unavailable("libaio.so.1 is the emulator's here; that backend is called drop-in");
  }
  if (name == "drop-in" && !is_dropin) {
    return unavailable("libaio.so.1 is the system's here (LD_LIBRARY_PATH)");
  }
  return on_this_machine(name, std::move(calls),
                         (is_dropin ? "drop-in on " : "libaio on ") + real::kernel_name(), true);
}

MadeBackend make_library(const std::string& name) {
  std::string path = name.substr(4);
  bool is_dropin = false;
  std::string why;
  std::unique_ptr<SixCalls> calls = make_library_calls(path, &is_dropin, &why);
  if (calls == nullptr) return unavailable(why);
  bool from_ring = why_unavailable(*calls).empty() && answers_from_ring(*calls);
  return on_this_machine(name, std::move(calls), path + " on " + real::kernel_name(), from_ring);
}

MadeBackend make_linked_libaio(const std::string& name) {
  std::unique_ptr<SixCalls> calls = make_linked_calls();
  if (calls == nullptr) {
    return unavailable("only aioemu-conformance-static carries a libaio; use libaio");
  }
  return on_this_machine(name, std::move(calls), "libaio on " + real::kernel_name(), true);
}

bool libaio_is_dropin() {
  bool is_dropin = false;
  std::string why;
  return make_library_calls("libaio.so.1", &is_dropin, &why) != nullptr && is_dropin;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::string{name} + "=" + value + " " : "";
}

}  // namespace

MadeBackend make_backend(const std::string& name) {
  if (name == "emulator" || names_a_profile(name)) return {make_world_backend(name), ""};
  if (name == "libaio-static") return make_linked_libaio(name);
  if (name == "libaio" || name == "drop-in") return make_libaio(name);
  if (names_a_library(name)) return make_library(name);
  return make_raw(name);
}

bool is_backend_name(const std::string& name) {
  std::vector<std::string> known = ledger_backend_names();
  return names_a_library(name) || names_a_profile(name) ||
         (name != kLibraryPrefix && std::find(known.begin(), known.end(), name) != known.end());
}

std::string backend_choices() {
  std::string choices = "emulator";
  for (const std::string& profile : world_profiles()) choices += ", " + (kProfilePrefix + profile);
  for (const std::string& name : ledger_backend_names()) {
    if (name != "emulator") choices += ", " + name;
  }
  return choices + "PATH";
}

std::vector<std::string> ledger_backend_names() {
  return {"emulator", "kernel",  "libaio",  "libaio-static",
          "preload",  "drop-in", "syscall", kLibraryPrefix};
}

std::string ledger_name(const std::string& backend) {
  if (names_a_profile(backend)) return "emulator";
  return names_a_library(backend) ? kLibraryPrefix : backend;
}

std::vector<std::string> default_backends() {
  if (below_preload()) return {"preload"};
  std::vector<std::string> names{"emulator", "kernel"};
  if (make_linked_calls() != nullptr) {
    names.emplace_back("libaio-static");
  } else {
    names.emplace_back(libaio_is_dropin() ? "drop-in" : "libaio");
  }
  return names;
}

std::string replay_environment(const std::string& backend) {
  if (backend == "preload") return variable("LD_PRELOAD");
  if (backend == "drop-in") return variable("LD_LIBRARY_PATH");
  return "";
}

}  // namespace conformance
