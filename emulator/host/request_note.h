// RequestNote: what an address space remembers about an accepted request besides what the core
// does, while somebody looks on or some rule may ask.
//
// It hangs at Request::owner_note from acceptance to completion. A request for which there was no
// memory has none: nothing is told about it, and no fault meets it.
#pragma once

#include <cstdint>

#include "core/ports.h"
#include "core/request.h"
#include "fault/questions.h"

namespace aioemu::host {

struct RequestNote {
  fault::AcceptedRequest question;   // about it, as every layer asks
  fault::FileView view;              // what question.file points to, if anything
  fault::CompleteDecision decision;  // what the complete layer said
  std::uint64_t file = 0;            // tells files apart
  std::uint64_t caller = 0;          // the program's code that submitted it
  bool announced = false;            // its acceptance has been told
  bool medium_asked = false;         // the medium has decided
  int medium_rule = fault::kNoRule;  // that made a difference there, of so much:
  std::uint64_t medium_amount = 0;
  std::byte* before = nullptr;  // room for what a read's buffer held before it, or null
  std::uint64_t before_bytes = 0;
  bool remembered = false;       // and it is there
  int culprit = fault::kNoRule;  // whose wrong sector it met
  RequestNote* next = nullptr;   // among the free ones
};

// The notes of one address space. Threading: its lock.
class RequestNotes {
 public:
  explicit RequestNotes(core::KernelMemory& pages) noexcept : pages_(pages) {}
  // Gives all memory back; no note may be in use.
  void release_all() noexcept;

  // An empty one, or null when there is no memory.
  [[nodiscard]] RequestNote* take() noexcept;
  void give(RequestNote& note) noexcept {
    note.next = free_;
    free_ = &note;
  }

  [[nodiscard]] static RequestNote* of(const core::Request& request) noexcept {
    return static_cast<RequestNote*>(request.owner_note);
  }

 private:
  static constexpr std::size_t kPerChunk = 64;
  struct Chunk {
    Chunk* next = nullptr;
    RequestNote notes[kPerChunk];
  };

  core::KernelMemory& pages_;
  RequestNote* free_ = nullptr;
  Chunk* chunks_ = nullptr;
};

}  // namespace aioemu::host
