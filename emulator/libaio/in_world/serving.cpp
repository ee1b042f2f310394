#include "libaio/in_world/serving.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace aioemu::in_world {
namespace {

// The names are global functions without an argument for "which one", so this must be global too.
// A lock, and not only an atomic: who serves, who may call and who is inside change together.
struct Open {
  std::mutex lock;
  libaio_names::Server* server = nullptr;
  Threads threads = Threads::any;
  std::thread::id opener;
  int inside = 0;
};
Open& the_open() {
  static Open open;
  return open;
}

[[noreturn]] void misuse(const char* what, const char* rule) noexcept {
  std::fprintf(stderr, "aioemu: %s: %s\n", what, rule);
  std::abort();
}

libaio_names::Server& enter(const char* function) noexcept {
  Open& open = the_open();
  const std::lock_guard<std::mutex> guard(open.lock);
  if (open.server == nullptr) {
    misuse(function, "called while no aioemu::LibaioScope is open, so nobody serves it");
  }
  if (open.threads == Threads::only_this_one && open.opener != std::this_thread::get_id()) {
    misuse(function,
           "called on another thread than the one that opened the aioemu::LibaioScope; a World is "
           "single-threaded (use a Runtime)");
  }
  ++open.inside;
  return *open.server;
}

}  // namespace

void open(libaio_names::Server& server, Threads threads) noexcept {
  Open& open = the_open();
  const std::lock_guard<std::mutex> guard(open.lock);
  if (open.server != nullptr) {
    misuse("aioemu::LibaioScope", "opened while another one is open; scopes do not nest");
  }
  open.server = &server;
  open.threads = threads;
  open.opener = std::this_thread::get_id();
}

void close() noexcept {
  Open& open = the_open();
  const std::lock_guard<std::mutex> guard(open.lock);
  if (open.threads == Threads::only_this_one && open.opener != std::this_thread::get_id()) {
    misuse("aioemu::LibaioScope", "ended on another thread than the one that opened it");
  }
  if (open.inside != 0) {
    misuse("aioemu::LibaioScope", "ended while a thread is still inside a call that it serves");
  }
  open.server = nullptr;
}

Call::Call(const char* function) noexcept : server_(enter(function)) {}

Call::~Call() {
  Open& open = the_open();
  const std::lock_guard<std::mutex> guard(open.lock);
  --open.inside;
}

}  // namespace aioemu::in_world
