#include "host/medium.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/prng.h"
#include "host/request_bytes.h"
#include "host/syscalls.h"
#include "host/transfer.h"

namespace aioemu::host {

using fault::Action;
using fault::Layer;
using fault::MediumDecision;

// One transfer on its way.
struct Medium::Access {
  int fd;
  const core::Request& request;
  RequestNote* note;  // or null: then nothing is decided
  RequestBytes bytes;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;   // of the file
  std::uint64_t holes = 0;  // bytes of it that take no space yet
  std::uint64_t position = 0;
  std::uint64_t length = 0;   // that may be moved
  MediumDecision decision{};  // about a write

  [[nodiscard]] bool direct() const noexcept { return note != nullptr && note->question.direct; }
  [[nodiscard]] std::uint64_t end() const noexcept { return position + length; }
  [[nodiscard]] SectorKey key(std::uint64_t sector) const noexcept {
    return {device, inode, sector};
  }
  // Left for those who tell of it.
  void blame(int rule, std::uint64_t amount) const noexcept {
    note->medium_rule = rule;
    note->medium_amount = amount;
  }
};

namespace {

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) noexcept {
  return (value + unit - 1) / unit * unit;
}
constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) noexcept {
  return value / unit * unit;
}

bool is_read_fault(Action action) noexcept {
  return action == Action::latent_sector_error || action == Action::bit_rot ||
         action == Action::misdirected_read || action == Action::stale_read;
}

}  // namespace

Medium::Medium(const fault::Injector& injector, core::UserMemory& memory,
               std::uint32_t sector) noexcept
    : injector_(injector),
      memory_(memory),
      sector_(sector),
      wrong_(sector),
      once_(sector),
      before_(sector) {
  // A write makes sound what some read found wrong, so both are looked at.
  if (injector.acts_on(Layer::medium)) ops_ = fault::kReadOps | fault::kWriteOps;
  if (injector.acts_on(Layer::durability)) ops_ |= fault::kWriteOps;
}

Medium::~Medium() { memory::unmap_pages(scratch_, kScratch); }

// Is there a rule that wants to know what was written over? Rules may join at any time.
bool Medium::remembers() noexcept {
  const std::span<const fault::CompiledRule> rules = injector_.rules();
  for (; looked_at_ < rules.size(); ++looked_at_) {
    if (rules[looked_at_].body.act.action == Action::stale_read) remembers_ = true;
  }
  return remembers_;
}

long Medium::transfer(int fd, const core::Request& request, bool verified) noexcept {
  if (!concerns(request.op) || is_sound(request)) {
    return transfer_at_offset(fd, request, verified);
  }
  Access access{fd, request, RequestNotes::of(request), RequestBytes(request, memory_)};
  if (request.length == 0 || !look(access) || !lock_.lock()) {
    return transfer_at_offset(fd, request, verified);
  }
  return request.reads() ? read(access, verified) : write(access, verified);
}

// No rule is about this request, and nothing that a rule has done so far, or may do, concerns it.
bool Medium::is_sound(const core::Request& request) const noexcept {
  if (spoiled_.load(std::memory_order_acquire)) return false;
  const fault::OpSet medium = injector_.operations_of(Layer::medium);
  const fault::OpSet ruled = medium | injector_.operations_of(Layer::durability);
  if ((ruled & fault::op_bit(request.op)) != 0) return false;
  // A write is remembered for reads that may find what was there before it.
  return request.reads() || (medium & fault::kReadOps) == 0;
}

// False for what has no medium.
bool Medium::look(Access& access) noexcept {
  struct stat info {};
  if (raw_syscall(SYS_fstat, access.fd, &info) != 0) return false;
  if (!S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode)) return false;
  access.device = info.st_dev;
  access.inode = info.st_ino;
  access.size = static_cast<std::uint64_t>(info.st_size);
  if (S_ISBLK(info.st_mode)) raw_syscall(SYS_ioctl, access.fd, BLKGETSIZE64, &access.size);
  constexpr std::uint64_t kStatBlock = 512;
  const std::uint64_t taken = static_cast<std::uint64_t>(info.st_blocks) * kStatBlock;
  access.holes = S_ISREG(info.st_mode) && access.size > taken ? access.size - taken : 0;
  access.position =
      access.request.append ? access.size : static_cast<std::uint64_t>(access.request.offset);
  access.length = access.request.length;
  return true;
}

