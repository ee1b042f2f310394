// A disk that does not keep its promises, below a real process: what reads through AIO find, and
// what writes leave in the file.

#include <linux/fs.h>

#include <array>
#include <stdexcept>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kBlock = 4096;

std::string letters(char letter, std::size_t count) { return std::string(count, letter); }

// One file, and a Runtime under one plan.
class Disk {
 public:
  Disk(const std::string& plan, const std::string& contents, int flags = 0, std::uint64_t seed = 0)
      : runtime_({.plan = plan, .seed = seed}) {
    std::string path = "/tmp/aioemu_medium_XXXXXX";
    truth_ = Fd(mkstemp(path.data()));
    EXPECT_EQ(::write(truth_, contents.data(), contents.size()),
              static_cast<ssize_t>(contents.size()));
    file_ = Fd(open(path.c_str(), O_RDWR | flags));
    EXPECT_GE(static_cast<int>(file_), 0);
    unlink(path.c_str());
    EXPECT_EQ(runtime_.io_setup(8, &ctx_), 0);
  }
  ~Disk() { EXPECT_EQ(runtime_.io_destroy(ctx_), 0); }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  std::int64_t run(iocb block) {
    iocb* list[] = {&block};
    EXPECT_EQ(runtime_.io_submit(ctx_, 1, list), 1);
    io_event event{};
    EXPECT_EQ(runtime_.io_getevents(ctx_, 1, 1, &event), 1);
    return event.res;
  }
  // What a read finds, or "-errno".
  std::string read(std::size_t bytes, std::int64_t offset = 0) {
    buffer_.fill('~');
    const std::int64_t res = run(request(IOCB_CMD_PREAD, file_, buffer_.data(), bytes, offset));
    if (res < 0) return std::to_string(res);
    return std::string(buffer_.data(), static_cast<std::size_t>(res));
  }
  std::int64_t write(const std::string& text, std::int64_t offset = 0) {
    std::copy(text.begin(), text.end(), buffer_.begin());
    return run(request(IOCB_CMD_PWRITE, file_, buffer_.data(), text.size(), offset));
  }
  // What is really there.
  std::string truth() {
    std::string text(65536, '\0');
    const ssize_t length = pread(truth_, text.data(), text.size(), 0);
    EXPECT_GE(length, 0);
    text.resize(static_cast<std::size_t>(length));
    return text;
  }
  void lengthen(std::size_t bytes) { EXPECT_EQ(ftruncate(truth_, static_cast<off_t>(bytes)), 0); }
  [[nodiscard]] std::uint64_t fired(const char* rule) const { return runtime_.fired(rule); }
  [[nodiscard]] int file() const { return file_; }

 private:
  Runtime runtime_;
  Fd truth_;
  Fd file_;
  aio_context_t ctx_ = 0;
  alignas(kBlock) std::array<char, 65536> buffer_{};
};

std::size_t differing_bits(const std::string& a, const std::string& b) {
  EXPECT_EQ(a.size(), b.size());
  std::size_t bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    bits += static_cast<std::size_t>(__builtin_popcount(static_cast<unsigned char>(a[i] ^ b[i])));
  }
  return bits;
}

// ---- reads ----

TEST(MediumTest, BitRotIsOneBitAndStays) {
  const std::string text = letters('a', 4 * kSector);
  Disk disk("rot: medium op=read when=1 bit_rot", text);
  const std::string first = disk.read(text.size());
  EXPECT_EQ(differing_bits(first, text), 1U);
  EXPECT_EQ(disk.read(text.size()), first);
  EXPECT_EQ(disk.truth(), text);
  EXPECT_EQ(disk.fired("rot"), 1U);
}

TEST(MediumTest, BitRotIsInWhatTheReadSaw) {
  const std::string text = letters('a', 4 * kSector);
  for (std::int64_t offset = 0; offset < 600; offset += 100) {
    Disk disk("medium op=read when=1 bit_rot", text);
    EXPECT_EQ(differing_bits(disk.read(3, offset), "aaa"), 1U);
  }
}

TEST(MediumTest, TransientRotIsGoneWithTheNextRead) {
  const std::string text = letters('a', 4 * kSector);
  Disk disk("medium op=read when=1 persist=transient bit_rot", text);
  EXPECT_EQ(differing_bits(disk.read(text.size()), text), 1U);
  EXPECT_EQ(disk.read(text.size()), text);
}

