// Arena: the memory that programs use, at the same addresses on every side.
//
// Sides run one after the other in one process, on the same memory, so what they write can be
// compared word by word. Each area ends at a page that cannot be touched.
#pragma once

#include <linux/aio_abi.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "conformance/program/program.h"

namespace conformance::program {

class Arena {
 public:
  // The one arena of the process. Throws std::runtime_error where its addresses are taken.
  static Arena& instance();

  // As it is when a program starts: patterned data, zeroes elsewhere, everything accessible.
  void reset();

  void wipe_events();
  [[nodiscard]] std::uint64_t address(Place place) const;
  // A data field's value (verbs.h).
  [[nodiscard]] std::uint64_t data_address(std::uint64_t word) const;
  // Two of the sixteen lie at odd addresses.
  [[nodiscard]] std::uint64_t iocb_address(std::uint64_t index) const;

  // The handle variables.
  [[nodiscard]] std::uint64_t& handle(unsigned slot) { return handles()[slot]; }
  [[nodiscard]] std::uint64_t handle(unsigned slot) const { return handles()[slot]; }

  // Whether the `size` bytes at `address` are the arena's and readable whatever a program does.
  [[nodiscard]] bool readable(std::uint64_t address, std::size_t size) const;
  [[nodiscard]] static bool contains(std::uint64_t address);
  // An address at which nothing can be on any side: not even by accident.
  static bool surely_unmapped(std::uint64_t address);
  // What reads may be aimed at: data, pages that cannot be written, nothing.
  [[nodiscard]] bool harmless_target(std::uint64_t address) const;

  // Until the next reset.
  void protect_iocbs(int protection);
  [[nodiscard]] int iocbs_protection() const { return iocbs_protection_; }

  // Digests for the transcript.
  [[nodiscard]] std::uint64_t data_digest() const;
  [[nodiscard]] std::uint64_t iocbs_digest() const;  // without the words that hold descriptors
  [[nodiscard]] std::uint64_t events_digest() const;

  // A scratch iocb and list of the runner's own, out of the program's reach.
  [[nodiscard]] iocb* own_iocb();
  [[nodiscard]] iocb** own_list();  // kOwnList entries

  static constexpr std::size_t kOwnList = 256;

 private:
  Arena();
  [[nodiscard]] std::uint64_t* handles() const;
  int iocbs_protection_ = 3;
};

// A digest of memory whose size is a multiple of eight.
std::uint64_t digest(const void* data, std::size_t size, std::uint64_t seed = 0);

}  // namespace conformance::program