// ---- reads ----

// With the lock held; without it on return.
long Medium::read(Access& access, bool verified) noexcept {
  decide_read(access);
  const std::uint64_t wanted = readable(access);
  const bool once = !once_.empty();
  if (!once) lock_.unlock();
  long res = -EIO;
  if (wanted == access.length) {
    res = transfer_at_offset(access.fd, access.request, verified);
  } else if (wanted != 0) {
    res = access.bytes.move(access.fd, 0, wanted, access.position);
  }
  if (!once && !lock_.lock()) return res;
  if (res > 0) {
    patch(access, static_cast<std::uint64_t>(res), wrong_);
    patch(access, static_cast<std::uint64_t>(res), once_);
  }
  if (once) forget_once(access);
  lock_.unlock();
  return res;
}

// A read that begins at the end of the file moves nothing, and meets no fault.
void Medium::decide_read(Access& access) noexcept {
  RequestNote* const note = access.note;
  if (note == nullptr || note->medium_asked || access.position >= access.size) return;
  if ((injector_.operations_of(Layer::medium) & fault::op_bit(access.request.op)) == 0) return;
  note->medium_asked = true;
  const MediumDecision decision = injector_.decide(fault::MediumAccess{note->question});
  if (!decision.fires) return;
  spoiled_.store(true, std::memory_order_release);
  if (is_read_fault(decision.action) && spoil(access, decision, decision.sticky ? wrong_ : once_)) {
    access.blame(decision.rule, access.length);
  } else {
    injector_.take_back(decision.rule);
  }
}

// False when that makes no difference.
bool Medium::spoil(const Access& access, const MediumDecision& decision, SectorMap& map) noexcept {
  if (decision.action == Action::bit_rot) return rot(access, decision, map);
  const std::uint64_t first = access.position / sector_;
  const std::uint64_t end = round_up(std::min(access.end(), access.size), sector_) / sector_;
  bool changed = false;
  for (std::uint64_t sector = first; sector < std::min(end, first + kMostSectors); ++sector) {
    const SectorKey key = access.key(sector);
    if (decision.action == Action::stale_read && before_.find(key) == nullptr) continue;
    SectorNote* const note = map.make(key);
    if (note == nullptr) break;
    note->rule = decision.rule;
    if (decision.action == Action::latent_sector_error) {
      note->unreadable = changed = true;
    } else if (show(access, decision, map, *note)) {
      changed = true;
    }
  }
  return changed;
}

// The bit that follows from where the sector is, if the access reads it; another one otherwise.
bool Medium::rot(const Access& access, const MediumDecision& decision, SectorMap& map) noexcept {
  const std::uint64_t end = std::min(access.end(), access.size);
  const std::uint64_t first = access.position / sector_;
  const std::uint64_t sectors = round_up(end, sector_) / sector_ - first;
  const std::uint64_t sector = first + decision.random % sectors;
  const std::uint64_t base = sector * sector_;
  const std::uint64_t from = std::max(access.position, base) - base;
  const std::uint64_t to = std::min(end, base + sector_) - base;
  const std::uint64_t place = Prng::mix(sector + 1);
  std::uint64_t bit = place % (sector_ * 8);
  if (bit / 8 < from || bit / 8 >= to) bit = from * 8 + place % ((to - from) * 8);
  SectorNote* const note = map.make(access.key(sector));
  if (note == nullptr) return false;
  note->rule = decision.rule;
  note->bit = static_cast<std::int64_t>(bit);
  return true;
}

