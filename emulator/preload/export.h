// How the library's few visible names are marked. Everything else in it is hidden.
#pragma once

#define AIOEMU_INTERPOSE extern "C" __attribute__((visibility("default")))
