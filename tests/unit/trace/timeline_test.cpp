#include "observe/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "observe/lifelines.h"
#include "observe/replay.h"

namespace aioemu::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

// Writes a trace by hand.
class Story {
 public:
  Story() {
    trace_.header.rules = {"a"};
    trace_.header.plan = "a: complete errno EIO\n";
    trace_.files[1] = "/tmp/f";
  }

  Story& add(Event event, std::uint64_t serial, std::uint64_t time, std::int64_t result = 0) {
    Record record;
    record.event = event;
    record.time = time;
    record.serial = serial;
    record.op = abi::Opcode::pwrite;
    record.fd = 3;
    record.length = 512;
    record.offset = static_cast<std::int64_t>(512 * serial);
    record.file = 1;
    record.who.submit = serial;
    record.result = result;
    trace_.records.push_back(record);
    return *this;
  }
  Story& fault(std::uint64_t serial, std::uint64_t time, std::uint64_t amount = 5) {
    add(Event::fault, serial, time);
    Record& record = trace_.records.back();
    record.rule = 0;
    record.layer = fault::Layer::complete;
    record.action = fault::Action::error;
    record.amount = amount;
    return *this;
  }
  // Accepted, completed and reaped.
  Story& whole(std::uint64_t serial, std::uint64_t time, std::int64_t result = 512) {
    return add(Event::accepted, serial, time)
        .add(Event::completed, serial, time + 10, result)
        .add(Event::reaped, serial, time + 20, result);
  }
  Story& held(std::uint64_t serial) { return add(Event::held, serial, 0); }
  Story& plan(const std::string& text) {
    trace_.header.plan = text;
    return *this;
  }
  Trace& trace() { return trace_; }

 private:
  Trace trace_;
};

TEST(Lifelines, FollowEachRequest) {
  Story story;
  story.add(Event::accepted, 1, 100).fault(1, 105).add(Event::started, 1, 110);
  story.add(Event::completed, 1, 120, -5).add(Event::reaped, 1, 130).add(Event::accepted, 2, 140);
  const std::vector<Lifeline> lines = lifelines_of(story.trace());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].started, 110U);
  EXPECT_EQ(lines[0].completed, 120U);
  EXPECT_EQ(lines[0].reaped, 130U);
  EXPECT_EQ(lines[0].faults, (std::vector<std::size_t>{1}));
  EXPECT_EQ(outcome_of(lines[0]), "EIO");
  EXPECT_EQ(lines[0].end(), 130U);
  EXPECT_FALSE(lines[1].completed.has_value());
  EXPECT_EQ(outcome_of(lines[1]), "in flight");
}

TEST(Lifelines, SpeakOfFilesByName) {
  Story story;
  story.whole(1, 0);
  EXPECT_EQ(description_of(story.trace().records[0], story.trace()), "pwrite 512 at 512 of /tmp/f");
  story.trace().files.clear();
  EXPECT_EQ(description_of(story.trace().records[0], story.trace()), "pwrite 512 at 512 of fd 3");
}

TEST(ChromeTimeline, HasASpanForEachRequestAndAPointForEachFault) {
  Story story;
  story.whole(1, 1000).fault(1, 1005).whole(2, 1005);
  const auto document = nlohmann::json::parse(chrome_timeline(story.trace()));
  std::set<int> lanes;
  int points = 0;
  for (const auto& event : document["traceEvents"]) {
    if (event["ph"] == "X" && event["name"].get<std::string>().rfind("pwrite", 0) == 0) {
      lanes.insert(event["tid"].get<int>());
      EXPECT_DOUBLE_EQ(event["dur"].get<double>(), 0.02);
    }
    if (event["ph"] == "i") {
      ++points;
      EXPECT_EQ(event["name"], "fault: a: errno EIO");
    }
  }
  EXPECT_EQ(lanes.size(), 2U) << "two requests under way at once lie beside each other";
  EXPECT_EQ(points, 1);
}

TEST(ChromeTimeline, NamesEachContextsTracks) {
  Story story;
  story.whole(1, 1000);
  EXPECT_THAT(chrome_timeline(story.trace()), HasSubstr("process 0, ctx 1"));
}

