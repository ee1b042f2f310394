#include "host/identities.h"

#include <new>

namespace aioemu::host {

fault::Identity Identities::next(const core::Context* context, std::uint64_t process) noexcept {
  fault::Identity identity;
  identity.process = process;
  Entry* entry = first_;
  while (entry != nullptr && entry->context != context) entry = entry->next;
  if (entry == nullptr) {
    void* const block = pages_.allocate(sizeof(Entry));
    if (block == nullptr) return identity;
    entry = new (block) Entry{context, next_ordinal_++, 0, first_};
    first_ = entry;
  }
  identity.context = entry->ordinal;
  identity.submit = entry->submits++;
  return identity;
}

void Identities::forget(const core::Context* context) noexcept {
  for (Entry** link = &first_; *link != nullptr; link = &(*link)->next) {
    if ((*link)->context != context) continue;
    Entry* const entry = *link;
    *link = entry->next;
    pages_.release(entry, sizeof(Entry));
    return;
  }
}

}  // namespace aioemu::host
