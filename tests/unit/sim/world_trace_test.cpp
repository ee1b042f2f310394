// A World's trace: what happened, as text that a reader can read.
#include "observe/timeline.h"
#include "observe/trace_reader.h"
#include "world_fixture.h"

namespace aioemu {
namespace {

using observe::Event;

std::string traced(const WorldOptions& options) {
  InWorld in(options);
  const int fd = in.world.create_file("data", 8192);
  std::array<char, 4096> buffer{};
  iocb first = write_of(fd, buffer.data(), 4096, 0, 1);
  iocb second = read_of(fd, buffer.data(), 4096, 4096, 2);
  EXPECT_EQ(in.submit({&first, &second}), 2);
  in.drain();
  return in.world.trace();
}

observe::Trace read(const std::string& text) {
  auto trace = observe::read_trace(text);
  EXPECT_TRUE(std::holds_alternative<observe::Trace>(trace)) << std::get<std::string>(trace);
  return std::get<observe::Trace>(std::move(trace));
}

WorldOptions with_trace(std::uint64_t seed) {
  WorldOptions options;
  options.plan = "a: complete op=write errno EIO";
  options.seed = seed;
  options.trace = true;
  return options;
}

TEST(WorldTrace, TellsOfRequestsAndFaults) {
  const observe::Trace trace = read(traced(with_trace(7)));
  EXPECT_EQ(trace.header.engine, "world");
  EXPECT_EQ(trace.header.seed, 7U);
  EXPECT_EQ(trace.header.rules, (std::vector<std::string>{"a"}));
  std::array<int, observe::kEvents> counts{};
  for (const observe::Record& record : trace.records) {
    ++counts[static_cast<std::size_t>(record.event)];
  }
  EXPECT_EQ(counts[static_cast<std::size_t>(Event::accepted)], 2);
  EXPECT_EQ(counts[static_cast<std::size_t>(Event::completed)], 2);
  EXPECT_EQ(counts[static_cast<std::size_t>(Event::reaped)], 2);
  EXPECT_EQ(counts[static_cast<std::size_t>(Event::fault)], 1);
  EXPECT_THAT(observe::text_timeline(trace, {}), testing::HasSubstr("! a: errno EIO"));
}

TEST(WorldTrace, IsTheSameForTheSameSeed) {
  EXPECT_EQ(traced(with_trace(3)), traced(with_trace(3)));
}

TEST(WorldTrace, IsEmptyUnlessAskedFor) { EXPECT_EQ(traced({}), ""); }

}  // namespace
}  // namespace aioemu
