// FileNames: the paths of the files that records speak of, each said once.
//
// A table in shared memory. Zero bytes are an empty one. Names beyond its size, or that do not fit,
// are left out: a file without a name is still told from all others.
//
// Threading: any thread of any process.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aioemu::observe {

class FileNames {
 public:
  static constexpr std::size_t kFiles = 512;
  static constexpr std::size_t kLongest = 239;

  // A place for the name of `file`, which is not 0: to be filled by the caller, who alone has it.
  // Null when there is one already, or no room.
  class Place {
   public:
    void fill(std::string_view name) noexcept {
      length_ = static_cast<std::uint32_t>(name.copy(name_.data(), kLongest));
      filled_.store(1, std::memory_order_release);
    }

   private:
    friend class FileNames;
    std::atomic<std::uint64_t> file_;
    std::atomic<std::uint32_t> filled_;
    std::uint32_t length_;
    std::array<char, kLongest + 1> name_;
  };
  [[nodiscard]] Place* claim(std::uint64_t file) noexcept {
    for (std::size_t i = 0; i < kTries; ++i) {
      Place& place = places_[(file + i) % kFiles];
      std::uint64_t there = place.file_.load(std::memory_order_relaxed);
      if (there == 0 && place.file_.compare_exchange_strong(there, file)) return &place;
      if (there == file) return nullptr;
    }
    return nullptr;
  }

  // Empty when it is not known.
  [[nodiscard]] std::string_view find(std::uint64_t file) const noexcept {
    for (std::size_t i = 0; i < kTries; ++i) {
      const Place& place = places_[(file + i) % kFiles];
      if (place.file_.load(std::memory_order_relaxed) != file) continue;
      if (place.filled_.load(std::memory_order_acquire) == 0) return {};
      return {place.name_.data(), place.length_};
    }
    return {};
  }

 private:
  static constexpr std::size_t kTries = 16;
  std::array<Place, kFiles> places_{};
};

}  // namespace aioemu::observe
