// How programs are made up.
//
// Uniformly random programs die of EBADF and EINVAL. So most programs follow one of a few themes
// (a stream and who waits for it, a full ring, a regular file, the ring's words, bad arguments),
// and most requests are right but for one thing. The generator keeps just enough state to cancel
// what is pending and to wake what waits.

#include "conformance/program/generate.h"

#include <linux/aio_abi.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <vector>

#include "conformance/program/files.h"
#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

using aioemu::Prng;

constexpr std::uint64_t kSizes[] = {0, 1, 7, 8, 16, 100, 512, 1000, 1024, 4096, 8192, 10000, 65536};
constexpr std::uint64_t kOddSizes[] = {0xffffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff,
                                       0x7ffff000,         0x7ffff001,         0x80000000,
                                       0xffffffff,         0x100000000,        200000};
constexpr std::uint64_t kCounts[] = {0, 1, 2, 3, 8};
constexpr std::uint64_t kOddCounts[] = {9,           1024,       1025,       0x100000001,
                                        0x100000000, 0x80000000, 0xffffffff, 0x8000000000000000,
                                        0x200000002};
constexpr std::int64_t kOffsets[] = {0, 0, 0, 1, 100, 512, 4096, 8192, 9999, 10000, 10001, 20000};
constexpr std::int64_t kOddOffsets[] = {-1,
                                        INT64_MIN,
                                        INT64_MAX,
                                        INT64_MAX - 1,
                                        INT64_MAX - 4096,
                                        INT64_MAX - 0x7ffff000,
                                        std::int64_t{1} << 44,
                                        (std::int64_t{1} << 44) - 4096,
                                        std::int64_t{1} << 40};
constexpr std::uint32_t kRwFlags[] = {1,     8,     8,          0x10, 0x20, 0x30, 0x40,  0x80,
                                      0x100, 0x200, 0x80000000, 0x18, 0x28, 0x3f, 0x108, 0x101};
constexpr std::uint16_t kPriorities[] = {0,      1,      7,      8,      0x2000,
                                         0x2004, 0x4000, 0x4007, 0x4008, 0x6000,
                                         0x6007, 0x7fff, 0xffff, 0x8000, 0x0008};
constexpr std::uint64_t kMasks[] = {0,         1,      2,      4,     8,   0x10,  0x40,
                                    0x100,     0xffff, 0x2000, 0x41,  5,   0x145, 0x10000,
                                    0x1000001, 0xc3,   0x80,   0x104, 0x11};
constexpr std::uint64_t kSetups[] = {0,       1,          8,           63,         100,
                                     65537,   0x7fffffff, 0x80000000,  0x80400001, 0xffffffff,
                                     4194304, 4194305,    0x100000001, 0x100000000};
constexpr std::uint32_t kWords[] = {0,    1,          2,          5,          63,  119,       120,
                                    126,  127,        128,        129,        254, 255,       256,
                                    1000, 0x7fffffff, 0x80000000, 0xffffffff, 15,  0xa10a10a1};

constexpr FileName kStreams[] = {FileName::pipe_r,  FileName::pipe_w,  FileName::fifo,
                                 FileName::sock_a,  FileName::sock_b,  FileName::dgram_a,
                                 FileName::dgram_b, FileName::eventfd, FileName::semaphore};
constexpr FileName kStores[] = {FileName::rw, FileName::ro, FileName::wo, FileName::append,
                                FileName::memfd};
constexpr FileName kOthers[] = {
    FileName::minus1, FileName::closed, FileName::lone, FileName::timerfd,   FileName::epoll,
    FileName::null,   FileName::zero,   FileName::full, FileName::directory, FileName::path,
    FileName::proc,   FileName::dup0,   FileName::dup1};
constexpr FileName kFlows[][2] = {
    {FileName::pipe_r, FileName::pipe_w},       {FileName::sock_a, FileName::sock_b},
    {FileName::dgram_a, FileName::dgram_b},     {FileName::eventfd, FileName::eventfd},
    {FileName::semaphore, FileName::semaphore}, {FileName::fifo, FileName::fifo}};

