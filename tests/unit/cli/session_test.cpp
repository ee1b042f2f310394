#include "host/session.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace aioemu::host {
namespace {

std::vector<fault::CompiledRule> rules_of(std::string_view text) {
  return fault::compile(std::get<fault::FaultPlan>(fault::parse(text, "test")));
}

// A session file that goes away with the test.
class SessionFile : public testing::Test {
 protected:
  void make(std::string_view plan = "", std::uint64_t aio_max_nr = 100) {
    rules_ = rules_of(plan);
    path_ = session.create({7, aio_max_nr, rules_}).value();
  }
  ~SessionFile() override { unlink(path_.c_str()); }

  std::uint64_t aio_nr() const { return session.layout()->aio_nr; }
  Session session;
  std::string path_;

 protected:
  std::vector<fault::CompiledRule> rules_;
};

// Runs `body` in a fork child and returns its exit status.
template <typename Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(SessionFile, IsMappedByAnother) {
  make("submit errno EAGAIN");
  Session other;
  ASSERT_TRUE(other.attach(path_.c_str()));
  EXPECT_EQ(other.layout()->seed, 7U);
  EXPECT_EQ(other.layout()->aio_max_nr, 100U);
  EXPECT_EQ(other.layout()->index.count(), 1U);
}

TEST_F(SessionFile, LetsRulesJoinAndLeaveForWhoHasItAlready) {
  rules_ = rules_of("submit errno EAGAIN");
  SessionSettings settings;
  settings.open = true;
  path_ = session.create(settings).value();
  Session other;
  ASSERT_TRUE(other.attach(path_.c_str()));
  const Seat seat = other.take_seat();
  EXPECT_TRUE(seat.injector->open());
  EXPECT_EQ(seat.injector->decide(fault::SubmitCall{{}, 1, {}}).error, 0);
  EXPECT_EQ(session.add_rule(rules_[0]), 0U);
  EXPECT_EQ(seat.injector->decide(fault::SubmitCall{{}, 1, {}}).error, EAGAIN);
  session.layout()->index.remove(0);
  EXPECT_EQ(seat.injector->decide(fault::SubmitCall{{}, 1, {}}).error, 0);
}

TEST_F(SessionFile, HasRoomForSoManyRulesAndNoMore) {
  rules_ = rules_of("submit errno EAGAIN");
  make();
  rules_ = rules_of("submit errno EAGAIN");
  for (std::size_t i = 0; i < kMaxRules; ++i) ASSERT_EQ(session.add_rule(rules_[0]), i);
  EXPECT_FALSE(session.add_rule(rules_[0]).has_value());
}

TEST_F(SessionFile, IsForThisUserAlone) {
  make();
  EXPECT_EQ(access(path_.c_str(), R_OK | W_OK), 0);
  Session other;
  EXPECT_FALSE(other.attach((path_ + "x").c_str()));
  EXPECT_FALSE(other.attach("/etc/passwd"));
  EXPECT_EQ(other.layout(), nullptr);
}

TEST_F(SessionFile, OfAnotherVersionIsRefused) {
  make();
  session.layout()->version = kSessionVersion + 1;
  Session other;
  EXPECT_FALSE(other.attach(path_.c_str()));
}

TEST_F(SessionFile, LeavesNoDescriptorOpen) {
  const int before = dup(0);
  close(before);
  make();
  Session other;
  ASSERT_TRUE(other.attach(path_.c_str()));
  const int after = dup(0);
  close(after);
  EXPECT_EQ(before, after);
}

TEST_F(SessionFile, GivesSeatsInOrder) {
  make();
  EXPECT_EQ(session.take_seat().process, 0U);
  Session other;
  ASSERT_TRUE(other.attach(path_.c_str()));
  EXPECT_EQ(other.take_seat().process, 1U);
  ASSERT_EQ(session.records().size(), 2U);
  EXPECT_EQ(session.records()[0].pid, getpid());
}

TEST_F(SessionFile, SharesTheLastRecordWhenFull) {
  make();
  session.layout()->processes = kMaxProcesses;
  const Seat seat = session.take_seat();
  EXPECT_EQ(seat.process, kMaxProcesses);
  EXPECT_EQ(seat.counters, &session.layout()->records[kMaxProcesses - 1].counters);
  EXPECT_EQ(session.records().size(), kMaxProcesses);
}

TEST_F(SessionFile, CountsCallsByEntry) {
  make();
  session.count(Entry::libaio_symbol, Call::submit);
  session.take_seat();
  session.count(Entry::libaio_symbol, Call::submit);
  EXPECT_EQ(session.records()[0].calls[1][3], 1U);
  EXPECT_EQ(session.records()[0].calls[0][3], 0U);
}

TEST_F(SessionFile, LetsAnInjectorCountForAll) {
  make("submit when=2 errno EAGAIN");
  Session other;
  ASSERT_TRUE(other.attach(path_.c_str()));
  EXPECT_EQ(session.take_seat().injector->decide(fault::SubmitCall{{}, 1}).error, 0);
  EXPECT_EQ(other.take_seat().injector->decide(fault::SubmitCall{{}, 1}).error, EAGAIN);
  EXPECT_EQ(session.layout()->states[0].eligible, 2U);
}

TEST_F(SessionFile, ChargesUpToTheLimitInclusive) {
  make();
  core::System& system = *session.take_seat().system;
  EXPECT_TRUE(system.charge(60));
  EXPECT_FALSE(system.charge(41));
  EXPECT_TRUE(system.charge(40));
  system.uncharge(60);
  EXPECT_EQ(aio_nr(), 40U);
  EXPECT_FALSE(system.charge(~std::uint64_t{0}));
}

TEST_F(SessionFile, TakesBackWhatADeadProcessCharged) {
  make();
  core::System& system = *session.take_seat().system;
  EXPECT_TRUE(system.charge(10));
  EXPECT_EQ(in_child([this] { return session.take_seat().system->charge(90) ? 0 : 1; }), 0);
  EXPECT_EQ(aio_nr(), 100U);
  EXPECT_TRUE(system.charge(90));
  EXPECT_EQ(aio_nr(), 100U);
}

TEST_F(SessionFile, TakesBackWhatAZombieCharged) {
  make();
  core::System& system = *session.take_seat().system;
  const pid_t child = fork();
  if (child == 0) _exit(session.take_seat().system->charge(100) ? 0 : 1);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(system.charge(1));
  waitpid(child, nullptr, 0);
}

TEST_F(SessionFile, LeavesLiveProcessesTheirShare) {
  make();
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe(ready) + pipe(done), 0);
  char byte = 0;
  const pid_t child = fork();
  if (child == 0) {
    if (!session.take_seat().system->charge(100)) _exit(2);
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    _exit(read(done[0], &byte, 1) == 1 ? 0 : 1);
  }
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_FALSE(session.take_seat().system->charge(1));
  ASSERT_EQ(write(done[1], &byte, 1), 1);
  waitpid(child, nullptr, 0);
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) close(fd);
}

