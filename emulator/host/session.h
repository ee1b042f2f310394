// Session: what a run's processes share, as one process sees it.
//
// `aioemu run` makes a session file and hands its path down in AIOEMU_SESSION. A process maps the
// file and closes the descriptor at once. Without a session (only AIOEMU_PLAN and its like are
// set, or the file cannot be reached) the same layout lies in memory of the process' own, shared
// with its fork children alone.
//
// Threading: attach and create once, before anything else; the rest from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "fault/plan.h"
#include "host/environment.h"
#include "host/session_layout.h"
#include "host/trace_tap.h"
#include "observe/fan.h"
#include "observe/oracles.h"

namespace aioemu::host {

// The names under which settings are handed down.
inline constexpr const char* kSessionVariable = "AIOEMU_SESSION";
inline constexpr const char* kPlanVariable = "AIOEMU_PLAN";
inline constexpr const char* kSeedVariable = "AIOEMU_SEED";
inline constexpr const char* kAioMaxNrVariable = "AIOEMU_AIO_MAX_NR";
inline constexpr const char* kOraclesVariable = "AIOEMU_ORACLES";
// Only for the preload library: kPreloadMode has inline system calls caught as well, anything else
// only the names; and whether io_uring_setup is to answer ENOSYS ("1").
inline constexpr const char* kModeVariable = "AIOEMU_MODE";
inline constexpr const char* kNoIoUringVariable = "AIOEMU_NO_IO_URING";
inline constexpr const char* kPreloadMode = "preload";
inline constexpr const char* kSymbolsMode = "symbols";

inline constexpr std::uint64_t kDefaultAioMaxNr = 65536;

struct SessionSettings {
  std::uint64_t seed = 0;
  std::uint64_t aio_max_nr = kDefaultAioMaxNr;
  std::span<const fault::CompiledRule> rules;  // at most kMaxRules
  bool open = false;                           // rules may join while processes run
  bool trace = false;                          // the session's ring will be drained
  observe::OracleChoice oracles{0, false};
  fault::Order order{};  // in which requests complete
  std::uint64_t sector = fault::kDefaultSector;
};

class Session final : public Environment, private core::System {
 public:
  Session() = default;
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Makes a new session file, readable by this user alone, and maps it. Its path, or an errno;
  // EINVAL for too many rules. The caller removes the file.
  Result<std::string> create(const SessionSettings& settings);
  // Maps an existing session. False when there is none at `path` or it is of another version.
  [[nodiscard]] bool attach(const char* path) noexcept;
  // A session without a file.
  [[nodiscard]] bool create_private(const SessionSettings& settings) noexcept;

  // Says that this process loaded the preload library, and ends the records that an earlier
  // program left under the same process id (execve destroys contexts, K136).
  void note_loaded() noexcept;

  // The calling process' record is the one the newest take_seat gave it.
  Seat take_seat() noexcept override;
  // Counts one call that came in by `entry`; nothing before the first seat.
  void count(Entry entry, Call call) noexcept {
    if (Count* const calls = counter(entry, call)) Counters::add(*calls);
  }
  // Where such calls are counted, for who counts by itself. Null before the first seat.
  [[nodiscard]] Count* counter(Entry entry, Call call) noexcept {
    if (record_ == nullptr) return nullptr;
    return &record_->calls[static_cast<std::size_t>(entry)][static_cast<std::size_t>(call)];
  }

  // Did this very process take the newest seat? A vfork child shares the seat's memory, but it is
  // not its owner.
  [[nodiscard]] bool is_owner() const noexcept;

  // Null until one of the first three succeeded.
  [[nodiscard]] SessionLayout* layout() const noexcept { return layout_; }
  // For a session made with `open`: the number of the rule that has joined, or nothing when there
  // is no room for more. One thread at a time.
  std::optional<std::size_t> add_rule(const fault::CompiledRule& rule) noexcept;
  // Nanoseconds since the run's first AIO call; 0 before it.
  [[nodiscard]] std::uint64_t now() const noexcept;
  // Records in use.
  [[nodiscard]] std::span<ProcessRecord> records() const noexcept;
  // Gives back what processes that are gone had charged (K14).
  void uncharge_the_dead() noexcept;

 private:
  std::uint64_t aio_max_nr() noexcept override;
  bool charge(std::uint64_t nr) noexcept override;
  void uncharge(std::uint64_t nr) noexcept override;
  bool may_use_realtime_io() noexcept override;

  [[nodiscard]] bool map(int fd) noexcept;
  void fill(const SessionSettings& settings) noexcept;
  void make_injector() noexcept;
  bool try_charge(std::uint64_t nr) noexcept;
  void end(ProcessRecord& record) noexcept;
  observe::Observer* look_on(std::uint64_t ordinal) noexcept;

  SessionLayout* layout_ = nullptr;
  ProcessRecord* record_ = nullptr;
  std::int32_t owner_ = 0;  // process id
  fault::Injector injector_;
  TraceTap tap_;
  observe::Oracles oracles_;
  observe::Fan both_;
};

}  // namespace aioemu::host
