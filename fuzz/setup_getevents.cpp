// setup and getevents: any arguments of io_setup, io_getevents, io_pgetevents and io_destroy, bad
// pointers and odd timeouts included, against a model of the order in which errors are looked for.
//
// The model is the rules as they are written: K1-K7 and K13 for io_setup, K102-K106 and K114 for
// io_getevents, K120 for the signal mask, K131 for io_destroy. It knows how many events lie in each
// ring, and nothing else.

#include <linux/aio_abi.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include "aioemu/world.h"
#include "base/check.h"
#include "fuzz/arena.h"
#include "fuzz/bytes.h"

namespace {

using aioemu::fuzz::Arena;
using aioemu::fuzz::Bytes;
using aioemu::fuzz::kPage;

constexpr std::size_t kContexts = 4;
constexpr std::size_t kMostSteps = 32;
constexpr std::uint64_t kMaxNr = 1024;
constexpr unsigned kCpus = 2;
constexpr long kSlots = 120;  // of the smallest ring on two CPUs (K96)
constexpr std::int64_t kLong = std::int64_t{1} << 50;

enum class Memory { good, read_only, unmapped, kernel, null };

Memory memory_of(std::size_t number) {
  constexpr std::array<Memory, 8> kinds{Memory::good,   Memory::good,      Memory::good,
                                        Memory::good,   Memory::read_only, Memory::unmapped,
                                        Memory::kernel, Memory::null};
  return kinds[number % kinds.size()];
}
bool readable(Memory memory) { return memory == Memory::good || memory == Memory::read_only; }

struct Timeout {
  bool given = false;
  Memory memory = Memory::good;
  timespec value{};
  // K104: in wrapping arithmetic.
  [[nodiscard]] std::int64_t total() const {
    if (value.tv_sec >= 9223372036) return INT64_MAX;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value.tv_sec) * 1'000'000'000U +
                                     static_cast<std::uint64_t>(value.tv_nsec));
  }
};

struct SignalMask {
  bool given = false;
  Memory memory = Memory::good;  // of the structure
  bool masked = false;           // the structure names a mask
  Memory mask_memory = Memory::good;
  std::uint64_t size = 8;
};

struct Wait {
  std::size_t context = 0;  // kContexts and more: none
  std::int64_t min_nr = 0;
  std::int64_t nr = 0;
  Memory events = Memory::good;
  Timeout timeout;
  std::optional<SignalMask> mask;  // io_pgetevents when there is one
};

struct Context {
  aio_context_t handle = 0;
  std::uint64_t charged = 0;
  long events = 0;
};

// Addresses of each kind; `tag` keeps what lies there apart.
class Addresses {
 public:
  void* place(Memory memory, std::size_t tag, const void* content, std::size_t size) {
    const std::size_t offset = tag * 256;
    std::memcpy(good_.data() + offset, content, size);
    std::memcpy(read_only_.data() + offset, content, size);
    switch (memory) {
      case Memory::good:
        return good_.data() + offset;
      case Memory::read_only:
        return reinterpret_cast<void*>(read_only_.address() + offset);
      case Memory::unmapped:
        return good_.data() + good_.kBytes;
      case Memory::kernel:
        return reinterpret_cast<void*>(std::uintptr_t{0xffff888000000000});
      case Memory::null:
        break;
    }
    return nullptr;
  }

 private:
  Arena<4 * kPage> good_{PROT_READ | PROT_WRITE};
  Arena<4 * kPage> read_only_{PROT_READ};
};

aioemu::WorldOptions options() {
  aioemu::WorldOptions options;
  options.memory = aioemu::MemoryAccess::guarded;
  options.possible_cpus = kCpus;
  options.aio_max_nr = kMaxNr;
  return options;
}

class Target {
 public:
  void run(Bytes bytes) {
    if (!world_) open_world();
    for (std::size_t i = 0; i < kMostSteps && !bytes.empty(); ++i) step(bytes);
    for (std::size_t i = 0; i < kContexts; ++i) {
      if (contexts_[i].handle != 0) destroy(i);
    }
    AIOEMU_CHECK(world_->aio_nr() == 0);
    // A World whose clock is far ahead has no room for more waits.
    if (world_->now() > kLong) world_.reset();
  }