// Gives the sector the bytes that it shows from now on.
bool Medium::show(const Access& access, const MediumDecision& decision, SectorMap& map,
                  SectorNote& note) noexcept {
  if (!map.give_bytes(note)) return false;
  const std::uint64_t sector = note.key.sector;
  if (decision.action == Action::stale_read) {
    std::memcpy(note.bytes, before_.find(access.key(sector))->bytes, sector_);
    return true;
  }
  const std::uint64_t sectors = round_up(access.size, sector_) / sector_;
  const std::uint64_t other =
      sectors > 1 ? (sector + 1 + decision.random % (sectors - 1)) % sectors : sector;
  return pristine(access, other, note.bytes) && other != sector;
}

// How many bytes can be read. From the page cache, what is before the block of an unreadable
// sector; from the device, all or nothing.
std::uint64_t Medium::readable(Access& access) const noexcept {
  if (wrong_.empty() && once_.empty()) return access.length;
  const std::uint64_t end = round_up(access.end(), sector_) / sector_;
  for (std::uint64_t sector = access.position / sector_; sector < end; ++sector) {
    const SectorKey key = access.key(sector);
    const SectorNote* note = wrong_.find(key);
    if (note == nullptr || !note->unreadable) note = once_.find(key);
    if (note == nullptr || !note->unreadable) continue;
    if (access.note != nullptr) access.note->culprit = note->rule;
    const std::uint64_t block = round_down(sector * sector_, kBlock);
    return access.direct() || block <= access.position ? 0 : block - access.position;
  }
  return access.length;
}

// What `map` says of the first `bytes` bytes, which have been read.
void Medium::patch(const Access& access, std::uint64_t bytes, const SectorMap& map) noexcept {
  if (map.empty()) return;
  const std::uint64_t end = round_up(access.position + bytes, sector_) / sector_;
  for (std::uint64_t sector = access.position / sector_; sector < end; ++sector) {
    const SectorNote* const note = map.find(access.key(sector));
    if (note != nullptr) patch_sector(access, bytes, *note);
  }
}

void Medium::patch_sector(const Access& access, std::uint64_t bytes,
                          const SectorNote& note) noexcept {
  const std::uint64_t base = note.key.sector * sector_;
  const std::uint64_t from = std::max(access.position, base);
  const std::uint64_t to = std::min(access.position + bytes, base + sector_);
  if (note.bytes != nullptr) {
    access.bytes.put(from - access.position, note.bytes + (from - base), to - from);
  }
  if (note.bit < 0) return;
  const std::uint64_t place = base + static_cast<std::uint64_t>(note.bit) / 8;
  std::byte byte{};
  if (place < from || place >= to || !access.bytes.take(place - access.position, &byte, 1)) return;
  byte ^= std::byte{1} << (note.bit % 8);
  access.bytes.put(place - access.position, &byte, 1);
}

void Medium::forget_once(const Access& access) noexcept {
  const std::uint64_t end = round_up(access.end(), sector_) / sector_;
  for (std::uint64_t sector = access.position / sector_; sector < end; ++sector) {
    once_.erase(access.key(sector));
  }
}

// The file's own bytes, zeroes behind its end. False when they cannot be read.
bool Medium::pristine(const Access& access, std::uint64_t sector, std::byte* to) noexcept {
  if (scratch_ == nullptr) {
    scratch_ = static_cast<std::byte*>(memory::map_pages(kScratch));
    if (scratch_ == nullptr) return false;
  }
  // In whole blocks, as a direct read wants it.
  const std::uint64_t base = sector * sector_;
  const std::uint64_t block = round_down(base, kBlock);
  const std::uint64_t length = round_up(base + sector_, kBlock) - block;
  const long done = raw_syscall(SYS_pread64, access.fd, scratch_, length, block);
  if (done < 0) return false;
  const auto read = static_cast<std::uint64_t>(done);
  if (read < length) std::memset(scratch_ + read, 0, length - read);
  std::memcpy(to, scratch_ + (base - block), sector_);
  return true;
}