TEST_F(SessionFile, EndsTheRecordsThatAnEarlierProgramLeft) {
  make();
  EXPECT_TRUE(session.take_seat().system->charge(100));
  Session next;
  ASSERT_TRUE(next.attach(path_.c_str()));
  next.note_loaded();
  EXPECT_EQ(aio_nr(), 0U);
  EXPECT_EQ(session.layout()->loaded, 1U);
  EXPECT_EQ(session.records()[0].state, RecordState::ended);
}

TEST_F(SessionFile, RefusesTooManyRules) {
  const std::vector<fault::CompiledRule> rules(kMaxRules + 1);
  EXPECT_EQ(session.create({0, 1, rules}).error(), Errno{EINVAL});
  EXPECT_FALSE(session.create_private({0, 1, rules}));
}

TEST(PrivateSession, IsSharedWithForkChildren) {
  const std::vector<fault::CompiledRule> rules = rules_of("submit when=2 errno EAGAIN");
  Session session;
  ASSERT_TRUE(session.create_private({0, 100, rules}));
  const auto ask = [&session] {
    return session.take_seat().injector->decide(fault::SubmitCall{{}, 1}).error;
  };
  EXPECT_EQ(in_child(ask), 0);
  EXPECT_EQ(ask(), EAGAIN);
}

TEST(PrivateSession, LeavesErrnoAlone) {
  Session session;
  errno = 77;
  EXPECT_FALSE(session.attach("/nowhere"));
  EXPECT_EQ(errno, 77);
}

}  // namespace
}  // namespace aioemu::host
