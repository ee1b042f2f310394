// Who serves libaio's names (libaio/names/exported_names.cpp) in the preload library. They are
// there, with their versions, so that a program linked with libaio, even one that makes its system
// calls with an instruction of its own (libaio 0.3.110 and older), is served as well.
#include "libaio/names/process_server.h"

#include "host/program_caller.h"
#include "preload/agent.h"

namespace aioemu {

libaio_names::Server& libaio_names::process_server(const void* caller) noexcept {
  host::note_caller(caller);
  static constinit preload::Agent agent(host::Entry::libaio_symbol);
  return agent;
}

}  // namespace aioemu
