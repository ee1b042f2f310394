#!/bin/bash -eu
# build.sh of an OSS-Fuzz or ClusterFuzzLite project: builds every fuzz target into $OUT.
#
# Takes what those environments set: CC, CXX, CFLAGS, CXXFLAGS (with the sanitizer and the coverage
# instrumentation), LIB_FUZZING_ENGINE, SRC (where this repository is checked out, as
# $SRC/aioemu), WORK and OUT. Leaves in $OUT, for each target of the registry but the canary:
#
#   fuzz_NAME   fuzz_NAME.options   fuzz_NAME_seed_corpus.zip   fuzz_NAME.dict
#
# Needs cmake, ninja, zip, and Debian's libgtest-dev libgmock-dev libcli11-dev libaio-dev.
here=$(cd "$(dirname "$0")/.." && pwd)
source=$here
[ ! -d "${SRC:-/none}/aioemu" ] || source=$SRC/aioemu
: "${OUT:?the directory for the targets}" "${WORK:=$(mktemp -d)}"
: "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}" "${CC:=clang}" "${CXX:=clang++}"
export CC CXX LIB_FUZZING_ENGINE

cmake -S "$source" -B "$WORK/aioemu" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DAIOEMU_BENCH=OFF -DAIOEMU_LIBFUZZER=ON -DLIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$WORK/aioemu" --target fuzz_targets

sed -n '/^[a-z]/s/ *| */|/gp' "$source/fuzz/registry.txt" |
  while IFS='|' read -r name kind _ max_len corpora dictionary _; do
    [ "$kind" != canary ] || continue
    cp "$WORK/aioemu/fuzz/fuzz_$name" "$OUT/"
    printf '[libfuzzer]\nmax_len = %s\n' "$max_len" >"$OUT/fuzz_$name.options"
    # The emulator's guard stands behind the sanitizer's handler.
    printf '[asan]\nallow_user_segv_handler = 1\n' >>"$OUT/fuzz_$name.options"
    [ "$dictionary" = - ] || cp "$WORK/aioemu/fuzz/$dictionary.dict" "$OUT/fuzz_$name.dict"
    files=()
    for corpus in $corpora; do
      while IFS= read -r file; do files+=("$file"); done < <(find "$source/fuzz/corpus/$corpus" -type f)
    done
    if [ -d "$source/fuzz/regressions/$name" ]; then
      while IFS= read -r file; do files+=("$file"); done < <(find "$source/fuzz/regressions/$name" -type f)
    fi
    zip -q -j - "${files[@]}" >"$OUT/fuzz_${name}_seed_corpus.zip"
  done
