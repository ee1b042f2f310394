#include "conformance/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

namespace conformance {
namespace {

std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

void change_protection(char* at, std::size_t size, int protection) {
  if (mprotect(at, size, protection) != 0) throw std::runtime_error("mprotect failed");
}

}  // namespace

Pages::Pages(std::size_t count) : size_(count * page_size()) {
  std::size_t with_fences = size_ + 2 * page_size();
  void* area = mmap(nullptr, with_fences, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) throw std::runtime_error("mmap failed");
  data_ = static_cast<char*>(area) + page_size();
  change_protection(data_, size_, PROT_READ | PROT_WRITE);
}

Pages::~Pages() { munmap(data_ - page_size(), size_ + 2 * page_size()); }

void Pages::protect(int protection) { change_protection(data_, size_, protection); }

void Pages::protect_page(std::size_t index, int protection) {
  change_protection(data_ + index * page_size(), page_size(), protection);
}

}  // namespace conformance
