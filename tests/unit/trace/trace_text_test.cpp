#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "observe/trace_reader.h"
#include "observe/trace_writer.h"

namespace aioemu::observe {
namespace {

using testing::HasSubstr;

TraceHeader some_header() {
  TraceHeader header;
  header.aioemu = "1.2.3";
  header.engine = "run";
  header.command = {"prog", "an \"argument\"\n"};
  header.seed = 7;
  header.aio_max_nr = 65536;
  header.plan = "a: complete errno EIO\nsubmit partial 1\n";
  header.rules = {"a", "submit partial 1"};
  return header;
}

Record some_request(Event event) {
  Record record;
  record.time = 1234;
  record.event = event;
  record.op = abi::Opcode::pwrite;
  record.fd = 5;
  record.thread = 1;
  record.who = {2, 0, 3, 1};
  record.serial = 9;
  record.length = 4096;
  record.offset = 8192;
  record.data = 77;
  record.file = 0x1234567890;
  record.iocb = 0x7fff00001000;
  record.caller = 0x555500001000;
  return record;
}

Trace read(const std::string& text) {
  auto result = read_trace(text);
  EXPECT_TRUE(std::holds_alternative<Trace>(result)) << std::get<std::string>(result);
  return std::get<Trace>(std::move(result));
}

std::string reason(const std::string& text) {
  const auto result = read_trace(text);
  return std::holds_alternative<std::string>(result) ? std::get<std::string>(result) : "none";
}

TEST(TraceText, SaysARequestInOneLineWithoutAddresses) {
  TraceWriter writer({"a"}, [](std::uint64_t) { return std::string("/tmp/f"); });
  std::string text;
  Record record = some_request(Event::completed);
  record.result = -5;
  record.rule = 0;
  writer.append(text, record);
  EXPECT_EQ(text,
            "{\"event\":\"file\",\"file\":1,\"path\":\"/tmp/f\"}\n"
            "{\"t\":1234,\"event\":\"completed\",\"process\":2,\"thread\":2,\"ctx\":1,\"call\":4,"
            "\"index\":1,\"serial\":9,\"op\":\"pwrite\",\"fd\":5,\"offset\":8192,\"length\":4096,"
            "\"data\":77,\"file\":1,\"result\":-5,\"error\":\"EIO\",\"rule\":\"a\"}\n");
}

TEST(TraceText, NamesEachFileOnce) {
  TraceWriter writer({}, [](std::uint64_t file) { return "f" + std::to_string(file); });
  std::string text;
  Record record = some_request(Event::accepted);
  for (const std::uint64_t file : {30U, 40U, 30U, 40U}) {
    record.file = file;
    writer.append(text, record);
  }
  const Trace trace = read(header_line(some_header()) + text);
  EXPECT_EQ(trace.files, (std::map<std::uint64_t, std::string>{{1, "f30"}, {2, "f40"}}));
  ASSERT_EQ(trace.records.size(), 4U);
  EXPECT_EQ(trace.records[2].file, 1U);
  EXPECT_EQ(trace.records[3].file, 2U);
}

TEST(TraceText, LeavesOutDataThatLooksLikeAnAddress) {
  TraceWriter writer({});
  std::string text;
  Record record = some_request(Event::accepted);
  record.data = 0x7fff00001000;
  writer.append(text, record);
  EXPECT_EQ(text.find("data"), std::string::npos);
}

TEST(TraceText, TellsWhichRequestAnEventBelongsTo) {
  TraceWriter writer({});
  std::string text;
  for (const std::uint64_t serial : {1U, 2U, 3U}) {
    Record done = some_request(Event::completed);
    done.serial = serial;
    done.iocb = 1000 + serial;
    writer.append(text, done);
  }
  Record reaped;
  reaped.event = Event::reaped;
  reaped.who = {2, 0, 0, 0};
  // The program took the first from the ring itself.
  for (const std::uint64_t iocb : {1002U, 1003U}) {
    reaped.iocb = iocb;
    writer.append(text, reaped);
  }
  const Trace trace = read(header_line(some_header()) + text);
  ASSERT_EQ(trace.records.size(), 5U);
  EXPECT_EQ(trace.records[3].serial, 2U);
  EXPECT_EQ(trace.records[4].serial, 3U);
}

TEST(TraceText, GivesTheNumberOfAnOperationThatThereIsNot) {
  TraceWriter writer({});
  std::string text = header_line(some_header());
  Record record = some_request(Event::refused);
  record.op = static_cast<abi::Opcode>(999);
  writer.append(text, record);
  EXPECT_THAT(text, HasSubstr("\"opcode\":999"));
  EXPECT_EQ(static_cast<int>(read(text).records.at(0).op), 999);
}

TEST(TraceText, ReadsItsOwnHeader) {
  const TraceHeader header = some_header();
  const TraceHeader back = read(header_line(header)).header;
  EXPECT_EQ(back.aioemu, header.aioemu);
  EXPECT_EQ(back.engine, header.engine);
  EXPECT_EQ(back.command, header.command);
  EXPECT_EQ(back.seed, header.seed);
  EXPECT_EQ(back.aio_max_nr, header.aio_max_nr);
  EXPECT_EQ(back.plan, header.plan);
  EXPECT_EQ(back.rules, header.rules);
}

TEST(TraceText, KeepsMarksLossesAndRulesThatCameLater) {
  TraceWriter writer({"a", "submit partial 1"});
  std::string text = header_line(some_header());
  writer.append_mark(text, 50, "phase \"two\"");
  writer.append_rule(text, "late", "late: complete errno EIO");
  Record record = some_request(Event::completed);
  record.rule = 2;
  writer.append(text, record);
  writer.append_lost(text, 12);
  const Trace trace = read(text);
  ASSERT_EQ(trace.marks.size(), 1U);
  EXPECT_EQ(trace.marks[0].text, "phase \"two\"");
  EXPECT_EQ(trace.marks[0].time, 50U);
  EXPECT_EQ(trace.header.rules.back(), "late");
  ASSERT_EQ(trace.records.size(), 1U);
  EXPECT_EQ(trace.records[0].rule, 2);
  EXPECT_EQ(trace.lost, 12U);
}

TEST(TraceText, PassesByWhatALaterVersionAdded) {
  const std::string text = header_line(some_header()) +
                           "{\"event\":\"weather\",\"t\":1}\n"
                           "{\"t\":3,\"event\":\"ended\",\"process\":0,\"thread\":1,\"new\":[]}\n";
  EXPECT_EQ(read(text).records.size(), 1U);
}

TEST(TraceText, ReplacesBytesThatAreNoText) {
  TraceWriter writer({}, [](std::uint64_t) {
    return std::string(
        "a\xff"
        "b");
  });
  std::string text = header_line(some_header());
  writer.append(text, some_request(Event::accepted));
  EXPECT_EQ(read(text).files.at(1),
            "a\xef\xbf\xbd"
            "b");
}

TEST(TraceText, SaysWhereAndWhyItIsRefused) {
  const std::string header = header_line(some_header());
  EXPECT_EQ(reason(""), "line 1: no header");
  EXPECT_EQ(reason("{}\n"), "line 1: not the header of a trace");
  EXPECT_EQ(reason("nonsense"), "line 1: not JSON");
  EXPECT_EQ(reason("[1]"), "line 1: not an object");
  EXPECT_THAT(reason(R"({"format":"aioemu-trace","version":9})"), HasSubstr("of version 9"));
  EXPECT_EQ(reason(header + "{\"event\":5}"), "line 2: 'event' is not a text");
  const std::string start = header + R"({"t":1,"process":0,"thread":1,"event":)";
  EXPECT_EQ(reason(start + R"("waited"})"), "line 2: no member 'ctx'");
  EXPECT_EQ(reason(start + R"("waited","ctx":0})"), "line 2: 'ctx' counts from 1");
  EXPECT_EQ(reason(start + R"("waited","ctx":1,"call":1,"result":"x"})"),
            "line 2: 'result' is not a whole number");
  EXPECT_EQ(reason(start + R"("waited","ctx":1,"call":1,"result":18446744073709551615})"),
            "line 2: 'result' is not a whole number");
  EXPECT_EQ(reason(start + R"("synchronous","op":"pie"})"), "line 2: no operation is called 'pie'");
}

// Everything that a record of each event can say, drawn at random.
Record random_record(std::mt19937_64& random) {
  constexpr std::array<abi::Opcode, 7> kOps{
      abi::Opcode::pread, abi::Opcode::pwrite, abi::Opcode::fsync,  abi::Opcode::fdsync,
      abi::Opcode::poll,  abi::Opcode::preadv, abi::Opcode::pwritev};
  Record record;
  record.time = random();
  record.event = static_cast<Event>(random() % kEvents);
  record.op = kOps[random() % kOps.size()];
  record.layer = fault::Layer::complete;
  record.action = random() % 2 == 0 ? fault::Action::error : fault::Action::delay;
  record.rule = static_cast<std::int32_t>(random() % 3) - 1;
  record.fd = static_cast<std::int32_t>(random());
  record.thread = static_cast<std::uint32_t>(random() % 8);
  record.who = {random() % 4, random() % 4, random() % 100, random() % 100};
  record.serial = random() % 100;
  record.result = static_cast<std::int64_t>(random());
  record.count = random();
  record.amount = random();
  record.length = random();
  record.offset = static_cast<std::int64_t>(random());
  record.data = random() % 1000;
  record.iocb = random() % 10;
  record.file = random() % 5;
  return record;
}

TEST(TraceText, IsTheSameAgainOnceReadAndWritten) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    TraceWriter writer(some_header().rules);
    std::string text = header_line(some_header());
    for (int i = 0; i < 200; ++i) writer.append(text, random_record(random));
    const Trace trace = read(text);
    ASSERT_EQ(trace.records.size(), 200U) << "seed " << seed;
    TraceWriter again(trace.header.rules);
    std::string second = header_line(trace.header);
    for (const Record& record : trace.records) again.append(second, record);
    ASSERT_EQ(second, text) << "seed " << seed;
  }
}

