// libaio.so.1: the names of libaio, served by a Runtime of this process' own.
//
// A program that is linked with -laio needs nothing but LD_LIBRARY_PATH to use it. The Runtime is
// made by the first call and lives until the process ends; the settings come from the environment
// (AIOEMU_PLAN, AIOEMU_SEED, ...), or from `aioemu run`.
//
// Symbol versions: two names exist twice, with an old signature under LIBAIO_0.1 that nothing links
// against any more, and the one of today under LIBAIO_0.4. That takes .symver (the map file alone
// cannot say which function is which).
#include "libaio/dropin/process_runtime.h"
#include "libaio/names/libaio_names.h"

#define AIOEMU_EXPORT extern "C" __attribute__((visibility("default")))
#define AIOEMU_SYMVER(version) __attribute__((symver(version)))

namespace names = aioemu::libaio_names;
using aioemu::dropin::server;

AIOEMU_EXPORT const char aioemu_dropin_version[] = AIOEMU_VERSION;
