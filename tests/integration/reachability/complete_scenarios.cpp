// Faults of requests that have been accepted, and of a kernel with bugs.
#include <array>
#include <cstring>

#include "tests/integration/reachability/scenarios.h"

namespace reachability {
namespace {

using aioemu::fault::Action;
using aioemu::fault::Layer;

std::string read_one(Session& session) {
  return std::to_string(session.run(session.read(session.place().file(Session::kBlock))));
}

// Two reads of one file, submitted one after the other.
std::string two_reads(Session& session) {
  const int fd = session.place().file(Session::kBlock);
  session.submit({&session.read(fd)});
  session.submit({&session.read(fd)});
  std::string seen = "at once " + results(session.at_once());
  std::vector<io_event> late = session.after_a_while();
  if (late.size() == 1) {
    const std::vector<io_event> more = session.after_a_while();
    late.insert(late.end(), more.begin(), more.end());
  }
  return seen + ", later " + results(late);
}

std::string read_and_wait(Session& session) {
  session.submit({&session.read(session.place().file(Session::kBlock))});
  session.place().pass(50 * kMillisecond);
  std::array<io_event, 1> events{};
  const timespec limit{0, 50 * kMillisecond};
  const long count = session.place().getevents(session.context(), 1, 1, events.data(), &limit);
  return std::to_string(count) + " events";
}

// ---- hostile ----

std::string events_of_one_read(Session& session) {
  session.submit({&session.read(session.place().file(Session::kBlock))});
  return std::to_string(session.at_once().size()) + " events";
}

std::string size_of_result(Session& session) {
  const std::int64_t result = session.run(session.read(session.place().file(Session::kBlock)));
  return result > static_cast<std::int64_t>(Session::kBlock) ? "too much" : "not too much";
}

std::string cookie(Session& session) {
  session.submit({&session.read(session.place().file(Session::kBlock))});
  const std::vector<io_event> events = session.after_a_while();
  return events.size() == 1 && events[0].data == 7 ? "its own" : "another";
}

std::array<std::uint32_t, 8> header_of(aio_context_t context) {
  std::array<std::uint32_t, 8> words{};
  std::memcpy(words.data(), reinterpret_cast<const void*>(context), sizeof words);
  return words;
}

std::string ring_header(Session& session) {
  std::array<std::uint32_t, 8> expected = header_of(session.context());
  session.submit({&session.read(session.place().file(Session::kBlock))});
  expected[3] += 1;  // the tail
  return header_of(session.context()) == expected ? "as it should be" : "something else";
}

std::string buffer_at_the_event(Session& session) {
  iocb& request = session.read(session.place().file(Session::kBlock));
  session.run(request);
  return Session::buffer_of(request)[0] == '?' ? "as it was" : "filled";
}

constexpr std::string_view kIllegal = "set legal=kernel,device,illegal";

constexpr std::array<Scenario, 11> kScenarios = {{
    {Layer::complete, Action::error, "complete errno EIO", "-5", read_one},
    {Layer::complete, Action::short_to, "complete short 100", "100", read_one},
    {Layer::complete, Action::delay, "complete delay 400ms", "at once nothing, later 4096 4096",
     two_reads},
    {Layer::complete, Action::stall, "complete when=1 stall 400ms",
     "at once nothing, later 4096 4096", two_reads},
    {Layer::complete, Action::hang, "complete hang", "0 events", read_and_wait},
    {Layer::hostile, Action::duplicate, "hostile duplicate", "2 events", events_of_one_read,
     kIllegal},
    {Layer::hostile, Action::spurious, "hostile spurious", "2 events", events_of_one_read,
     kIllegal},
    {Layer::hostile, Action::res_too_large, "hostile res_too_large", "too much", size_of_result,
     kIllegal},
    {Layer::hostile, Action::wrong_data, "hostile wrong_data", "another", cookie, kIllegal},
    {Layer::hostile, Action::ring_corrupt, "hostile ring_corrupt", "something else", ring_header,
     kIllegal},
    {Layer::hostile, Action::event_before_data, "hostile event_before_data", "as it was",
     buffer_at_the_event, kIllegal},
}};

}  // namespace

std::span<const Scenario> complete_scenarios() { return kScenarios; }

}  // namespace reachability
