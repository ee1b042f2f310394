// nothing STATUS: makes no AIO call and ends with that status; "signal N" ends it by signal N.
#include <csignal>
#include <cstdlib>

namespace {

int number(const char* text) { return static_cast<int>(std::strtol(text, nullptr, 10)); }

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) raise(number(argv[2]));
  return argc < 2 ? 0 : number(argv[1]);
}