TEST(MediumTest, WritingARottenSectorAnewMakesItSound) {
  const std::string text = letters('a', kSector);
  Disk disk("medium op=read when=1 bit_rot", text);
  EXPECT_NE(disk.read(kSector), text);
  EXPECT_EQ(disk.write(letters('b', kSector)), static_cast<std::int64_t>(kSector));
  EXPECT_EQ(disk.read(kSector), letters('b', kSector));
}

TEST(MediumTest, AnUnreadableSectorStaysSoUntilItIsWritten) {
  const std::string text = letters('a', 3 * kBlock);
  Disk disk("medium op=read when=1 latent_sector_error", text);
  EXPECT_EQ(disk.read(kSector, kBlock), "-5");
  EXPECT_EQ(disk.read(kSector, kBlock), "-5");
  // The cache reads whole blocks.
  EXPECT_EQ(disk.read(3 * kBlock, 100), letters('a', kBlock - 100));
  EXPECT_EQ(disk.read(kSector, 2 * kBlock), letters('a', kSector));
  EXPECT_EQ(disk.write(letters('b', 100), kBlock), 100);
  EXPECT_EQ(disk.read(kSector, kBlock), "-5");
  EXPECT_EQ(disk.write(letters('c', kSector), kBlock), static_cast<std::int64_t>(kSector));
  EXPECT_EQ(disk.read(kSector, kBlock), letters('c', kSector));
}

TEST(MediumTest, AReadThatFailsMovesNothing) {
  Disk disk("medium op=read when=1 latent_sector_error", letters('a', kBlock));
  std::array<char, 16> buffer{};
  EXPECT_EQ(disk.run(request(IOCB_CMD_PREAD, disk.file(), buffer.data(), 16)), -EIO);
  EXPECT_EQ(std::string(buffer.data()), "");
}

TEST(MediumTest, ReadsAtTheEndMeetNoFault) {
  Disk disk("rule: medium op=read latent_sector_error", "abc");
  EXPECT_EQ(disk.read(16, 3), "");
  EXPECT_EQ(disk.fired("rule"), 0U);
}

TEST(MediumTest, AMisdirectedReadShowsAnotherSector) {
  std::string text;
  for (char letter = 'a'; letter < 'i'; ++letter) text += letters(letter, kSector);
  Disk disk("medium op=read when=1 misdirected_read", text);
  const std::string found = disk.read(kSector);
  EXPECT_EQ(found, letters(found[0], kSector));
  EXPECT_NE(found[0], 'a');
  EXPECT_EQ(disk.read(kSector), found);
  EXPECT_EQ(disk.truth(), text);
}

TEST(MediumTest, AStaleReadShowsWhatWasThereBefore) {
  Disk disk("stale: medium op=read stale_read", letters('a', 2 * kSector));
  EXPECT_EQ(disk.read(kSector), letters('a', kSector));
  EXPECT_EQ(disk.fired("stale"), 0U);
  EXPECT_EQ(disk.write(letters('b', kSector)), static_cast<std::int64_t>(kSector));
  EXPECT_EQ(disk.read(2 * kSector), letters('a', 2 * kSector));
  EXPECT_EQ(disk.fired("stale"), 1U);
  EXPECT_EQ(disk.truth(), letters('b', kSector) + letters('a', kSector));
}