TEST(TraceText, ThatIsDamagedIsReadOrRefusedButNeverTrusted) {
  std::mt19937_64 random(5);
  TraceWriter writer(some_header().rules);
  std::string text = header_line(some_header());
  for (int i = 0; i < 30; ++i) writer.append(text, random_record(random));
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = text;
    for (int j = 0; j < 3; ++j) {
      damaged[random() % damaged.size()] =
          "0129-{}[]\",:\n\xff"
          "ae"[random() % 17];
    }
    const auto result = read_trace(damaged);
    if (const auto* reason = std::get_if<std::string>(&result)) {
      EXPECT_EQ(reason->rfind("line ", 0), 0U) << *reason;
      continue;
    }
    for (const Record& record : std::get<Trace>(result).records) {
      EXPECT_LT(static_cast<std::size_t>(record.event), kEvents);
    }
  }
}

TEST(TraceText, IsJsonInEachLine) {
  std::mt19937_64 random(1);
  TraceWriter writer(some_header().rules);
  for (int i = 0; i < 200; ++i) {
    std::string line;
    writer.append(line, random_record(random));
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  }
}

TEST(RuleWords, AreNamesOrTextsAndNoneTwice) {
  const auto plan = std::get<fault::FaultPlan>(
      fault::parse("a: complete errno EIO\nsubmit partial 1\nsubmit partial 1\n", "test"));
  EXPECT_EQ(rule_words(plan),
            (std::vector<std::string>{"a", "submit partial 1", "submit partial 1 #2"}));
}

}  // namespace
}  // namespace aioemu::observe
