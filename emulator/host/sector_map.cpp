#include "host/sector_map.h"

#include <new>

#include "base/prng.h"

namespace aioemu::host {

SectorMap::~SectorMap() {
  for (SectorNote* note : buckets_) {
    while (note != nullptr) {
      SectorNote* const next = note->next;
      release(*note);
      note = next;
    }
  }
}

std::size_t SectorMap::bucket_of(const SectorKey& key) noexcept {
  return Prng::mix(Prng::mix(key.device ^ Prng::mix(key.inode)) + key.sector) % kBuckets;
}

SectorNote* SectorMap::find(const SectorKey& key) const noexcept {
  if (count_ == 0) return nullptr;
  SectorNote* note = buckets_[bucket_of(key)];
  while (note != nullptr && !(note->key == key)) note = note->next;
  return note;
}

SectorNote* SectorMap::make(const SectorKey& key) noexcept {
  if (SectorNote* const known = find(key)) return known;
  void* const block = pool_.allocate(sizeof(SectorNote));
  if (block == nullptr) return nullptr;
  auto* const note = new (block) SectorNote;
  SectorNote*& first = buckets_[bucket_of(key)];
  note->key = key;
  note->next = first;
  first = note;
  ++count_;
  return note;
}

bool SectorMap::give_bytes(SectorNote& note) noexcept {
  if (note.bytes == nullptr) note.bytes = static_cast<std::byte*>(pool_.allocate(sector_));
  return note.bytes != nullptr;
}

void SectorMap::release(SectorNote& note) noexcept {
  pool_.release(note.bytes, sector_);
  pool_.release(&note, sizeof note);
}

void SectorMap::erase(const SectorKey& key) noexcept {
  if (count_ == 0) return;
  for (SectorNote** link = &buckets_[bucket_of(key)]; *link != nullptr; link = &(*link)->next) {
    if (!((*link)->key == key)) continue;
    SectorNote* const note = *link;
    *link = note->next;
    release(*note);
    --count_;
    return;
  }
}

}  // namespace aioemu::host
