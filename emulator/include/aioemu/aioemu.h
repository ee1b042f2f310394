// Everything public but aioemu/testing/, which wants gtest.
#pragma once

#include "aioemu/aio_types.h"
#include "aioemu/choice.h"
#include "aioemu/libaio.h"
#include "aioemu/runtime.h"
#include "aioemu/six_calls.h"
#include "aioemu/world.h"