 private:
  void open_world() {
    world_ = std::make_unique<aioemu::World>(options());
    zero_ = world_->open("/dev/zero", 0);
  }

  void step(Bytes& bytes) {
    const std::size_t what = bytes.below(8);
    const std::size_t context = bytes.below(kContexts + 1);
    if (what == 0) return setup(context % kContexts, bytes);
    if (what == 1) return destroy(context);
    if (what == 2) return fill(context % kContexts, 1 + static_cast<long>(bytes.below(8)));
    Wait wait = take_wait(context, bytes);
    if (what >= 6) wait.mask = take_mask(bytes);
    judge(wait);
  }

  // ---- io_setup ----

  void setup(std::size_t index, Bytes& bytes) {
    if (contexts_[index].handle != 0) return;
    const Memory memory = memory_of(bytes.byte());
    const std::uint8_t used = bytes.byte();
    const auto nr = bytes.take<std::uint32_t>();
    const aio_context_t content = used % 8 == 7 ? 1 : 0;
    void* const place = addresses_.place(memory, 0, &content, sizeof content);
    const long expected = model_setup(memory, content, nr);
    const std::uint64_t before = world_->aio_nr();
    const long result = world_->io_setup(nr, static_cast<aio_context_t*>(place));
    AIOEMU_CHECK(result == expected);
    AIOEMU_CHECK(world_->aio_nr() == before + (result == 0 ? nr : 0));
    if (result != 0) return;
    std::memcpy(&contexts_[index].handle, place, sizeof(aio_context_t));
    contexts_[index].charged = nr;
    contexts_[index].events = 0;
  }

  // K1-K7
  long model_setup(Memory memory, aio_context_t content, std::uint32_t nr) {
    if (!readable(memory)) return -EFAULT;
    if (content != 0 || nr == 0) return -EINVAL;
    const std::uint32_t doubled = std::max(nr, 4 * kCpus) * 2;
    if (doubled > 8388608) return -EINVAL;
    if (nr > kMaxNr || doubled == 0) return -EAGAIN;
    if (world_->aio_nr() + nr > kMaxNr) return -EAGAIN;
    return memory == Memory::read_only ? -EFAULT : 0;
  }

  // ---- io_destroy ----

  void destroy(std::size_t index) {
    const bool there = index < kContexts && contexts_[index].handle != 0;
    const aio_context_t handle = index < kContexts ? contexts_[index].handle : 0x1000;
    const std::uint64_t before = world_->aio_nr();
    AIOEMU_CHECK(world_->io_destroy(handle) == (there ? 0 : -EINVAL));
    if (!there) return;
    AIOEMU_CHECK(world_->aio_nr() == before - contexts_[index].charged);
    contexts_[index] = {};
  }

  // ---- io_submit: events to wait for ----

  void fill(std::size_t index, long count) {
    Context& context = contexts_[index];
    char byte = 0;
    iocb request{};
    request.aio_lio_opcode = IOCB_CMD_PREAD;
    request.aio_fildes = static_cast<std::uint32_t>(zero_);
    request.aio_buf = reinterpret_cast<std::uint64_t>(&byte);
    request.aio_nbytes = 1;
    iocb* list[] = {&request};
    for (long i = 0; i < count && context.events < kSlots; ++i) {
      const long expected = context.handle != 0 ? 1 : -EINVAL;
      AIOEMU_CHECK(world_->io_submit(context.handle, 1, list) == expected);
      if (expected == 1) ++context.events;
    }
  }

  // ---- io_getevents and io_pgetevents ----

  static Wait take_wait(std::size_t context, Bytes& bytes) {
    Wait wait;
    wait.context = context;
    wait.events = memory_of(bytes.byte());
    const std::uint8_t timed = bytes.byte();
    wait.timeout.given = timed % 8 != 7;
    wait.timeout.memory = memory_of(timed / 8);
    const bool wide = bytes.byte() % 4 == 3;
    wait.min_nr = wide ? bytes.take<std::int64_t>() : bytes.take<std::int8_t>();
    wait.nr = wide ? bytes.take<std::int64_t>() : bytes.take<std::int8_t>();
    wait.timeout.value.tv_sec = wide ? bytes.take<std::int64_t>() : bytes.take<std::int8_t>() % 2;
    wait.timeout.value.tv_nsec = wide ? bytes.take<std::int64_t>() : bytes.take<std::int32_t>();
    return wait;
  }

