// What is counted: requests, events, slots, the size of a ring.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/completion_ring.h"
#include "core/kernel.h"
#include "tests/unit/core/fake_ports.h"

namespace aioemu::core {
namespace {

constexpr int kFile = 3;

abi::RingHeader& header_of(UserAddress ctx) { return *reinterpret_cast<abi::RingHeader*>(ctx); }

// Submits until no slot is left.
std::vector<Request*> fill(FakeWorld& world, UserAddress ctx) {
  abi::Iocb iocb = iocb_of(abi::Opcode::pread, kFile);
  std::vector<Request*> in_flight;
  while (world.submit(ctx, iocb) == 1) in_flight.push_back(world.step.request);
  return in_flight;
}

TEST(Accounting, CountsTellWhatIsInFlightAndWhatNobodyHasReaped) {
  FakeWorld world;
  world.files.add(kFile, FileKind::regular);
  abi::Iocb iocb = iocb_of(abi::Opcode::pread, kFile);
  const UserAddress contexts[] = {world.setup(), world.setup()};
  std::vector<Request*> requests;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(world.submit(contexts[i % 2], iocb), 1);
    requests.push_back(world.step.request);
  }
  for (std::size_t i = 0; i < 3; ++i) world.kernel.complete(*requests[i], 0);
  EXPECT_EQ(world.kernel.counts().contexts, 2U);
  EXPECT_EQ(world.kernel.counts().in_flight, 2U);
  EXPECT_EQ(world.kernel.counts().unreaped, 3U);
  for (std::size_t i = 3; i < 5; ++i) world.kernel.complete(*requests[i], 0);
}

// K99: a slot comes back when its event has left the ring, and does not go again when the program
// moves the head back.
TEST(Accounting, SlotsOnceFreedStayFree) {
  FakeWorld world;
  world.files.add(kFile, FileKind::regular);
  const UserAddress ctx = world.setup();
  const std::vector<Request*> first = fill(world, ctx);
  for (Request* request : first) world.kernel.complete(*request, 0);
  header_of(ctx).head = header_of(ctx).tail;
  abi::Iocb iocb = iocb_of(abi::Opcode::pread, kFile);
  ASSERT_EQ(world.submit(ctx, iocb), 1);
  Request* const looked = world.step.request;
  header_of(ctx).head = 0;
  const std::vector<Request*> more = fill(world, ctx);
  EXPECT_EQ(more.size() + 1, first.size());
  header_of(ctx).head = header_of(ctx).tail;
  world.kernel.complete(*looked, 0);
  for (Request* request : more) world.kernel.complete(*request, 0);
}

// K17, K95: 20 processors make batches of 3, and 254 slots leave 2 of them over.
TEST(Accounting, OneEventOfTheRingStaysFreeWhateverTheBatch) {
  KernelProfile profile;
  profile.possible_cpus = 20;
  FakeWorld world(profile);
  world.files.add(kFile, FileKind::regular);
  const UserAddress ctx = world.setup();
  ASSERT_EQ(header_of(ctx).nr, 255U);
  const std::vector<Request*> in_flight = fill(world, ctx);
  EXPECT_EQ(in_flight.size(), 252U);
  for (Request* request : in_flight) world.kernel.complete(*request, 0);
  std::array<abi::IoEvent, 255> events{};
  EXPECT_EQ(world.reap(ctx, events.data(), 255), 252);
}

TEST(Accounting, TheLeastRequestIsFourForEachProcessorDoubled) {
  KernelProfile profile;
  profile.possible_cpus = 64;
  FakeWorld world(profile);
  EXPECT_EQ(header_of(world.setup()).nr, 639U);
}

// K49: whatever the program has written there before.
TEST(Accounting, AnEventOverwritesAllFourWordsOfItsPlace) {
  alignas(4096) std::array<std::byte, 4096> page{};
  CompletionRing ring(page.data(), 127);
  page[sizeof(abi::RingHeader) + offsetof(abi::IoEvent, res2)] = std::byte{7};
  ring.push({1, 2, 3, 0});
  FakeMemory memory;
  abi::IoEvent event{};
  ASSERT_EQ(ring.read(memory, FakeWorld::address(&event), 1), 1);
  EXPECT_EQ(event, (abi::IoEvent{1, 2, 3, 0}));
}

}  // namespace
}  // namespace aioemu::core
