// Faults of the calls: io_setup, io_submit, io_getevents, io_cancel.
#include <array>
#include <cerrno>

#include "tests/integration/reachability/scenarios.h"

namespace reachability {
namespace {

using aioemu::fault::Action;
using aioemu::fault::Layer;

std::string setup_another(Session& session) {
  aio_context_t another = 0;
  return "io_setup " + std::to_string(session.place().setup(1, &another));
}

std::string submit_two(Session& session) {
  const int fd = session.place().file(Session::kBlock);
  const long accepted = session.submit({&session.read(fd), &session.read(fd)});
  return "io_submit " + std::to_string(accepted) + ", then " + results(session.at_once());
}

std::string time_of_submit(Session& session) {
  const int fd = session.place().file(Session::kBlock);
  const std::int64_t begin = session.place().now();
  session.submit({&session.read(fd)});
  const bool long_time = session.place().now() - begin >= 500 * kMillisecond;
  return long_time ? "half a second" : "no time";
}

std::string events_behind_submit(Session& session) {
  const int fd = session.place().file(Session::kBlock);
  session.submit({&session.read(fd)});
  return results(session.at_once());
}

// ---- waits ----

std::string wait_for_a_poll(Session& session) {
  std::array<int, 2> ends{};
  session.place().pipe(ends.data());
  session.submit({&session.poll(ends[0])});
  io_event event{};
  const timespec limit{0, 20 * kMillisecond};
  return "io_getevents " +
         std::to_string(session.place().getevents(session.context(), 1, 1, &event, &limit));
}

std::string wait_for_two(Session& session) {
  const int fd = session.place().file(Session::kBlock);
  session.submit({&session.read(fd), &session.read(fd)});
  std::array<io_event, 2> events{};
  return "io_getevents " +
         std::to_string(session.place().getevents(session.context(), 2, 2, events.data(), nullptr));
}

std::string count_of(Place& place, int eventfd) {
  std::uint64_t count = 0;
  return place.read(eventfd, &count, sizeof count) > 0 ? std::to_string(count) : "nothing";
}

std::string eventfd_and_ring(Session& session) {
  Place& place = session.place();
  const int eventfd = place.eventfd();
  iocb& request = session.read(place.file(Session::kBlock));
  request.aio_flags = IOCB_FLAG_RESFD;
  request.aio_resfd = static_cast<std::uint32_t>(eventfd);
  session.submit({&request});
  std::string seen = "ring " + results(session.at_once()) + ", eventfd " + count_of(place, eventfd);
  std::string late = "nothing";
  for (int i = 0; i < 100 && late == "nothing"; ++i) {
    place.pass(20 * kMillisecond);
    late = count_of(place, eventfd);
  }
  return seen + ", later " + late;
}

// ---- cancels ----

// What a poll's event says: the mask may have more than what was asked for.
std::string as_poll(const std::vector<io_event>& events) {
  if (events.size() != 1) return std::to_string(events.size()) + " events";
  return (events[0].res & 1) != 0 ? "readable" : "not readable";
}

// A poll of an empty pipe is cancelled; then the pipe has something.
std::string cancel_a_poll(Session& session) {
  Place& place = session.place();
  std::array<int, 2> ends{};
  place.pipe(ends.data());
  iocb& request = session.poll(ends[0]);
  session.submit({&request});
  io_event event{};
  const long result = place.cancel(session.context(), &request, &event);
  place.write(ends[1], "x", 1);
  return "io_cancel " + std::to_string(result) + ", then " + as_poll(session.after_a_while());
}

// A read that takes its time cannot be cancelled.
std::string cancel_a_read(Session& session) {
  iocb& request = session.read(session.place().file(Session::kBlock));
  session.submit({&request});
  io_event event{};
  const long result = session.place().cancel(session.context(), &request, &event);
  return "io_cancel " + std::to_string(result) + ", then " + results(session.after_a_while());
}

constexpr std::array<Scenario, 11> kScenarios = {{
    {Layer::setup, Action::error, "setup when=2 errno ENOMEM", "io_setup -12", setup_another},
    {Layer::submit, Action::error, "submit errno EAGAIN", "io_submit -11, then nothing",
     submit_two},
    {Layer::submit, Action::partial, "submit partial 1", "io_submit 1, then 4096", submit_two},
    {Layer::submit, Action::block, "submit block 500ms", "half a second", time_of_submit},
    {Layer::submit, Action::complete_early, "submit complete_early", "4096", events_behind_submit,
     "order lifo", true},
    {Layer::wait, Action::error, "wait errno EINTR", "io_getevents -4", wait_for_a_poll},
    {Layer::wait, Action::early, "wait early 1", "io_getevents 1", wait_for_two},
    {Layer::wait, Action::eventfd_late, "wait eventfd_late 400ms",
     "ring 4096, eventfd nothing, later 1", eventfd_and_ring},
    {Layer::cancel, Action::einval, "cancel einval", "io_cancel -22, then readable", cancel_a_poll},
    {Layer::cancel, Action::inprogress_done, "cancel inprogress_done",
     "io_cancel -115, then readable", cancel_a_poll},
    {Layer::cancel, Action::inprogress_canceled, "cancel inprogress_canceled",
     "io_cancel -115, then -125", cancel_a_read, "complete op=read delay 300ms"},
}};

}  // namespace

std::span<const Scenario> call_scenarios() { return kScenarios; }

}  // namespace reachability
