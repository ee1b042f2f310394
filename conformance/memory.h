// Memory for tests: pages with chosen protection, buffers that end where a page ends.
#pragma once

#include <cstddef>
#include <cstdint>

namespace conformance {

// Whole pages, page-aligned, readable and writable and zero at first, with a fence page (PROT_NONE)
// before and after. Unmapped again at the end.
class Pages {
 public:
  explicit Pages(std::size_t count);
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  [[nodiscard]] char* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // The last `n` bytes: one byte further on is a fault.
  [[nodiscard]] char* tail(std::size_t n) const { return data_ + size_ - n; }
  // PROT_NONE, PROT_READ, ...: of all pages, or of page `index`.
  void protect(int protection);
  void protect_page(std::size_t index, int protection);

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

// An address in the user half that nothing is mapped at.
inline void* unmapped_address() { return reinterpret_cast<void*>(std::uintptr_t{0x1000}); }
// An address in the kernel half.
inline void* kernel_address() {
  return reinterpret_cast<void*>(std::uintptr_t{0xffff888000000000});
}

}  // namespace conformance