TEST(MediumTest, AVectorFindsTheSameAsASingleBuffer) {
  std::string text;
  for (char letter = 'a'; letter < 'i'; ++letter) text += letters(letter, kSector);
  Disk disk("medium op=pread when=1 misdirected_read", text);
  const std::string found = disk.read(text.size());
  std::string again(text.size(), '~');
  std::vector<iovec> pieces;
  for (std::size_t at = 0; at < again.size(); at += 100) {
    pieces.push_back({&again[at], std::min<std::size_t>(100, again.size() - at)});
  }
  iocb block = request(IOCB_CMD_PREADV, disk.file(), pieces.data(), pieces.size());
  EXPECT_EQ(disk.run(block), static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(again, found);
}

TEST(MediumTest, TheSameSeedSpoilsTheSameBit) {
  const std::string text = letters('a', 16 * kSector);
  Disk first("medium op=read bit_rot", text, 0, 7);
  Disk second("medium op=read bit_rot", text, 0, 7);
  Disk other("medium op=read bit_rot", text, 0, 8);
  const std::string found = first.read(text.size());
  EXPECT_EQ(second.read(text.size()), found);
  EXPECT_NE(other.read(text.size()), found);
}

TEST(MediumTest, TheSectorMayBeSet) {
  Disk disk(
      "set sector=16; medium op=read offset=0..15 when=1 latent_sector_error; "
      "medium op=read offset=0..15 when=1 bit_rot",
      letters('a', kBlock));
  EXPECT_EQ(disk.read(16), "-5");
  EXPECT_EQ(disk.write(letters('b', 16)), 16);
  EXPECT_EQ(differing_bits(disk.read(16), letters('b', 16)), 1U);
}

// ---- writes ----

TEST(MediumTest, ALostWriteIsReportedAndLeavesTheFileAlone) {
  Disk disk("lost: medium op=write when=1 lost_write", letters('a', kSector));
  EXPECT_EQ(disk.write(letters('b', 2 * kSector)), static_cast<std::int64_t>(2 * kSector));
  EXPECT_EQ(disk.truth(), letters('a', kSector));
  EXPECT_EQ(disk.write(letters('c', kSector)), static_cast<std::int64_t>(kSector));
  EXPECT_EQ(disk.truth(), letters('c', kSector));
  EXPECT_EQ(disk.fired("lost"), 1U);
}

TEST(MediumTest, ABadBufferIsNoLostWrite) {
  Disk disk("lost: medium op=write lost_write", letters('a', kSector));
  iocb block = request(IOCB_CMD_PWRITE, disk.file(), nullptr, kSector);
  EXPECT_EQ(disk.run(block), -EFAULT);
  EXPECT_EQ(disk.fired("lost"), 0U);
}

TEST(MediumTest, ATornWriteKeepsItsFirstOrLastSectors) {
  Disk first("medium op=write torn_write keep=first:1", letters('a', 3 * kSector));
  EXPECT_EQ(first.write(letters('b', 3 * kSector)), static_cast<std::int64_t>(3 * kSector));
  EXPECT_EQ(first.truth(), letters('b', kSector) + letters('a', 2 * kSector));
  Disk last("medium op=write torn_write keep=last:2", letters('a', 3 * kSector));
  EXPECT_EQ(last.write(letters('b', 3 * kSector)), static_cast<std::int64_t>(3 * kSector));
  EXPECT_EQ(last.truth(), letters('a', kSector) + letters('b', 2 * kSector));
}

TEST(MediumTest, ATornWriteGoesBySectorsOfTheFile) {
  Disk disk("medium op=write torn_write keep=first:1", letters('a', 3 * kSector));
  EXPECT_EQ(disk.write(letters('b', kSector), 500), static_cast<std::int64_t>(kSector));
  EXPECT_EQ(disk.truth(), letters('a', 500) + letters('b', 12) + letters('a', 2 * kSector));
}

TEST(MediumTest, ATornWriteOfRandomSectorsLosesOneAtLeast) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    Disk disk("medium op=write torn_write keep=random", letters('a', 4 * kSector), 0, seed);
    EXPECT_EQ(disk.write(letters('b', 4 * kSector)), static_cast<std::int64_t>(4 * kSector));
    const std::string left = disk.truth();
    EXPECT_NE(left, letters('b', 4 * kSector));
    for (std::size_t i = 0; i < left.size(); i += kSector) {
      EXPECT_EQ(left.substr(i, kSector), letters(left[i], kSector));
    }
  }
}

TEST(MediumTest, AWriteOfOneSectorIsNeverTorn) {
  Disk disk("torn: medium op=write torn_write keep=random", letters('a', kSector));
  EXPECT_EQ(disk.write(letters('b', kSector)), static_cast<std::int64_t>(kSector));
  EXPECT_EQ(disk.truth(), letters('b', kSector));
  EXPECT_EQ(disk.fired("torn"), 0U);
}

TEST(MediumTest, AMisdirectedWriteLandsElsewhereInTheFile) {
  Disk disk("medium op=write misdirected_write", letters('a', 8 * kSector));
  EXPECT_EQ(disk.write(letters('b', kSector)), static_cast<std::int64_t>(kSector));
  const std::string left = disk.truth();
  EXPECT_EQ(left.size(), 8 * kSector);
  EXPECT_EQ(left.substr(0, kSector), letters('a', kSector));
  const std::size_t at = left.find('b');
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(at % kSector, 0U);
  EXPECT_EQ(left.substr(at, kSector), letters('b', kSector));
}

