// Side: where a program runs. What the runner needs of an implementation, call by call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "conformance/program/files.h"
#include "conformance/program/program.h"
#include "conformance/program/runner.h"

namespace conformance::program {

// What a call that may sleep gave.
struct Answer {
  long result = 0;
  bool interrupted = false;
};

// What the runner knows beforehand about the sleep of a call.
struct Sleep {
  bool possible = false;   // it may sleep for longer than a moment
  bool times_out = false;  // its own timeout ends it within a moment
  bool certain = false;    // the guide says that it sleeps until it is interrupted
  bool unguided = false;   // there is no guide
};

// Arguments of the calls are addresses and numbers as the program has them; results are -errno.
class Side {
 public:
  virtual ~Side() = default;
  [[nodiscard]] virtual const char* name() const = 0;

  virtual long setup(std::uint64_t nr, std::uint64_t ctxp) = 0;
  virtual long destroy(std::uint64_t ctx) = 0;
  virtual Answer submit(std::uint64_t ctx, long nr, std::uint64_t list, const Sleep& sleep) = 0;
  virtual Answer getevents(std::uint64_t ctx, long min_nr, long nr, std::uint64_t events,
                           std::uint64_t timeout, const Sleep& sleep) = 0;
  virtual Answer pgetevents(std::uint64_t ctx, long min_nr, long nr, std::uint64_t events,
                            std::uint64_t timeout, std::uint64_t usig, const Sleep& sleep) = 0;
  virtual long cancel(std::uint64_t ctx, std::uint64_t iocb, std::uint64_t result) = 0;

  // Makes a file that the program names, unless it is there already. One of a pair makes both.
  virtual void provide(FileName file) = 0;
  // The number that stands for the file, open or not.
  [[nodiscard]] virtual int number(FileName file) const = 0;
  virtual long read(FileName file, void* to, std::size_t size) = 0;
  virtual long write(FileName file, const void* from, std::size_t size) = 0;
  virtual long close(FileName file) = 0;
  virtual long dup(FileName from, FileName onto) = 0;
  virtual long shutdown(FileName file, int how) = 0;
  virtual short poll(FileName file, short events) = 0;
  virtual long pread(FileName file, void* to, std::size_t size, std::int64_t offset) = 0;
  virtual long size_of(FileName file) = 0;
  // Forgets all files of the program.
  virtual void end_files() = 0;

  virtual void protect_ring(std::uint64_t ring, std::size_t bytes, int protection) = 0;
  // SIGPIPE that the thread got so far.
  virtual std::uint32_t signals() = 0;

  // Lets work that is done apart go on: returns at once where nothing is under way, else soon.
  // `round` counts the calls since the last thing that happened.
  virtual void let_go_on(unsigned round) = 0;
  // Returns when everything is done that was handed to the side's workers before.
  virtual void finish_work() = 0;
  // Whether a side has to be given time at all after `let_go_on` was called once.
  [[nodiscard]] virtual bool takes_time() const = 0;
  // The side must be made anew before the next program.
  [[nodiscard]] virtual bool worn() const = 0;
  virtual void renew() = 0;
};

std::unique_ptr<Side> make_world_side(const MachineFacts& facts);
std::unique_ptr<Side> make_kernel_side();
// Why the kernel has no AIO for us; empty when it has.
std::string why_no_kernel();

// Is the file part of a pair that is made together, and which is the other?
FileName partner_of(FileName file);
bool is_regular(FileName file);

}  // namespace conformance::program
