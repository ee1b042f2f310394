// Faults of what lies below: the medium, and what fsync says of it.
#include <array>

#include "aioemu/world.h"
#include "tests/integration/reachability/scenarios.h"

namespace reachability {
namespace {

using aioemu::fault::Action;
using aioemu::fault::Layer;

std::string write_and_read(Session& session, int fd) {
  const std::int64_t written = session.run(session.write(fd, 'b'));
  return "wrote " + std::to_string(written) + ", read " + session.contents(fd);
}

// A block of a's is overwritten with b's. The file has room for what goes astray.
std::string overwrite(Session& session) {
  const int fd = session.place().file(8 * Session::kBlock);
  session.run(session.write(fd, 'a'));
  return write_and_read(session, fd);
}

// It cannot be read, and then it is written.
std::string read_write_read(Session& session) {
  const int fd = session.place().file(8 * Session::kBlock);
  const std::string before = session.contents(fd);
  return "read " + before + ", " + write_and_read(session, fd);
}

// A block is written once and read twice. Does it have what was written?
std::string read_twice(Session& session) {
  const int fd = session.place().file(8 * Session::kBlock);
  session.run(session.write(fd, 'a'));
  const bool first = session.contents(fd) == "aaaaaaaa";
  const bool second = session.contents(fd) == "aaaaaaaa";
  return std::string(first ? "right" : "wrong") + " and " + (second ? "right" : "wrong");
}

std::string fill_up(Session& session) {
  const int fd = session.place().file(0);
  const std::int64_t first = session.run(session.write(fd, 'a'));
  const std::int64_t second = session.run(session.write(fd, 'a', Session::kBlock));
  return std::to_string(first) + " " + std::to_string(second);
}

// Two fsyncs of a written block, and then the power fails.
std::string sync_twice(Session& session) {
  const int fd = session.place().file(Session::kBlock);
  session.run(session.write(fd, 'a'));
  const std::int64_t first = session.run(session.sync(fd));
  const std::int64_t second = session.run(session.sync(fd));
  const std::uint64_t at_risk = session.place().power_cut();
  session.renew();
  return "fsync " + std::to_string(first) + ", " + std::to_string(second) + ", then " +
         (at_risk > 0 ? "at risk" : session.contents(fd));
}

// An fsync, and then what is in the file.
std::string sync_and_read(Session& session) {
  const int fd = session.place().file(Session::kBlock);
  session.run(session.write(fd, 'a'));
  const std::int64_t result = session.run(session.sync(fd));
  return "fsync " + std::to_string(result) + ", then " + session.contents(fd);
}

std::string power_at_a_write(Session& session) {
  try {
    const int fd = session.place().file(Session::kBlock);
    session.submit({&session.write(fd, 'a')});
  } catch (const aioemu::PowerCut&) {
    return "power fails";
  }
  return "nothing special";
}

constexpr std::array<Scenario, 14> kScenarios = {{
    {Layer::medium, Action::latent_sector_error, "medium when=1 latent_sector_error",
     "read -5, wrote 4096, read bbbbbbbb", read_write_read},
    {Layer::medium, Action::bit_rot, "medium when=1 bit_rot", "wrong and wrong", read_twice},
    {Layer::medium, Action::misdirected_write, "medium when=2 misdirected_write",
     "wrote 4096, read aaaaaaaa", overwrite},
    {Layer::medium, Action::misdirected_read, "medium when=1 misdirected_read", "wrong and wrong",
     read_twice},
    {Layer::medium, Action::lost_write, "medium when=2 lost_write", "wrote 4096, read aaaaaaaa",
     overwrite},
    {Layer::medium, Action::stale_read, "medium when=1 stale_read", "wrote 4096, read aaaaaaaa",
     overwrite},
    {Layer::medium, Action::torn_write, "medium when=2 torn_write keep=first:1",
     "wrote 4096, read baaaaaaa", overwrite},
    {Layer::durability, Action::fsync_eio_clean, "durability when=1 fsync eio_clean",
     "fsync -5, 0, then 00000000", sync_twice},
    {Layer::durability, Action::fsync_eio_dirty, "durability when=1 fsync eio_dirty",
     "fsync -5, 0, then aaaaaaaa", sync_twice},
    {Layer::durability, Action::fsync_eio_revert, "durability when=1 fsync eio_revert",
     "fsync -5, then 00000000", sync_and_read},
    {Layer::durability, Action::fsync_eio_next, "durability when=1 fsync eio_next",
     "fsync 0, -5, then 00000000", sync_twice},
    {Layer::durability, Action::fsync_lie, "durability fsync lie", "fsync 0, 0, then at risk",
     sync_twice},
    {Layer::durability, Action::enospc, "durability enospc budget=4K", "4096 -28", fill_up},
    {Layer::durability, Action::power_cut, "durability power_cut", "power fails", power_at_a_write},
}};

}  // namespace

std::span<const Scenario> disk_scenarios() { return kScenarios; }

}  // namespace reachability
