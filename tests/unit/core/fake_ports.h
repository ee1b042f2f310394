// Ports for core tests: the test's own memory, a table of files that say what they are told.
#pragma once

#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "core/kernel.h"
#include "core/ports.h"

namespace aioemu::core {

// Addresses are real ones; those in `bad` pages fault.
class FakeMemory final : public UserMemory {
 public:
  bool read(void* to, UserAddress from, std::size_t size) noexcept override {
    if (from < 4096 || from >= limit) return false;
    if (unreadable >= from && unreadable < from + size) return false;
    std::memcpy(to, reinterpret_cast<const void*>(from), size);
    return true;
  }
  bool write(UserAddress to, const void* from, std::size_t size) noexcept override {
    if (to < 4096 || to >= limit || read_only.count(to) != 0) return false;
    std::memcpy(reinterpret_cast<void*>(to), from, size);
    return true;
  }
  UserAddress limit = abi::kUserEnd;
  std::set<UserAddress> read_only;  // exact addresses
  UserAddress unreadable = 0;       // one byte
};

class FakeFiles final : public FileTable {
 public:
  Result<FileFacts> find(std::int32_t fd) noexcept override {
    const auto found = files.find(fd);
    if (found == files.end()) return Errno{EBADF};
    return found->second;
  }
  Result<FileRef> find_eventfd(std::int32_t fd) noexcept override {
    const auto found = files.find(fd);
    if (found == files.end()) return Errno{EBADF};
    if (found->second.kind != FileKind::eventfd) return Errno{EINVAL};
    ++eventfds_held;
    return found->second.ref;
  }
  std::uint32_t readiness(FileRef) noexcept override { return ready; }
  PollQueue& poll_queue(FileRef file) noexcept override { return queues[file]; }
  void drop_eventfd(FileRef) noexcept override { --eventfds_held; }

  void add(int fd, FileKind kind) {
    FileFacts facts;
    facts.ref = FileRef{static_cast<std::uint64_t>(fd)};
    facts.kind = kind;
    facts.readable = facts.writable = true;
    files[fd] = facts;
  }
  std::map<int, FileFacts> files;
  std::map<FileRef, PollQueue> queues;
  std::uint32_t ready = 0;
  int eventfds_held = 0;
};

class FakePages final : public KernelMemory {
 public:
  Result<RingMapping> map_ring(std::size_t bytes) noexcept override {
    if (rings_left-- == 0) return Errno{ENOMEM};
    RingMapping ring;
    ring.kernel = static_cast<std::byte*>(std::aligned_alloc(4096, bytes));
    std::memset(ring.kernel, 0, bytes);
    ring.user = reinterpret_cast<UserAddress>(ring.kernel);
    ring.bytes = bytes;
    return ring;
  }
  void unmap_user_ring(const RingMapping&) noexcept override {}
  void release_ring(const RingMapping& ring) noexcept override { std::free(ring.kernel); }
  bool ring_is_at(const RingMapping&, UserAddress address) noexcept override {
    return address == moved_to;
  }
  void* allocate(std::size_t bytes) noexcept override {
    if (allocations_left-- == 0) return nullptr;
    ++allocations;
    return std::calloc(1, bytes);
  }
  void release(void* block, std::size_t) noexcept override { std::free(block); }
  int rings_left = 1000;
  int allocations_left = 1000;
  int allocations = 0;
  UserAddress moved_to = 0;
};

class FakeSystem final : public System {
 public:
  std::uint64_t aio_max_nr() noexcept override { return max; }
  bool charge(std::uint64_t nr) noexcept override {
    if (charged + nr > max) return false;
    charged += nr;
    return true;
  }
  void uncharge(std::uint64_t nr) noexcept override { charged -= nr; }
  bool may_use_realtime_io() noexcept override { return realtime; }
  std::uint64_t max = 65536;
  std::uint64_t charged = 0;
  bool realtime = true;
};

// A kernel on fakes, with the verbs of the tests.
struct FakeWorld {
  FakeMemory memory;
  FakeFiles files;
  FakePages pages;
  FakeSystem system;
  Kernel kernel;
  SegmentBuffer segments;

  explicit FakeWorld(const KernelProfile& profile = {})
      : kernel(profile, Ports{memory, files, pages, system}) {}
  ~FakeWorld() {
    while (const UserAddress ctx = kernel.first_context()) destroy(ctx);
  }
  UserAddress setup(std::uint32_t nr = 8) {
    std::uint64_t ctx = 0;
    last = kernel.setup(nr, address(&ctx));
    return ctx;
  }
  // Submits one iocb; the step is left in `step`.
  long submit(UserAddress ctx, abi::Iocb& iocb) {
    abi::Iocb* list[] = {&iocb};
    Submission submission;
    kernel.submit_begin(submission, ctx, 1, address(list));
    step = kernel.submit_next(submission, segments);
    return kernel.submit_end(submission).result;
  }
  long reap(UserAddress ctx, abi::IoEvent* events, long nr) {
    Wait wait;
    return kernel.getevents_begin(wait, ctx, 0, nr, address(events), 0).result;
  }
  void destroy(UserAddress ctx) {
    const DestroyStart start = kernel.destroy_begin(ctx);
    while (Request* poll = kernel.destroy_next_poll(*start.context)) kernel.complete(*poll, 0);
    AIOEMU_CHECK(kernel.destroy_finish(*start.context));
  }
  static UserAddress address(const void* pointer) { return reinterpret_cast<UserAddress>(pointer); }

  long last = 0;
  Step step;
};

inline abi::Iocb iocb_of(abi::Opcode op, int fd) {
  abi::Iocb iocb{};
  iocb.opcode = static_cast<std::uint16_t>(op);
  iocb.fildes = static_cast<std::uint32_t>(fd);
  iocb.key = 0x1234;
  return iocb;
}

}  // namespace aioemu::core
