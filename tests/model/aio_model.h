// A naive model of kernel AIO: what each call must answer, said as plainly as can be.
//
// It shares nothing with the emulator, not even a constant, and it is clever nowhere: lists are
// searched from the front, everything is a vector. Its only sources are the rules in
// docs/semantics/. What it leaves out: sleeping inside io_submit, O_DIRECT, signals, threads.
//
// Time is left to whoever drives it. A completion that is *due* has happened, or will: those in
// `now` are in the ring when the call that caused them returns, and in that order; those in `later`
// (fsyncs, cancelled polls) appear when they like. After each call the driver looks at the ring and
// tells the model of each new event (`appeared`).
#pragma once

#include <linux/aio_abi.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace aio_model {

// What the rules need to know about the machine.
struct Machine {
  unsigned possible_cpus = 2;
  std::size_t page_size = 4096;
  std::uint64_t aio_max_nr = 65536;
  std::uint32_t rwf_known = 0x1ff;
  bool realtime_io = false;
  bool clamps_single_segment = true;
  bool one_cpu = true;  // completions happen on the CPU that submits, always
};

enum class Kind { regular, directory, zero_device, null_device, pipe, counter };

// What several descriptors may share: a file's size, a pipe's bytes, an eventfd's counter.
struct Inode {
  Kind kind = Kind::regular;
  std::uint64_t amount = 0;
};

struct File {
  std::shared_ptr<Inode> inode;
  bool readable = false;
  bool writable = false;
};

enum class Memory { good, read_only, unreadable };

// One element of a batch, with what its memory is like.
struct Element {
  iocb block{};
  std::uint64_t address = 0;
  bool listed = true;  // the pointer to it can be read
  Memory memory = Memory::good;
  bool buffer_good = true;                     // the data buffer can be read and written
  std::optional<std::vector<iovec>> segments;  // of a vector; empty when it cannot be read
  bool key_zeroed = false;                     // out: K45
  // Out: it ended the batch, and whether for want of a slot or for its own sake cannot be told.
  bool key_uncertain = false;
};

struct Event {
  std::uint64_t data = 0;
  std::uint64_t obj = 0;
  std::int64_t res = 0;
  bool bell = false;  // adds 1 to the eventfd
};

struct Context {
  std::uint32_t id = 0;
  std::uint32_t charged = 0;
  std::uint32_t nr = 0;     // N
  std::uint32_t batch = 1;  // B
  std::uint32_t pool = 0;
  std::uint32_t stash = 0;
  bool one_stash = true;        // false once a slot may have come back on another CPU
  std::uint32_t completed = 0;  // events whose slots are still taken
  std::uint32_t head = 0;       // as the program sees it: any value
  std::uint32_t tail = 0;       // the kernel's own
  std::uint32_t seen = 0;       // up to where the driver has looked
  std::vector<Event> ring;      // N slots
  std::vector<Event> now;       // due, in this order
  std::vector<Event> later;     // due, some time
};

// A poll that waits.
struct Poll {
  Context* context;
  File file;
  std::uint32_t mask;
  Event event;
};

// A result between two numbers; or an errno, negative.
struct Answer {
  long least = 0;
  long most = 0;
};

class Model {
 public:
  explicit Model(const Machine& machine_) : machine(machine_) {}

  // 0, or -errno. After a 0 the driver says where the context is.
  [[nodiscard]] long setup(std::uint64_t nr_events, Memory ctxp, std::uint64_t old_value) const;
  Context& born(std::uint64_t handle, std::uint64_t nr_events);
  // What io_submit answers, everything done. `observed` is what it answered: looked at only where
  // another CPU may hold slots, to know whether this was one of the times it did.
  long submit(std::uint64_t handle, long nr, std::vector<Element>& elements, long observed);
  // What io_getevents answers. `room` is how many events the buffer has room for; `forever` says
  // that it sleeps until it has min_nr.
  [[nodiscard]] Answer reap(std::uint64_t handle, long min_nr, long nr, bool timeout_readable,
                            bool forever, long room);
  // It took `count` events: these.
  std::vector<Event> took(Context& context, long count);
  long cancel(std::uint64_t handle, std::uint64_t address, Memory key_memory, std::uint32_t key);
  long destroy(std::uint64_t handle);

  // The program itself wrote to, or read from, a pipe or an eventfd.
  void wrote(const File& file, std::uint64_t amount);
  std::uint64_t read(const File& file, std::uint64_t most);

  // A new event is in slot `seen`. False when no such event is due.
  bool appeared(Context& context, const Event& event);
  // The oldest event of `now` lies where a newer one has been put since, under a wild head.
  static void overwrite_oldest(Context& context);

  [[nodiscard]] Context* find(std::uint64_t handle);
  [[nodiscard]] std::uint64_t aio_nr() const;
  // Events that io_getevents sees (K142).
  [[nodiscard]] static std::uint32_t visible(const Context& context);

  Machine machine;
  std::map<int, File> files;                  // by descriptor
  std::map<std::uint64_t, Context> contexts;  // by handle
  std::vector<Poll> polls;                    // oldest first
  std::uint64_t bell = 0;                     // what the eventfd has been given

 private:
  int submit_one(Context& context, Element& element, bool gave_up_here);
  int refusal(Element& element, std::uint32_t& poll_ready) const;
  int transfer_refusal(const Element& element, const File& file) const;
  int buffer_refusal(const Element& element, std::uint64_t& length) const;
  int poll_refusal(const Element& element, const File& file, std::uint32_t& ready) const;
  void carry_out(Context& context, const Element& element, std::uint32_t poll_ready);
  std::int64_t transfer(const Element& element, const File& file);
  void complete_now(Context& context, const Event& event);
  void completed(Context& context, const Event& event);
  void fire(const Inode& inode, std::uint32_t bits);
  static bool take_slot(Context& context, bool gave_up_here);
  static void give_slots(Context& context, std::uint32_t count);
  static void reclaim(Context& context);
};

}  // namespace aio_model