// ---- writes ----

// With the lock held; without it on return.
long Medium::write(Access& access, bool verified) noexcept {
  const std::uint64_t whole = access.length;
  if (access.note != nullptr && !access.note->medium_asked) {
    access.note->medium_asked = true;
    decide_space(access);
    if (access.length != 0) decide_write(access);
  }
  const bool fails = access.decision.fires;
  const bool arrives = !fails || access.decision.action == Action::torn_write;
  if (remembers() && arrives) remember(access);
  if (fails || access.length == 0) {
    const long res = access.length == 0 ? -ENOSPC : write_wrong(access);
    lock_.unlock();
    return res;
  }
  lock_.unlock();
  const long res = access.length == whole
                       ? transfer_at_offset(access.fd, access.request, verified)
                       : access.bytes.move(access.fd, 0, access.length, access.position);
  if (res <= 0 || !lock_.lock()) return res;
  heal(access, 0, static_cast<std::uint64_t>(res), access.position);
  lock_.unlock();
  return res;
}

// Shortens the write to what there is room for. A direct one ends with a whole block.
void Medium::decide_space(Access& access) noexcept {
  const fault::OpSet ops = injector_.operations_of(Layer::durability);
  if ((ops & fault::op_bit(access.request.op)) == 0) return;
  const std::uint64_t inside =
      access.position < access.size ? std::min(access.end(), access.size) - access.position : 0;
  const std::uint64_t wanted = access.length - inside + std::min(inside, access.holes);
  const fault::DurabilityDecision decision =
      injector_.decide(fault::DurabilityEvent{access.note->question, wanted});
  if (!decision.fires) return;
  access.length -= wanted - decision.room;
  if (access.direct()) access.length = round_down(access.length, kBlock);
  access.blame(decision.rule, access.length);
}

void Medium::decide_write(Access& access) noexcept {
  const fault::OpSet ops = injector_.operations_of(Layer::medium);
  if ((ops & fault::op_bit(access.request.op)) == 0) return;
  access.decision = injector_.decide(fault::MediumAccess{access.note->question});
  if (access.decision.fires) access.blame(access.decision.rule, access.length);
}

// A write that reports success, whatever became of it. One that the fault does not change is
// carried out as it is.
long Medium::write_wrong(Access& access) noexcept {
  if (!access.bytes.readable(access.length)) return no_fault(access);
  switch (access.decision.action) {
    case Action::lost_write:
      return static_cast<long>(access.length);
    case Action::torn_write:
      return write_torn(access);
    default:
      return write_elsewhere(access);
  }
}

long Medium::no_fault(Access& access) noexcept {
  injector_.take_back(access.decision.rule);
  access.note->medium_rule = fault::kNoRule;
  const long res = access.bytes.move(access.fd, 0, access.length, access.position);
  if (res > 0) heal(access, 0, static_cast<std::uint64_t>(res), access.position);
  return res;
}

// Does this sector of the write, counted from its first, arrive?
bool Medium::arrives(const Access& access, std::uint64_t index,
                     std::uint64_t sectors) const noexcept {
  const MediumDecision& decision = access.decision;
  switch (decision.keep) {
    case fault::Keep::first:
      return index < decision.sectors;
    case fault::Keep::last:
      return sectors - index <= decision.sectors;
    default:
      // One at least does not.
      return index != decision.random % sectors &&
             (Prng::mix(decision.random ^ Prng::mix(index)) & 1U) != 0;
  }
}