TEST(MediumTest, OnlyFilesOfADiskHaveAMedium) {
  const PipeEnds ends = make_pipe();
  Disk disk("lost: medium op=write lost_write", "");
  EXPECT_EQ(disk.run(request(IOCB_CMD_PWRITE, ends.in, "x", 1)), 1);
  char byte = 0;
  EXPECT_EQ(read(ends.out, &byte, 1), 1);
  EXPECT_EQ(disk.fired("lost"), 0U);
}

// ---- direct, and late ----

TEST(MediumTest, DirectTransfersMeetTheSame) {
  const std::string text = letters('a', 4 * kBlock);
  try {
    Disk disk("medium op=read when=1 bit_rot; medium op=write when=1 torn_write keep=first:8", text,
              O_DIRECT);
    const std::string found = disk.read(2 * kBlock);
    EXPECT_EQ(differing_bits(found, text.substr(0, 2 * kBlock)), 1U);
    EXPECT_EQ(disk.read(2 * kBlock), found);
    EXPECT_EQ(disk.write(letters('b', 2 * kBlock)), static_cast<std::int64_t>(2 * kBlock));
    EXPECT_EQ(disk.truth(), letters('b', kBlock) + letters('a', 3 * kBlock));
  } catch (const std::invalid_argument& error) {
    FAIL() << error.what();
  }
}

TEST(MediumTest, ADirectReadOfABadSectorFailsAsAWhole) {
  Disk disk("medium op=read offset=8192..12287 when=1 latent_sector_error",
            letters('a', 4 * kBlock), O_DIRECT);
  EXPECT_EQ(disk.read(kBlock, 2 * kBlock), "-5");
  EXPECT_EQ(disk.read(4 * kBlock), "-5");
  EXPECT_EQ(disk.read(2 * kBlock), letters('a', 2 * kBlock));
}

TEST(MediumTest, ALateWriteIsLostWhenItIsDue) {
  Disk disk("complete op=write delay 1ms; medium op=write lost_write", letters('a', kSector));
  EXPECT_EQ(disk.write(letters('b', kSector)), static_cast<std::int64_t>(kSector));
  EXPECT_EQ(disk.truth(), letters('a', kSector));
}

// ---- space ----

TEST(SpaceBudgetTest, TheWriteThatCrossesTheBudgetIsShort) {
  Disk disk("full: durability op=write enospc budget=1000", "");
  EXPECT_EQ(disk.write(letters('a', 600)), 600);
  EXPECT_EQ(disk.write(letters('b', 600), 600), 400);
  EXPECT_EQ(disk.write(letters('c', 10), 1000), -ENOSPC);
  EXPECT_EQ(disk.truth(), letters('a', 600) + letters('b', 400));
  EXPECT_EQ(disk.fired("full"), 2U);
}

TEST(SpaceBudgetTest, WritingOverWhatIsThereTakesNone) {
  Disk disk("durability op=write enospc budget=0", letters('a', kBlock));
  EXPECT_EQ(disk.write(letters('b', kBlock)), static_cast<std::int64_t>(kBlock));
  EXPECT_EQ(disk.write("c", kBlock), -ENOSPC);
  EXPECT_EQ(disk.write(letters('d', 200), kBlock - 100), 100);
}

TEST(SpaceBudgetTest, HolesTakeSpace) {
  Disk disk("durability op=write enospc budget=4K", "");
  disk.lengthen(4 * kBlock);
  EXPECT_EQ(disk.write(letters('a', kBlock)), static_cast<std::int64_t>(kBlock));
  EXPECT_EQ(disk.write(letters('b', kBlock), kBlock), -ENOSPC);
}

TEST(SpaceBudgetTest, SpaceComesBackAfterAWhile) {
  Disk disk("durability op=write enospc budget=100 refill=100 after=1ns", "");
  EXPECT_EQ(disk.write(letters('a', 150)), 100);
  EXPECT_EQ(disk.write(letters('b', 50), 100), 50);
}

}  // namespace
}  // namespace aioemu