constexpr std::uint64_t word(FileName file) { return static_cast<std::uint64_t>(file); }
constexpr std::uint64_t place(Area area, std::uint32_t offset = 0) { return pack({area, offset}); }

class Generator {
 public:
  Generator(Prng& random, const GenerateHints& hints) : random_(random), hints_(hints) {}

  Program go() {
    disk_ = one_in_thousand(hints_.direct_per_1000);
    sleeps_ = one_in_thousand(hints_.sleepers_per_1000);
    setups_ = random_.below(10'000) < hints_.setups_per_10000;
    theme_ = random_.below(8);
    flow_ = random_.below(std::size(kFlows));
    full_ = random_.below(12) == 0;
    const std::uint64_t length = 1 + random_.below(2 * hints_.statements - 1);
    while (program_.statements.size() < length) statements();
    return canonical(std::move(program_));
  }

 private:
  template <typename T, std::size_t N>
  T pick(const T (&from)[N]) {
    return from[random_.below(N)];
  }
  bool chance(std::uint64_t in) { return random_.below(in) == 0; }
  bool one_in_thousand(unsigned rate) { return random_.below(1000) < rate; }

  Statement& add(Verb verb) {
    program_.statements.push_back(statement(verb));
    return program_.statements.back();
  }

  // ---- arguments ----

  FileName file() {
    if (disk_ && chance(3)) return FileName::direct;
    if (sleeps_ && chance(3)) return chance(2) ? FileName::block_r : FileName::block_w;
    if (theme_ < 4 && !chance(4)) return kFlows[flow_][random_.below(2)];
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2:
        return pick(kStores);
      case 3:
      case 4:
      case 5:
        return pick(kStreams);
      default:
        return pick(kOthers);
    }
  }

  std::uint64_t data() {
    switch (random_.below(24)) {
      case 0:
        return pack_data({Area::null, 0});
      case 1:
        return pack_data({Area::fence, 0});
      case 2:
        return pack_data({Area::kernel, 0});
      case 3:
        return pack_data({Area::edge, 0});
      case 4:
        return pack_data({Area::rodata, static_cast<std::uint32_t>(random_.below(4096))});
      case 5:
        return pack_data({Area::buffer, static_cast<std::uint32_t>(8192 - random_.below(600))});
      case 6:
        return pack_data({Area::buffer, static_cast<std::uint32_t>(random_.below(8192))});
      default:
        return pack_data({Area::buffer, static_cast<std::uint32_t>(random_.below(16) * 512)});
    }
  }

  // What memory O_DIRECT takes is the device's affair; this is good for all.
  std::uint64_t aligned_data() {
    if (chance(12)) return pack_data({chance(2) ? Area::fence : Area::null, 0});
    return pack_data({Area::buffer, static_cast<std::uint32_t>(random_.below(16) * 512)});
  }

  std::uint64_t context() {
    if (chance(24)) {
      constexpr std::uint64_t kBad[] = {
          place(Area::null),   place(Area::ring0, 4), place(Area::ring0, 64), place(Area::kernel),
          place(Area::buffer), place(Area::fence),    place(Area::ring2),     place(Area::ring3),
          place(Area::edge),   place(Area::rodata)};
      return pick(kBad);
    }
    if (setups_ && chance(2)) return place(chance(2) ? Area::ring2 : Area::ring3);
    return place(chance(4) ? Area::ring1 : Area::ring0);
  }

  std::uint64_t iocb_pointer() {
    if (chance(30)) {
      constexpr std::uint64_t kBad[] = {
          place(Area::null),   place(Area::fence),       place(Area::kernel), place(Area::rodata),
          place(Area::buffer), place(Area::iocbs, 4064), place(Area::edge)};
      return pick(kBad);
    }
    const std::uint64_t index = filled_.empty() || chance(8)
                                    ? random_.below(kIocbs)
                                    : filled_[random_.below(filled_.size())];
    return pack(iocb_place(static_cast<unsigned>(index)));
  }

  // ---- statements ----