long Medium::write_torn(Access& access) noexcept {
  const std::uint64_t first = access.position / sector_;
  const std::uint64_t sectors = round_up(access.end(), sector_) / sector_ - first;
  const bool all =
      access.decision.keep != fault::Keep::random && access.decision.sectors >= sectors;
  if (access.request.append || sectors < 2 || all) return no_fault(access);
  for (std::uint64_t index = 0; index < sectors;) {
    std::uint64_t next = index + 1;
    const bool kept = arrives(access, index, sectors);
    while (next < sectors && arrives(access, next, sectors) == kept) ++next;
    const std::uint64_t from = std::max(access.position, (first + index) * sector_);
    const std::uint64_t to = std::min(access.end(), (first + next) * sector_);
    index = next;
    if (!kept) continue;
    const long res = access.bytes.move(access.fd, from - access.position, to - from, from);
    // A device whose own sectors are larger does not tear there.
    if (res == -EINVAL) return no_fault(access);
    if (res < 0) return res;
    heal(access, from - access.position, static_cast<std::uint64_t>(res), from);
  }
  return static_cast<long>(access.length);
}

// Over other sectors of the file; what would lie behind its end is lost.
long Medium::write_elsewhere(Access& access) noexcept {
  const std::uint64_t unit = access.direct() ? std::max(kBlock, sector_) : sector_;
  const std::uint64_t units = access.size / unit;
  if (access.request.append || units < 2 || access.position >= access.size) {
    return no_fault(access);
  }
  const std::uint64_t shift = 1 + access.decision.random % (units - 1);
  const std::uint64_t target = (access.position / unit + shift) % units * unit;
  const std::uint64_t bytes = std::min(access.length, access.size - target);
  const std::uint64_t moved = access.direct() ? round_down(bytes, kBlock) : bytes;
  const long res = access.bytes.move(access.fd, 0, moved, target);
  if (res < 0) return res;
  heal(access, 0, static_cast<std::uint64_t>(res), target);
  return static_cast<long>(access.length);
}

// What the sectors show now will be what a stale read finds.
void Medium::remember(const Access& access) noexcept {
  const std::uint64_t first = access.position / sector_;
  const std::uint64_t end = round_up(access.end(), sector_) / sector_;
  for (std::uint64_t sector = first; sector < std::min(end, first + kMostSectors); ++sector) {
    const SectorKey key = access.key(sector);
    if (before_.count() >= kMostRemembered && before_.find(key) == nullptr) continue;
    SectorNote* const note = before_.make(key);
    if (note == nullptr) return;
    const SectorNote* const shown = wrong_.find(key);
    if (!before_.give_bytes(*note) || !pristine(access, sector, note->bytes)) {
      before_.erase(key);
    } else if (shown != nullptr && shown->bytes != nullptr) {
      std::memcpy(note->bytes, shown->bytes, sector_);
    }
  }
}

// `count` bytes, from position `from` of the request on, have been written at the file's offset
// `at`.
void Medium::heal(const Access& access, std::uint64_t from, std::uint64_t count,
                  std::uint64_t at) noexcept {
  if (wrong_.empty()) return;
  const std::uint64_t end = round_up(at + count, sector_) / sector_;
  for (std::uint64_t sector = at / sector_; sector < end; ++sector) {
    SectorNote* const note = wrong_.find(access.key(sector));
    if (note != nullptr) heal_sector(access, *note, from, count, at);
  }
}

// A sector that is written as a whole is sound; of another, the part that was written.
void Medium::heal_sector(const Access& access, SectorNote& note, std::uint64_t from,
                         std::uint64_t count, std::uint64_t at) noexcept {
  const std::uint64_t base = note.key.sector * sector_;
  const std::uint64_t first = std::max(at, base);
  const std::uint64_t end = std::min(at + count, base + sector_);
  if (end - first == sector_) {
    wrong_.erase(note.key);
    return;
  }
  if (note.bytes != nullptr) {
    static_cast<void>(
        access.bytes.take(from + (first - at), note.bytes + (first - base), end - first));
  }
  const std::uint64_t rotten = base + static_cast<std::uint64_t>(note.bit) / 8;
  if (note.bit >= 0 && rotten >= first && rotten < end) note.bit = -1;
  if (!note.unreadable && note.bit < 0 && note.bytes == nullptr) wrong_.erase(note.key);
}

}  // namespace aioemu::host