  static SignalMask take_mask(Bytes& bytes) {
    SignalMask mask;
    const std::uint8_t flags = bytes.byte();
    mask.given = (flags & 1U) != 0;
    mask.masked = (flags & 2U) != 0;
    mask.memory = memory_of(bytes.byte());
    mask.mask_memory = memory_of(bytes.byte());
    mask.size = (flags & 4U) != 0 ? bytes.byte() : 8;
    return mask;
  }

  struct Expected {
    bool sleeps_for_ever = false;
    bool either = false;  // so long a sleep, or so late, that it may count as one without an end
    long result = 0;
  };

  void judge(const Wait& wait) {
    const Expected expected = model(wait);
    long result = 0;
    bool hung = false;
    try {
      result = call(wait);
    } catch (const aioemu::CertainHang&) {
      hung = true;
    }
    if (!expected.either) AIOEMU_CHECK(hung == expected.sleeps_for_ever);
    if (!hung) AIOEMU_CHECK(result == expected.result);
    // A wait takes what is there before it sleeps (K108), also one that nothing ends.
    const long taken = hung ? expected.result : result;
    if (taken > 0) contexts_[wait.context].events -= taken;
  }

  long call(const Wait& wait) {
    const std::array<char, 16> blank{};
    auto* const events =
        static_cast<io_event*>(addresses_.place(wait.events, 8, blank.data(), blank.size()));
    void* const timeout =
        addresses_.place(wait.timeout.memory, 1, &wait.timeout.value, sizeof wait.timeout.value);
    const auto* const given = wait.timeout.given ? static_cast<timespec*>(timeout) : nullptr;
    const aio_context_t handle = wait.context < kContexts ? contexts_[wait.context].handle : 0x1000;
    if (!wait.mask) return world_->io_getevents(handle, wait.min_nr, wait.nr, events, given);
    const std::uint64_t empty = 0;
    void* const set = addresses_.place(wait.mask->mask_memory, 2, &empty, sizeof empty);
    const std::array<std::uint64_t, 2> argument{
        wait.mask->masked ? reinterpret_cast<std::uint64_t>(set) : 0, wait.mask->size};
    void* const usig = addresses_.place(wait.mask->memory, 3, argument.data(), sizeof argument);
    return world_->io_pgetevents(handle, wait.min_nr, wait.nr, events, given,
                                 wait.mask->given ? usig : nullptr);
  }

  // K120
  static long model_mask(const SignalMask& mask) {
    if (!mask.given || mask.memory == Memory::null) return 0;
    if (!readable(mask.memory)) return -EFAULT;
    if (!mask.masked || mask.mask_memory == Memory::null) return 0;
    if (mask.size != 8) return -EINVAL;
    return readable(mask.mask_memory) ? 0 : -EFAULT;
  }

  // K102-K106
  Expected model(const Wait& wait) {
    Expected expected;
    const bool timed = wait.timeout.given && wait.timeout.memory != Memory::null;
    if (timed && !readable(wait.timeout.memory)) return expected.result = -EFAULT, expected;
    if (wait.mask) expected.result = model_mask(*wait.mask);
    if (expected.result != 0) return expected;
    const bool there = wait.context < kContexts && contexts_[wait.context].handle != 0;
    if (!there || wait.min_nr < 0 || wait.min_nr > wait.nr) {
      return expected.result = -EINVAL, expected;
    }
    const long events = std::min<std::int64_t>(contexts_[wait.context].events, wait.nr);
    expected.result = events > 0 && wait.events != Memory::good ? -EFAULT : events;
    if (expected.result < 0 || events >= wait.min_nr) return expected;
    const std::int64_t total = timed ? wait.timeout.total() : INT64_MAX;
    expected.sleeps_for_ever = total < 0 || total == INT64_MAX;
    expected.either = (total > kLong && total < INT64_MAX) || world_->now() > kLong;
    return expected;
  }

  std::unique_ptr<aioemu::World> world_;
  int zero_ = -1;
  std::array<Context, kContexts> contexts_;
  Addresses addresses_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target* const target = new Target;
  target->run(Bytes(data, size));
  return 0;
}