  void statements() {
    switch (random_.below(32)) {
      case 0:
      case 1:
      case 2:
        return wait();
      case 3:
      case 4:
        return cancel();
      case 5:
      case 6:
      case 7:
        return transfer(Verb::write);
      case 8:
      case 9:
        return transfer(Verb::read);
      case 10:
        return ring_word();
      case 11:
        return odd_file_call();
      case 12:
        return odd_call();
      case 13:
        return poke();
      case 14:
        return fill_ring();
      default:
        return request_and_submit();
    }
  }

  void request(std::uint64_t index) {
    filled_.push_back(index);
    Statement one = statement(Verb::iocb);
    one.field[at::kIocb] = index;
    one.field[at::kData] = chance(8) ? random_.next() : random_.below(100);
    one.field[at::kFile] = word(file());
    constexpr std::uint64_t kOpcodes[] = {
        IOCB_CMD_PREAD,  IOCB_CMD_PREAD,  IOCB_CMD_PREAD,   IOCB_CMD_PWRITE, IOCB_CMD_PWRITE,
        IOCB_CMD_PWRITE, IOCB_CMD_PREADV, IOCB_CMD_PWRITEV, IOCB_CMD_POLL,   IOCB_CMD_POLL,
        IOCB_CMD_POLL,   IOCB_CMD_POLL,   IOCB_CMD_FSYNC,   IOCB_CMD_FDSYNC};
    one.field[at::kOpcode] = pick(kOpcodes);
    arguments(one);
    if (chance(6)) notify(one);
    if (chance(12)) one.field[at::kKey] = 0x1234;
    if (chance(10)) spoil(one);
    program_.statements.push_back(one);
  }

  void arguments(Statement& one) {
    switch (one.field[at::kOpcode]) {
      case IOCB_CMD_FSYNC:
      case IOCB_CMD_FDSYNC:
        one.field[at::kBuffer] = 0;
        // On a disk it takes milliseconds.
        if (!disk_ && is_disk(one)) one.field[at::kFile] = word(FileName::memfd);
        return;
      case IOCB_CMD_POLL:
        one.field[at::kBuffer] = chance(2) ? std::uint64_t{POLLIN} : pick(kMasks);
        return;
      case IOCB_CMD_PREADV:
      case IOCB_CMD_PWRITEV:
        if (is_direct(one)) one.field[at::kFile] = word(FileName::memfd);
        vector(one);
        break;
      default:
        one.field[at::kBuffer] = is_direct(one) ? aligned_data() : data();
        one.field[at::kBytes] = chance(16) ? pick(kOddSizes) : pick(kSizes);
        if (disk_ && chance(2)) one.field[at::kBytes] = 512 * random_.below(16);
        break;
    }
    one.field[at::kOffset] =
        static_cast<std::uint64_t>(chance(16) ? pick(kOddOffsets) : pick(kOffsets));
    if (is_socket(one) && !chance(4)) one.field[at::kOffset] = 0;
    if (chance(6)) one.field[at::kRwFlags] = rw_flags();
  }

  std::uint64_t rw_flags() {
    if (disk_ && chance(3)) return chance(2) ? 2 : 4;
    return pick(kRwFlags);
  }

  static bool is_disk(const Statement& one) {
    const std::uint64_t file = one.field[at::kFile];
    return file == word(FileName::rw) || file == word(FileName::ro) || file == word(FileName::wo) ||
           file == word(FileName::append) || file == word(FileName::directory) ||
           file >= word(FileName::dup0);
  }
  static bool is_direct(const Statement& one) {
    return one.field[at::kFile] == word(FileName::direct);
  }
  static bool is_socket(const Statement& one) {
    const std::uint64_t file = one.field[at::kFile];
    return file >= word(FileName::sock_a) && file <= word(FileName::lone);
  }

