#include "host/identities.h"

#include <new>

namespace aioemu::host {

Identities::Entry* Identities::entry_of(const core::Context* context) noexcept {
  Entry* entry = first_;
  while (entry != nullptr && entry->context != context) entry = entry->next;
  if (entry != nullptr) return entry;
  void* const block = pages_.allocate(sizeof(Entry));
  if (block == nullptr) return nullptr;
  first_ = new (block) Entry{context, next_ordinal_++, {}, first_};
  return first_;
}

fault::Identity Identities::next(const core::Context* context, Counted call) noexcept {
  fault::Identity identity;
  identity.process = process_;
  Entry* const entry = entry_of(context);
  if (entry == nullptr) return identity;
  identity.context = entry->ordinal;
  identity.submit = entry->calls[static_cast<std::size_t>(call)]++;
  return identity;
}

fault::Identity Identities::of(const core::Context* context) noexcept {
  const Entry* const entry = entry_of(context);
  return {process_, entry == nullptr ? 0 : entry->ordinal};
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
