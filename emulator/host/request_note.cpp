#include "host/request_note.h"

#include <new>

namespace aioemu::host {

RequestNote* RequestNotes::take() noexcept {
  if (free_ == nullptr) {
    void* const block = pages_.allocate(sizeof(Chunk));
    if (block == nullptr) return nullptr;
    auto* const chunk = new (block) Chunk;
    chunk->next = chunks_;
    chunks_ = chunk;
    for (RequestNote& note : chunk->notes) give(note);
  }
  RequestNote* const note = free_;
  free_ = note->next;
  note->decision = {};
  note->announced = note->medium_asked = note->remembered = false;
  note->before = nullptr;
  note->medium_rule = note->culprit = fault::kNoRule;
  return note;
}

void RequestNotes::release_all() noexcept {
  while (Chunk* const chunk = chunks_) {
    chunks_ = chunk->next;
    pages_.release(chunk, sizeof(Chunk));
  }
  free_ = nullptr;
}

}  // namespace aioemu::host
