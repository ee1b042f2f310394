# PART=cmake:     find_package(aioemu), aioemu::aioemu and aioemu::libaio
# PART=pkgconfig: the same two programs with nothing but a compiler and pkg-config
# PART=moved:     the installed tree still works from another place, and holds what it must
file(REMOVE_RECURSE ${WORK})
set(prefix ${WORK}/prefix)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

# The consumer prints one line per program; it must be this one.
function(expect_output program expected)
  run(${program})
  string(STRIP "${output}" got)
  if(NOT got STREQUAL expected)
    message(FATAL_ERROR "${program} printed '${got}' instead of '${expected}'")
  endif()
endfunction()

function(expect_file path)
  if(NOT EXISTS ${prefix}/${path})
    message(FATAL_ERROR "not installed: ${path}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})

if(PART STREQUAL "moved")
  file(RENAME ${prefix} ${WORK}/elsewhere)
  set(prefix ${WORK}/elsewhere)
endif()

if(PART STREQUAL "pkgconfig")
  find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
  foreach(program world libaio)
    set(module aioemu)
    if(program STREQUAL "libaio")
      set(module aioemu-libaio)
    endif()
    run(${PKG_CONFIG} --static --cflags --libs ${module})
    separate_arguments(flags UNIX_COMMAND "${output}")
    run(${CXX} -std=c++20 ${CONSUMER}/${program}.cpp -o ${WORK}/${program} ${flags})
  endforeach()
  set(bin ${WORK})
else()
  run(${CMAKE_COMMAND} -S ${CONSUMER} -B ${WORK}/consumer -G ${GENERATOR}
    -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_BUILD_TYPE=Debug)
  run(${CMAKE_COMMAND} --build ${WORK}/consumer)
  set(bin ${WORK}/consumer)
endif()

set(ENV{LD_LIBRARY_PATH} ${prefix}/${LIBDIR})
expect_output(${bin}/world "World: 1 of 2 submitted, 1 event, res 512")
expect_output(${bin}/libaio "libaio: 1 event, res 512")
if(NOT PART STREQUAL "pkgconfig")
  run(${bin}/testing/own_test)
endif()

if(PART STREQUAL "moved")
  foreach(file bin/aioemu bin/aioemu-conformance include/aioemu/world.h include/aioemu/runtime.h
      include/aioemu/libaio.h ${LIBDIR}/aioemu/libaio.so.1 ${LIBDIR}/aioemu/libaioemu-preload.so)
    expect_file(${file})
  endforeach()
  run(${prefix}/bin/aioemu --version)
endif()
