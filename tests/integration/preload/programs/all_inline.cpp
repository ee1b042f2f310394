// A library to be preloaded in front of ours: it turns every syscall() of a program into an inline
// system call. A program that was written for syscall(), such as the conformance suite, is then
// served by the filter alone.
#include <cerrno>
#include <cstdarg>

#include "tests/integration/preload/programs/inline_calls.h"

extern "C" __attribute__((visibility("default"))) long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  const long result = program::inline_call(number, arguments[0], arguments[1], arguments[2],
                                           arguments[3], arguments[4], arguments[5]);
  if (result >= 0 || result < -4095) return result;
  errno = static_cast<int>(-result);
  return -1;
}
