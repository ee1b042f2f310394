// A static program: nothing is loaded, and nothing can stand before its system calls. It carries a
// libaio of its own.
#include <memory>

#include "conformance/backends/six_calls.h"
#include "real/system_libaio.h"

namespace conformance {

std::unique_ptr<SixCalls> make_library_calls(const std::string& path, bool* is_dropin,
                                             std::string* why) {
  *is_dropin = false;
  *why = "this program is static and cannot load " + path + "; use libaio-static";
  return nullptr;
}

std::unique_ptr<SixCalls> make_linked_calls() {
  return wrap_library(std::make_shared<real::LibaioFunctions>(real::linked_libaio()));
}

bool below_preload() { return false; }

}  // namespace conformance
