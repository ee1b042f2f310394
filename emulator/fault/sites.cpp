#include "fault/sites.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "base/check.h"

namespace aioemu::fault {
namespace {

constexpr OpSet kTransfers = kReadOps | kWriteOps;
constexpr auto kKernel = Legality::kernel;
constexpr auto kDevice = Legality::device;
constexpr auto kIllegal = Legality::illegal;
constexpr auto kRequest = Subject::request;
constexpr auto kNone = Arguments::none;
constexpr auto kAnywhere = Where::anywhere;
constexpr auto kWorldOnly = Where::world_only;

constexpr std::array<Site, 36> kSites = {{
    {Layer::setup, Action::error, "errno", "", Arguments::error, Subject::setup_call, kNoOps,
     kKernel, kAnywhere, "the call fails with that error"},

    {Layer::submit, Action::error, "errno", "", Arguments::error, Subject::submit_call, kNoOps,
     kKernel, kAnywhere, "the call fails with that error and accepts nothing"},
    {Layer::submit, Action::partial, "partial", "", Arguments::count, Subject::submit_call, kNoOps,
     kKernel, kAnywhere, "the first K iocbs are accepted, the rest is not looked at"},
    {Layer::submit, Action::block, "block", "", Arguments::duration, Subject::submit_call, kNoOps,
     kKernel, kAnywhere, "the call returns so much later"},
    {Layer::submit, Action::complete_early, "complete_early", "", kNone, Subject::submit_call,
     kNoOps, kKernel, kAnywhere, "the events are in the ring before the call returns"},

    {Layer::complete, Action::error, "errno", "", Arguments::error, kRequest, kTransfers | kSyncOps,
     kKernel, kAnywhere, "the request completes with that error and moves no byte"},
    {Layer::complete, Action::short_to, "short", "", Arguments::bytes, kRequest, kTransfers,
     kKernel, kAnywhere, "fewer bytes are moved, and the result says how many"},
    {Layer::complete, Action::delay, "delay", "", Arguments::durations, kRequest, kAllOps, kKernel,
     kAnywhere, "the request moves its bytes and completes so much later"},
    {Layer::complete, Action::stall, "stall", "", Arguments::duration, kRequest, kAllOps, kKernel,
     kAnywhere, "nothing of that file completes for so long"},
    {Layer::complete, Action::hang, "hang", "", kNone, kRequest, kAllOps, kKernel, kAnywhere,
     "the request never completes"},

    {Layer::wait, Action::error, "errno", "", Arguments::error, Subject::wait_call, kNoOps, kKernel,
     kAnywhere, "the wait ends with that error; only where it has reaped nothing"},
    {Layer::wait, Action::early, "early", "", Arguments::count, Subject::wait_call, kNoOps, kKernel,
     kAnywhere, "the wait returns K events, fewer than min_nr, as if a signal had come"},
    {Layer::wait, Action::eventfd_late, "eventfd_late", "", Arguments::optional_duration, kRequest,
     kAllOps, kKernel, kAnywhere,
     "the eventfd is signalled so much later than the event is in the ring"},

    {Layer::cancel, Action::einval, "einval", "", kNone, kRequest, kAllOps, kKernel, kAnywhere,
     "the call fails with EINVAL, and the request goes on"},
    {Layer::cancel, Action::inprogress_done, "inprogress_done", "", kNone, kRequest, kAllOps,
     kKernel, kAnywhere, "the call fails with EINPROGRESS, and the natural result arrives"},
    {Layer::cancel, Action::inprogress_canceled, "inprogress_canceled", "", kNone, kRequest,
     kAllOps, kKernel, kAnywhere,
     "the call fails with EINPROGRESS, and the request ends as cancelled"},

    {Layer::medium, Action::latent_sector_error, "latent_sector_error", "", kNone, kRequest,
     kReadOps, kDevice, kAnywhere, "its sectors cannot be read (EIO) until they are written again"},
    {Layer::medium, Action::bit_rot, "bit_rot", "", kNone, kRequest, kReadOps, kDevice, kAnywhere,
     "a bit of its sectors reads wrong, the same one each time"},
    {Layer::medium, Action::misdirected_write, "misdirected_write", "", kNone, kRequest, kWriteOps,
     kDevice, kAnywhere, "the bytes go to other sectors of the file"},
    {Layer::medium, Action::misdirected_read, "misdirected_read", "", kNone, kRequest, kReadOps,
     kDevice, kAnywhere, "the bytes come from other sectors of the file"},
    {Layer::medium, Action::lost_write, "lost_write", "", kNone, kRequest, kWriteOps, kDevice,
     kAnywhere, "the write is reported as done, and the disk keeps what it had"},
    {Layer::medium, Action::stale_read, "stale_read", "", kNone, kRequest, kReadOps, kDevice,
     kAnywhere, "the read gives what was there before the last write"},
    {Layer::medium, Action::torn_write, "torn_write", "", Arguments::sectors, kRequest, kWriteOps,
     kDevice, kAnywhere, "only some of the write's sectors reach the disk"},

    {Layer::durability, Action::fsync_eio_clean, "fsync", "eio_clean", kNone, kRequest, kSyncOps,
     kKernel, kWorldOnly, "EIO, and the pages count as clean: a second fsync succeeds (ext4, xfs)"},
    {Layer::durability, Action::fsync_eio_dirty, "fsync", "eio_dirty", kNone, kRequest, kSyncOps,
     kKernel, kWorldOnly, "EIO, and the pages stay dirty: a second fsync tries again"},
    {Layer::durability, Action::fsync_eio_revert, "fsync", "eio_revert", kNone, kRequest, kSyncOps,
     kKernel, kWorldOnly, "EIO, and the contents go back to what was durable (btrfs)"},
    {Layer::durability, Action::fsync_eio_next, "fsync", "eio_next", kNone, kRequest, kSyncOps,
     kKernel, kWorldOnly, "this one succeeds and makes nothing durable; the next one reports EIO"},
    {Layer::durability, Action::fsync_lie, "fsync", "lie", kNone, kRequest, kSyncOps, kDevice,
     kWorldOnly, "success, and nothing was made durable"},
    {Layer::durability, Action::enospc, "enospc", "", Arguments::space, kRequest, kWriteOps,
     kKernel, kAnywhere, "the write that crosses the budget is short, those behind it get ENOSPC"},
    {Layer::durability, Action::power_cut, "power_cut", "", kNone, kRequest, kAllOps, kDevice,
     kWorldOnly, "power fails: each unsynced block is kept, dropped or torn"},

    {Layer::hostile, Action::duplicate, "duplicate", "", kNone, kRequest, kAllOps, kIllegal,
     kAnywhere, "the event is delivered twice"},
    {Layer::hostile, Action::spurious, "spurious", "", kNone, kRequest, kAllOps, kIllegal,
     kAnywhere, "an event of a request that nobody made is delivered as well"},
    {Layer::hostile, Action::res_too_large, "res_too_large", "", kNone, kRequest, kTransfers,
     kIllegal, kAnywhere, "res is above nbytes"},
    {Layer::hostile, Action::wrong_data, "wrong_data", "", kNone, kRequest, kAllOps, kIllegal,
     kAnywhere, "the event carries another data cookie"},
    {Layer::hostile, Action::ring_corrupt, "ring_corrupt", "", kNone, kRequest, kAllOps, kIllegal,
     kAnywhere, "the ring's header is overwritten"},
    {Layer::hostile, Action::event_before_data, "event_before_data", "", kNone, kRequest, kReadOps,
     kIllegal, kAnywhere, "the event is there before the bytes are"},
}};

constexpr bool is(const Site& site, Layer layer, Action action) noexcept {
  return site.layer == layer && site.action == action;
}

// What the block layer makes of a report of the device's.
constexpr bool is_device_error(std::uint64_t error) noexcept {
  return error == EIO || error == EREMOTEIO || error == ETIMEDOUT || error == ENODATA ||
         error == EILSEQ;
}

}  // namespace

std::span<const Site> sites() noexcept { return kSites; }

const Site& site_of(Layer layer, Action action) noexcept {
  if (action == Action::short_by || action == Action::short_sectors) action = Action::short_to;
  const auto found = std::find_if(kSites.begin(), kSites.end(),
                                  [=](const Site& site) { return is(site, layer, action); });
  AIOEMU_CHECK(found != kSites.end());
  return *found;
}

std::size_t number_of(const Site& site) noexcept {
  return static_cast<std::size_t>(&site - kSites.data());
}

bool has_subject(Layer layer, Subject subject) noexcept {
  return std::any_of(kSites.begin(), kSites.end(), [=](const Site& site) {
    return site.layer == layer && site.subject == subject;
  });
}

bool has_key(Subject subject, Key key) noexcept {
  switch (subject) {
    case Subject::setup_call:
      return key == Key::nr || key == Key::ctx || key == Key::thread;
    case Subject::submit_call:
      return key == Key::nr || key == Key::inflight || key == Key::ctx || key == Key::thread;
    case Subject::wait_call:
      return key == Key::min_nr || has_key(Subject::submit_call, key);
    case Subject::request:
      return key != Key::min_nr;
  }
  return false;
}

Legality legality_of(const RuleBody& body) noexcept {
  const bool device = body.layer == Layer::complete && body.act.action == Action::error &&
                      is_device_error(body.act.amount);
  return device ? Legality::device : site_of(body).legality;
}

std::string_view word_of(Legality legality) noexcept {
  constexpr std::array<std::string_view, 3> kWords = {"kernel", "device", "illegal"};
  return kWords[static_cast<std::size_t>(legality)];
}

std::string title(const Site& site) {
  std::string text(site.word);
  if (!site.variant.empty()) text += " " + std::string(site.variant);
  return text;
}

}  // namespace aioemu::fault
