// Machine: one side, the arena and the contexts, and what each statement does to them.
#pragma once

#include <memory>
#include <vector>

#include "conformance/program/arena.h"
#include "conformance/program/requests.h"
#include "conformance/program/rings.h"
#include "conformance/program/runner.h"
#include "conformance/program/sides/side.h"
#include "conformance/program/transcript.h"

namespace conformance::program {

class Machine final : public Runner {
 public:
  Machine(std::unique_ptr<Side> side, std::uint64_t max_events);
  ~Machine() override;

  Transcript run(const Program& program, const Transcript* guide) override;
  std::array<std::uint16_t, kStanding> position() override;
  [[nodiscard]] const char* name() const override { return side_->name(); }

 private:
  // ---- before and after ----
  void make_standing();
  void destroy_all();
  void move_to(unsigned slot, std::uint32_t start);
  void settle_slots(unsigned slot);
  long submit_own(unsigned slot, unsigned count);
  void provide_files(const Program& program);
  void begin(const Program& program, const Transcript* guide);
  void end(const Program& program, Transcript* transcript);
  void find_true_tails(std::vector<Arrival>* arrived);
  void cancel_polls();
  void wait_for_missing(std::vector<Arrival>* arrived);
  std::uint32_t room(unsigned slot);
  std::array<bool, kStanding> find_stranded();
  void describe_files(std::vector<std::uint64_t>* words);

  // ---- statements ----
  void execute(const Statement& one, Step* step);
  void do_iocb(const Statement& one);
  void do_iovec(const Statement& one);
  void do_poke(const Statement& one);
  long do_setup(const Statement& one);
  long do_destroy(const Statement& one);
  void do_submit(const Statement& one, Step* step);
  void do_wait(const Statement& one, Step* step);
  void do_transfer(const Statement& one, Step* step);
  void do_protect(const Statement& one, Step* step);
  std::array<Accepted, kListed> requests_to_be(const Statement& one);
  void remember(const Statement& one, const std::array<Accepted, kListed>& described,
                long accepted);
  bool harmless(const Statement& one);
  std::uint64_t write_list(const Statement& one);
  Sleep sleep_of_wait(const Statement& one) const;

  // ---- seeing ----
  void observe(const Statement& one, std::size_t index, Step* step);
  void wait_for_workers(Verb verb);
  void settle(const Step* guide, std::vector<Arrival>* arrived);
  void wait_for_release();
  bool as_guided(const Step& guide);
  void put_in_order(std::vector<Arrival>* arrived, Verb verb, std::size_t index);
  bool is_apart(const Arrival& arrival, const Accepted* request, Verb verb, std::size_t index);
  [[nodiscard]] std::uint64_t memory_after(Verb verb) const;

  Arena& arena_;
  std::unique_ptr<Side> side_;
  Rings rings_;
  Requests requests_;
  std::array<bool, kFiles> named_{};
  std::array<bool, kFiles> closed_{};  // by the program
  bool may_block_ = false;             // a blocking pipe is in use
  bool stored_ = false;                // ring words were stored: check the room at the end
  bool notified_ = false;              // something that arrived late signals an eventfd
  const Transcript* guide_ = nullptr;
  const Step* guide_step_ = nullptr;
  std::uint32_t index_ = 0;         // of the statement
  const std::uint64_t max_events_;  // fs.aio-max-nr
};

}  // namespace conformance::program
