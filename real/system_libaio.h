// A library with libaio's names: the system's or any other, loaded at run time, or linked in.
#pragma once

#include <linux/aio_abi.h>
#include <signal.h>
#include <time.h>

#include <memory>
#include <string>

namespace real {

// Calls follow libaio's convention: 0 or a count, or -errno. Any thread may call.
struct LibaioFunctions {
  int (*io_setup)(int, void**) = nullptr;
  int (*io_destroy)(void*) = nullptr;
  int (*io_submit)(void*, long, iocb**) = nullptr;
  int (*io_getevents)(void*, long, long, io_event*, timespec*) = nullptr;
  int (*io_cancel)(void*, iocb*, io_event*) = nullptr;
  // Null in libraries older than 0.3.112.
  int (*io_pgetevents)(void*, long, long, io_event*, timespec*, sigset_t*) = nullptr;
};

// The libaio that a static program carries (target aioemu_real_linked_libaio).
const LibaioFunctions& linked_libaio();

// A shared library. It stays loaded for good, for it may have threads of its own.
class SystemLibaio : public LibaioFunctions {
 public:
  // Loads `path` ("libaio.so.1" is looked up as the dynamic linker does). Null, with the reason in
  // `*why`, when it cannot be loaded or lacks one of io_setup, io_destroy, io_submit,
  // io_getevents, io_cancel. The version libaio.h binds to is taken where there is one
  // (LIBAIO_0.4, for io_submit 0.1, for io_pgetevents 0.5), else the default version.
  static std::unique_ptr<SystemLibaio> load(const std::string& path, std::string* why);
  ~SystemLibaio();
  SystemLibaio(const SystemLibaio&) = delete;
  SystemLibaio& operator=(const SystemLibaio&) = delete;

  // Whether the library also defines `symbol`, in whatever version.
  [[nodiscard]] bool defines(const char* symbol) const;

 private:
  explicit SystemLibaio(void* handle) : handle_(handle) {}
  bool resolve_all(std::string* why);

  void* handle_;
};

}  // namespace real
