#!/bin/bash -eu
exec "$SRC/aioemu/fuzz/oss_fuzz_build.sh"