  void vector(Statement& one) {
    one.field[at::kBuffer] = chance(12) ? data() : pack_data({Area::iovecs, 0});
    one.field[at::kBytes] = chance(12) ? pick(kOddCounts) : pick(kCounts);
    for (std::uint64_t i = random_.below(4); i > 0; --i) {
      Statement& segment = add(Verb::iovec);
      segment.field[at::kSegment] = random_.below(4);
      segment.field[at::kBase] = data();
      segment.field[at::kLength] = chance(12) ? pick(kOddSizes) : pick(kSizes) % 3000;
    }
  }

  void notify(Statement& one) {
    one.field[at::kFlags] |= IOCB_FLAG_RESFD;
    one.field[at::kResfd] = chance(5) ? word(file()) : word(FileName::eventfd);
    if (chance(6)) one.field[at::kResfd] = word(FileName::semaphore);
  }

  // One thing that is wrong, or unusual.
  void spoil(Statement& one) {
    switch (random_.below(8)) {
      case 0:
        one.field[at::kReserved] = 1 + random_.below(3);
        break;
      case 1:
        one.field[at::kOpcode] = random_.below(12);
        break;
      case 2:
        one.field[at::kFlags] |= IOCB_FLAG_IOPRIO;
        one.field[at::kPrio] = pick(kPriorities);
        break;
      case 3:
        one.field[at::kFlags] |= 0xfffffffc;
        break;
      case 4:
        one.field[at::kOpcode] = 0x8000 + random_.below(8);
        break;
      case 5:
        one.field[at::kBytes] = pick(kOddSizes);
        break;
      case 6:
        one.field[at::kRwFlags] = rw_flags();
        break;
      default:
        one.field[at::kFile] = word(pick(kOthers));
        break;
    }
    if (one.field[at::kOpcode] == IOCB_CMD_FSYNC || one.field[at::kOpcode] == IOCB_CMD_FDSYNC) {
      if (!disk_ && is_disk(one)) one.field[at::kFile] = word(FileName::memfd);
    }
  }

  void request_and_submit() {
    std::array<std::uint64_t, 4> indexes{};
    const std::uint64_t count = 1 + random_.below(chance(3) ? 4 : 2);
    for (std::uint64_t i = 0; i < count; ++i) {
      // Once more what was filled in before. What never was could not be submitted (safety.h).
      if (!filled_.empty() && chance(6)) {
        indexes[i] = filled_[random_.below(filled_.size())];
        continue;
      }
      indexes[i] = random_.below(kIocbs);
      request(indexes[i]);
    }
    const std::uint64_t where = context();
    Statement& one = add(Verb::submit);
    one.field[at::kContext] = where;
    one.field[at::kNr] = count;
    for (std::uint64_t i = 0; i < count; ++i) {
      one.field[at::kFirst + i] = pack(iocb_place(static_cast<unsigned>(indexes[i])));
      if (chance(40)) one.field[at::kFirst + i] = iocb_pointer();
    }
    if (chance(20)) spoil_submit(one);
  }

  void spoil_submit(Statement& one) {
    constexpr std::int64_t kNumbers[] = {0, -1, 9, 129, 256, 257, INT64_MIN, INT64_MAX};
    constexpr std::uint64_t kArrays[] = {place(Area::null),       place(Area::fence),
                                         place(Area::list, 2040), place(Area::list, 4),
                                         place(Area::list, 2033), place(Area::kernel),
                                         place(Area::rodata),     place(Area::list, 2047)};
    if (chance(2)) {
      // So many of what sleeps would take a while.
      one.field[at::kNr] = static_cast<std::uint64_t>(pick(kNumbers));
      if (sleeps_ || disk_) one.field[at::kNr] = chance(2) ? 0 : ~std::uint64_t{0};
    } else {
      one.field[at::kArray] = pick(kArrays);
    }
  }

