#include <variant>

#include "aioemu/libaio.h"
#include "aioemu/runtime.h"
#include "aioemu/six_calls.h"
#include "aioemu/world.h"
#include "libaio/in_world/serving.h"
#include "libaio/names/libaio_names.h"

namespace aioemu {

struct LibaioScope::Server {
  explicit Server(World& world) : of(std::in_place_type<libaio_names::ServerOf<World>>, world) {}
  explicit Server(Runtime& runtime)
      : of(std::in_place_type<libaio_names::ServerOf<Runtime>>, runtime) {}
  explicit Server(SixCalls& calls)
      : of(std::in_place_type<libaio_names::ServerOf<SixCalls>>, calls) {}

  libaio_names::Server& get() {
    return std::visit([](auto& server) -> libaio_names::Server& { return server; }, of);
  }

  std::variant<libaio_names::ServerOf<World>, libaio_names::ServerOf<Runtime>,
               libaio_names::ServerOf<SixCalls>>
      of;
};

LibaioScope::LibaioScope(World& world) : server_(std::make_unique<Server>(world)) {
  in_world::open(server_->get(), in_world::Threads::only_this_one);
}

LibaioScope::LibaioScope(Runtime& runtime) : server_(std::make_unique<Server>(runtime)) {
  in_world::open(server_->get(), in_world::Threads::any);
}

LibaioScope::LibaioScope(SixCalls& calls) : server_(std::make_unique<Server>(calls)) {
  in_world::open(server_->get(), in_world::Threads::any);
}

LibaioScope::~LibaioScope() { in_world::close(); }

}  // namespace aioemu
