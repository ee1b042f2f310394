// nothing STATUS: makes no AIO call and ends with that status; "signal N" ends it by signal N.
#include <signal.h>

#include <cstdlib>

int main(int argc, char** argv) {
  if (argc == 3) raise(std::atoi(argv[2]));
  return argc < 2 ? 0 : std::atoi(argv[1]);
}