  // Many requests that stay: polls, or completions that nobody reaps.
  void fill_ring() {
    if (!full_ || sleeps_ || disk_) return request_and_submit();
    const std::uint64_t index = random_.below(kIocbs);
    Statement& one = add(Verb::iocb);
    filled_.push_back(index);
    one.field[at::kIocb] = index;
    one.field[at::kData] = index;
    if (chance(2)) {
      one.field[at::kOpcode] = IOCB_CMD_POLL;
      one.field[at::kFile] = word(FileName::pipe_r);
      one.field[at::kBuffer] = POLLIN;
    } else {
      one.field[at::kOpcode] = IOCB_CMD_PWRITE;
      one.field[at::kFile] = word(FileName::null);
      one.field[at::kBytes] = 1;
    }
    Statement& all = add(Verb::submit);
    all.field[at::kContext] = place(chance(5) ? Area::ring1 : Area::ring0);
    constexpr std::uint64_t kMany[] = {100, 115, 119, 120, 121, 126, 127, 200, 256};
    all.field[at::kNr] = pick(kMany);
    all.field[at::kFirst] = pack(iocb_place(static_cast<unsigned>(index)));
  }

  void wait() {
    Statement& one = add(chance(4) ? Verb::pgetevents : Verb::getevents);
    one.field[at::kWaitContext] = context();
    constexpr std::int64_t kMaxima[] = {1, 1, 2, 3, 4, 8, 16, 128, 0, INT64_MAX, -1};
    one.field[at::kMax] = static_cast<std::uint64_t>(pick(kMaxima));
    one.field[at::kMin] =
        chance(2) ? 0 : std::min<std::uint64_t>(random_.below(4), one.field[at::kMax]);
    if (chance(20)) one.field[at::kMin] = chance(2) ? ~std::uint64_t{0} : one.field[at::kMax] + 1;
    if (chance(10)) {
      constexpr std::uint64_t kTo[] = {place(Area::null),         place(Area::rodata),
                                       place(Area::fence),        place(Area::events, 4096 - 40),
                                       place(Area::events, 4095), place(Area::kernel),
                                       place(Area::events, 3)};
      one.field[at::kEventArray] = pick(kTo);
    }
    timeout(one);
    if (one.verb != Verb::pgetevents) return;
    if (chance(2)) one.field[at::kSigset] = chance(8) ? place(Area::fence) : place(Area::sigset);
    if (chance(8)) one.field[at::kMask] = chance(2) ? place(Area::null) : place(Area::kernel);
    if (chance(8)) one.field[at::kMaskSize] = random_.below(20);
  }

