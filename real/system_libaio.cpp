#include "real/system_libaio.h"

#include <dlfcn.h>

#include <cstring>

namespace real {
namespace {

void* find(void* handle, const char* name, const char* version) {
  void* found = dlvsym(handle, name, version);
  return found != nullptr ? found : dlsym(handle, name);
}

template <typename Function>
bool resolve(void* handle, const char* name, const char* version, Function* target) {
  void* found = find(handle, name, version);
  static_assert(sizeof(found) == sizeof(*target));
  std::memcpy(target, &found, sizeof(found));
  return found != nullptr;
}

}  // namespace

std::unique_ptr<SystemLibaio> SystemLibaio::load(const std::string& path, std::string* why) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* error = dlerror();
    *why = error != nullptr ? error : "dlopen failed";
    return nullptr;
  }
  std::unique_ptr<SystemLibaio> library{new SystemLibaio(handle)};
  if (!library->resolve_all(why)) return nullptr;
  return library;
}

SystemLibaio::~SystemLibaio() { dlclose(handle_); }

bool SystemLibaio::defines(const char* symbol) const { return dlsym(handle_, symbol) != nullptr; }

bool SystemLibaio::resolve_all(std::string* why) {
  resolve(handle_, "io_pgetevents", "LIBAIO_0.5", &io_pgetevents);
  const char* missing = nullptr;
  if (!resolve(handle_, "io_setup", "LIBAIO_0.4", &io_setup)) missing = "io_setup";
  if (!resolve(handle_, "io_destroy", "LIBAIO_0.4", &io_destroy)) missing = "io_destroy";
  if (!resolve(handle_, "io_submit", "LIBAIO_0.1", &io_submit)) missing = "io_submit";
  if (!resolve(handle_, "io_getevents", "LIBAIO_0.4", &io_getevents)) missing = "io_getevents";
  if (!resolve(handle_, "io_cancel", "LIBAIO_0.4", &io_cancel)) missing = "io_cancel";
  if (missing != nullptr) *why = std::string{"the library has no "} + missing;
  return missing == nullptr;
}

}  // namespace real
