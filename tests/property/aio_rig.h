// Rig: one implementation of kernel AIO and the reference model, driven side by side.
//
// Each verb makes one call of the backend and says what the model says to it. Where the two differ,
// and wherever the ring, its head and tail, an aio_key, the eventfd or aio-nr are not what the
// model expects afterwards, the verb ends the rapidcheck case as a failure.
//
// Single-threaded. Every verb may be given anything: what cannot be done (no context in that place)
// is done to handle 0, and what would sleep for ever is asked with a short timeout.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "conformance/backend.h"
#include "conformance/memory.h"
#include "conformance/one_cpu.h"
#include "tests/model/aio_model.h"
#include "tests/property/iocb_spec.h"

namespace aioemu::property {

// What a program may do to this backend.
struct Limits {
  bool later = true;             // fsyncs and cancels, which complete when they like
  bool wild_heads = true;        // heads that no well-behaved program writes
  std::uint64_t aio_max_nr = 0;  // 0: as it is
};

enum class HandleKind { live, zero, shifted, stale, plain_memory };
enum class TimeoutKind { zero, wrapped_zero, brief, none, negative, unreadable };
enum class HeadMove { reap, add_nr, back, absolute };
enum class Touch { write_pipe, write_second_pipe, drain_pipe, add_to_counter, take_counter };

struct SetupCall {
  int place = 0;
  std::uint64_t nr_events = 1;
  aio_model::Memory ctxp = aio_model::Memory::good;
  std::uint64_t old_value = 0;
};
struct SubmitCall {
  int place = 0;
  HandleKind handle = HandleKind::live;
  std::vector<IocbSpec> specs;
  int copies = 1;      // the whole list, so many times
  long nr_change = 0;  // to the count passed: beyond the list, or negative
};
struct ReapCall {
  int place = 0;
  HandleKind handle = HandleKind::live;
  long min_nr = 0;
  long nr = 1;
  TimeoutKind timeout = TimeoutKind::zero;
  int room = -1;  // the buffer has room for so many events; -1 for all
  bool with_mask = false;
};
struct CancelCall {
  int place = 0;
  HandleKind handle = HandleKind::live;
  int slot = 0;
  aio_model::Memory memory = aio_model::Memory::good;
};

inline constexpr int kPlaces = 3;

class Rig {
 public:
  Rig(conformance::Backend& backend, const Limits& limits);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void setup(const SetupCall& call);
  // The number of elements accepted, or -errno.
  long submit(const SubmitCall& call);
  long reap(const ReapCall& call);
  void cancel(const CancelCall& call);
  void destroy(int place, HandleKind handle);
  // Sleeps in io_getevents for what polls on a pipe will bring, and wakes them by writing to it.
  void wait_and_wake(int place, bool second_pipe, int fewer);
  void move_head(int place, HeadMove move, std::uint32_t amount);
  void touch(Touch what, int amount);
  // Reads the eventfd that requests ring, until all has come that must.
  void empty_bell();
  // While the ring's id is another one, no call finds the context.
  void hide_id(int place, std::uint32_t other);
  void fork();

  // Lets everything that is due appear.
  void settle();
  // Cancels every poll, lets everything complete, and reaps it all.
  void drain();
  // Submits reads until there is no slot; how many fitted. Reaps them again.
  long fill(int place);

  [[nodiscard]] bool has(int place) const { return handles_.at(static_cast<std::size_t>(place)); }
  aio_model::Context& context(int place);
  [[nodiscard]] std::uint64_t handle_of(int place) const {
    return handles_.at(static_cast<std::size_t>(place));
  }
  aio_model::Model& model() { return model_; }

  // By data: what io_submit accepted, and what the program got. Of contexts not destroyed.
  std::vector<std::uint64_t> accepted;
  std::vector<std::uint64_t> delivered;

 private:
  // A place for iocbs, and what is there.
  struct Place {
    aio_model::Element element;
    std::uint32_t key = 0;
  };

  void open_files();
  void add(FileId id, int fd, std::shared_ptr<aio_model::Inode> inode, bool reads, bool writes);
  [[nodiscard]] int fd(FileId id) const { return fds_.at(static_cast<std::size_t>(id)); }
  [[nodiscard]] std::uint64_t handle(int place, HandleKind kind) const;
  [[nodiscard]] char* address_of(int slot, aio_model::Memory memory);

  void begin_command();
  void place_iocb(const IocbSpec& spec);
  iocb build(const IocbSpec& spec, Place& place);
  void build_vector(const IocbSpec& spec, Place& place, iocb& block);
  void check_keys();
  std::vector<aio_model::Element> list_elements(const SubmitCall& call, iocb*** array, long* nr);

  // What the buffer got, and what the model thinks of that.
  void check_taken(aio_model::Context& context, const io_event* events, long count);
  // Tells the model of new events; then everything must be as the model says.
  void look();
  void look_at(std::uint64_t handle, aio_model::Context& context);
  void compare();
  void compare_ring(std::uint64_t handle, const aio_model::Context& context);
  void fail(const std::string& what) const;
  void expect(const std::string& what, long expected, long got) const;

  conformance::Backend& backend_;
  conformance::OneCpu one_cpu_;
  Limits limits_;
  bool owns_limit_ = false;
  bool wild_ = false;  // a wild head was written: which completion comes first matters now
  aio_model::Model model_;
  std::array<int, kFileIds> fds_{};
  std::array<std::uint64_t, kPlaces> handles_{};
  std::uint64_t stale_ = 0;
  std::uint64_t next_data_ = 1;
  std::map<std::uint64_t, Place> places_;
  std::map<std::uint64_t, std::array<iovec, 9>> vectors_;  // by the iocb's address
  std::uint64_t bell_taken_ = 0;
  conformance::Pages iocbs_{1};
  conformance::Pages read_only_iocbs_{1};
  conformance::Pages array_{1};
  conformance::Pages buffer_{4};
  conformance::Pages events_{4};
  conformance::Pages no_ring_{1};
};

// The emulator, or the machine's kernel; null, and why, where there is none.
conformance::Backend* backend_named(const std::string& name, std::string* why);

}  // namespace aioemu::property