  void timeout(Statement& one) {
    struct Value {
      std::int64_t seconds, nanoseconds;
    };
    constexpr Value kNone[] = {{0, 0}, {-1, 1'000'000'000}, {INT64_MIN, 0}};
    constexpr Value kLong[] = {{-1, 0},         {0, -1},  {1, INT64_MAX},
                               {9223372036, 0}, {100, 0}, {0, 2'000'000'000}};
    Value value = chance(6) ? pick(kNone) : Value{0, 0};
    if (chance(30)) value = {0, static_cast<std::int64_t>(1 + random_.below(2000))};
    if (sleeps_ && chance(2)) value = pick(kLong);
    one.field[at::kSeconds] = static_cast<std::uint64_t>(value.seconds);
    one.field[at::kNanoseconds] = static_cast<std::uint64_t>(value.nanoseconds);
    if (sleeps_ && chance(3)) one.field[at::kTimeout] = place(Area::null);
    if (chance(30)) one.field[at::kTimeout] = place(chance(2) ? Area::fence : Area::kernel);
  }

  void cancel() {
    Statement& one = add(Verb::cancel);
    one.field[at::kCancelContext] = context();
    one.field[at::kCancelled] = iocb_pointer();
    // Something that was submitted before, if there is anything.
    for (std::size_t i = program_.statements.size(); i-- > 0 && !chance(6);) {
      const Statement& earlier = program_.statements[i];
      if (earlier.verb != Verb::submit || earlier.field[at::kFirst] == kNoPointer) continue;
      one.field[at::kCancelled] = earlier.field[at::kFirst];
      one.field[at::kCancelContext] = earlier.field[at::kContext];
      break;
    }
    if (chance(6)) one.field[at::kResult] = chance(2) ? place(Area::null) : place(Area::kernel);
  }

  void transfer(Verb verb) {
    Statement& one = add(verb);
    const unsigned end = verb == Verb::write ? 1 : 0;
    one.field[at::kOn] = word(chance(5) ? file() : kFlows[flow_][end]);
    if (sleeps_ && chance(2))
      one.field[at::kOn] = word(end == 1 ? FileName::block_w : FileName::block_r);
    one.field[at::kSize] = chance(3) ? 8 : pick(kSizes);
  }

  void ring_word() {
    if (theme_ != 4 && !chance(6)) return wait();
    Statement& one = add(Verb::ring);
    one.field[at::kRing] = chance(5) ? 1 : 0;
    constexpr std::uint64_t kWhich[] = {2, 2, 2, 2, 3, 3, 0, 1, 4, 5, 6, 7};
    one.field[at::kRingWord] = pick(kWhich);
    one.field[at::kRingValue] = pick(kWords);
  }

  void odd_file_call() {
    switch (random_.below(4)) {
      case 0:
        add(Verb::close).field[at::kOn] = word(file());
        break;
      case 1: {
        Statement& one = add(Verb::dup);
        one.field[at::kFrom] = word(file());
        one.field[at::kTo] = word(chance(2) ? FileName::dup0 : FileName::dup1);
        break;
      }
      case 2: {
        Statement& one = add(Verb::shutdown);
        one.field[at::kOn] =
            word(chance(4) ? file() : kFlows[1 + random_.below(2)][random_.below(2)]);
        one.field[at::kSize] = random_.below(4);
        break;
      }
      default:
        transfer(Verb::write);
        break;
    }
  }

  void odd_call() {
    switch (random_.below(4)) {
      case 0: {
        Statement& one = add(Verb::setup);
        one.field[at::kEvents] = pick(kSetups);
        constexpr std::uint64_t kInto[] = {place(Area::handle), place(Area::null),
                                           place(Area::fence), place(Area::kernel),
                                           place(Area::handle, 8)};
        one.field[at::kInto] = pick(kInto);
        if (setups_) {
          one.field[at::kInto] = place(Area::handle, chance(2) ? 16 : 24);
          if (chance(20)) one.field[at::kInto] = place(Area::rodata);
          if (!chance(3)) one.field[at::kEvents] = 1 + random_.below(200);
        }
        break;
      }
      case 1: {
        Statement& one = add(Verb::destroy);
        constexpr std::uint64_t kBad[] = {place(Area::null), place(Area::ring0, 4),
                                          place(Area::kernel), place(Area::ring2),
                                          place(Area::buffer)};
        one.field[0] = pick(kBad);
        if (setups_) one.field[0] = place(chance(2) ? Area::ring2 : Area::ring3);
        if (setups_ && chance(10)) one.field[0] = place(Area::ring0);
        break;
      }
      case 2: {
        if (theme_ != 5) return wait();
        Statement& one = add(Verb::protect);
        one.field[at::kTarget] = random_.below(3);
        constexpr std::uint64_t kProtections[] = {0, 1, 3, 3};
        one.field[at::kProtection] = pick(kProtections);
        break;
      }
      default:
        return wait();
    }
  }

  void poke() {
    Statement& one = add(Verb::poke);
    one.field[at::kPoked] = random_.below(kIocbs);
    one.field[at::kWord] = random_.below(15);
    one.field[at::kPokeValue] = chance(3) ? random_.next() & 0xffffffff : random_.below(17);
  }

  Prng& random_;
  const GenerateHints& hints_;
  Program program_;
  std::vector<std::uint64_t> filled_;  // iocbs
  bool disk_ = false;                  // O_DIRECT, fsync on the disk
  bool sleeps_ = false;                // blocking pipes, long timeouts
  bool setups_ = false;                // contexts of its own
  bool full_ = false;                  // rings are filled up
  std::uint64_t theme_ = 0;
  std::size_t flow_ = 0;
};

}  // namespace

Program generate(Prng& random, const GenerateHints& hints) { return Generator(random, hints).go(); }

Program generate(std::uint64_t seed, const GenerateHints& hints) {
  Prng random(seed);
  return generate(random, hints);
}

}  // namespace conformance::program