TEST(TextTimeline, DrawsALineForEachRequest) {
  Story story;
  story.whole(1, 0).add(Event::accepted, 2, 50).fault(2, 50).add(Event::completed, 2, 100, -5);
  EXPECT_EQ(text_timeline(story.trace(), {80, 40}),
            "process 0, ctx 1: 2 requests, 0 ns to 100 ns\n"
            "1 pwrite 512 at 512 of /tmp/f  |--*...                     | 512\n"
            "2 pwrite 512 at 1024 of /tmp/f |             !------------x| EIO  ! a: errno EIO\n"
            "\n"
            "- in flight  = under way  * completed  x failed  ! fault  . not yet reaped\n");
}

TEST(TextTimeline, ShowsWhatStandsOutWhenThereIsTooMuch) {
  Story story;
  for (std::uint64_t serial = 1; serial <= 100; ++serial) {
    story.whole(serial, serial * 100, serial == 77 ? -5 : 512);
  }
  const std::string text = text_timeline(story.trace(), {100, 10});
  EXPECT_THAT(text, HasSubstr("77 pwrite"));
  EXPECT_THAT(text, HasSubstr("\n1 pwrite"));
  EXPECT_THAT(text, Not(HasSubstr("\n50 pwrite")));
  EXPECT_THAT(text, HasSubstr("... and 90 more requests"));
}

TEST(TextTimeline, KeepsToItsWidth) {
  Story story;
  story.trace().files[1] = "/a/path/that/is/rather/long/for/a/narrow/terminal";
  story.whole(1, 0).fault(1, 5);
  const std::string text = text_timeline(story.trace(), {50, 10});
  const std::size_t line = text.find('\n') + 1;
  EXPECT_LE(text.find('\n', line) - line, 50U);
}

TEST(TextTimeline, SaysThatThereWasNoRequest) {
  EXPECT_THAT(text_timeline(Trace{}, {}), HasSubstr("no request"));
}

TEST(Replay, FindsNoDifferenceBetweenEqualRuns) {
  Story story;
  story.whole(1, 0).fault(2, 5).whole(2, 5, -5);
  EXPECT_FALSE(first_divergence(story.trace(), story.trace()).has_value());
}

TEST(Replay, DoesNotLookAtTimes) {
  Story first;
  Story second;
  first.whole(1, 0).fault(2, 5);
  second.whole(1, 700).fault(2, 900);
  EXPECT_FALSE(first_divergence(first.trace(), second.trace()).has_value());
}

TEST(Replay, TellsOfAFaultThatDidNotComeAgain) {
  Story first;
  Story second;
  first.fault(1, 5).fault(2, 6);
  second.fault(1, 5);
  const auto divergence = first_divergence(first.trace(), second.trace());
  ASSERT_TRUE(divergence.has_value());
  EXPECT_EQ(divergence->expected, "process 0, ctx 1, call 3, index 0: a: errno EIO, amount 5");
  EXPECT_EQ(divergence->came, "no such fault there");
}

TEST(Replay, TellsOfAFaultThatIsNew) {
  Story first;
  Story second;
  second.fault(1, 5);
  const auto divergence = first_divergence(first.trace(), second.trace());
  ASSERT_TRUE(divergence.has_value());
  EXPECT_EQ(divergence->expected, "no further fault");
}

TEST(Replay, TellsOfAnotherAmount) {
  Story first;
  Story second;
  first.fault(1, 5, 5);
  second.fault(1, 5, 28);
  const auto divergence = first_divergence(first.trace(), second.trace());
  ASSERT_TRUE(divergence.has_value());
  EXPECT_THAT(divergence->came, HasSubstr("ENOSPC"));
}

TEST(Replay, TellsOfAnotherOrderOfCompletion) {
  Story first;
  Story second;
  first.whole(1, 0).whole(2, 5);
  second.whole(2, 0).whole(1, 5);
  const auto divergence = first_divergence(first.trace(), second.trace());
  ASSERT_TRUE(divergence.has_value());
  EXPECT_EQ(divergence->expected, "completion 1 of process 0, ctx 1, call 2, index 0 with 512");
  EXPECT_EQ(divergence->came, "completion 1 of process 0, ctx 1, call 3, index 0 with 512");
}

TEST(Replay, LeavesOutRequestsThatNoSeedOrders) {
  Story first;
  Story second;
  first.held(1).held(2).whole(1, 0).whole(2, 5);
  second.held(1).held(2).whole(2, 0).whole(1, 5);
  EXPECT_FALSE(first_divergence(first.trace(), second.trace()).has_value());
  first.plan("order fifo\n");
  EXPECT_TRUE(first_divergence(first.trace(), second.trace()).has_value());
}

}  // namespace
}  // namespace aioemu::observe
