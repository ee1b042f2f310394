#include "cli/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace aioemu::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

fault::FaultPlan plan_of(std::string_view text) {
  return std::get<fault::FaultPlan>(fault::parse(text, "test"));
}

// A run's session with rules that can be changed.
class Control : public testing::Test {
 protected:
  Control() {
    const fault::FaultPlan plan = plan_of("base: complete op=write errno EIO");
    const std::vector<fault::CompiledRule> compiled = fault::compile(plan);
    host::SessionSettings settings;
    settings.rules = compiled;
    settings.open = true;
    EXPECT_TRUE(session_.create_private(settings));
    rules_.emplace(session_, plan);
    rules_->on_joined([this](const std::string& word, const std::string& text) {
      joined_.push_back(word + " = " + text);
    });
    commands_.emplace(
        *rules_, [this](std::string_view text) { marks_.emplace_back(text); },
        [] { return std::string("{}"); });
    seat_ = session_.take_seat();
  }

  std::string say(std::string_view line) { return commands_->answer(line); }
  int submit_error() { return seat_.injector->decide(fault::SubmitCall{{}, 1, {}}).error; }

  host::Session session_;
  std::optional<LiveRules> rules_;
  std::optional<ControlCommands> commands_;
  std::vector<std::string> marks_;
  std::vector<std::string> joined_;
  host::Seat seat_;
};

TEST_F(Control, AddsARuleThatDecidesAtOnce) {
  EXPECT_EQ(say("add a: submit errno EAGAIN"), "ok a");
  EXPECT_EQ(submit_error(), EAGAIN);
  EXPECT_EQ(joined_, (std::vector<std::string>{"a = a: submit errno EAGAIN"}));
  EXPECT_EQ(rules_->plan().rules.size(), 2U);
}

TEST_F(Control, TakesRulesAwayByName) {
  say("add a: submit errno EAGAIN");
  EXPECT_EQ(say("del a"), "ok 1");
  EXPECT_EQ(submit_error(), 0);
  EXPECT_EQ(say("del a"), "error 1:1 no rule is called 'a'");
}

TEST_F(Control, GivesANameOnceItIsFreeAgain) {
  say("add a: submit errno EAGAIN");
  EXPECT_THAT(say("add a: submit errno EINVAL"), StartsWith("error 1:1 "));
  say("del a");
  EXPECT_EQ(say("add a: submit errno EINVAL"), "ok a");
  EXPECT_EQ(submit_error(), EINVAL);
  EXPECT_EQ(joined_.back(), "a #2 = a: submit errno EINVAL") << "a trace tells the two apart";
}

TEST_F(Control, ClearsAllRulesThoseOfThePlanToo) {
  say("add submit errno EAGAIN");
  EXPECT_EQ(say("clear"), "ok 2");
  EXPECT_EQ(submit_error(), 0);
  EXPECT_EQ(say("clear"), "ok 0");
}

TEST_F(Control, PausesAndResumes) {
  say("add submit errno EAGAIN");
  EXPECT_EQ(say("pause"), "ok");
  EXPECT_EQ(submit_error(), 0);
  EXPECT_EQ(say("resume"), "ok");
  EXPECT_EQ(submit_error(), EAGAIN);
}

TEST_F(Control, HandsOnMarksAndReports) {
  EXPECT_EQ(say("mark phase two"), "ok");
  EXPECT_EQ(marks_, (std::vector<std::string>{"phase two"}));
  EXPECT_EQ(say("report"), "{}");
  EXPECT_EQ(rules_->changes(), 0U) << "neither changes what happens";
}

TEST_F(Control, SaysWhereALineIsWrongAndChangesNothing) {
  EXPECT_THAT(say("add complete op=write errno EWHAT"), StartsWith("error 1:25 "));
  EXPECT_THAT(say("add order fifo"), HasSubstr("only rules and profiles"));
  EXPECT_EQ(say("add"), "error 1:1 says nothing");
  EXPECT_THAT(say("add profile nosuch"), StartsWith("error 1:"));
  EXPECT_THAT(say("add complete op=read errno ENOSPC"), StartsWith("error "));
  EXPECT_THAT(say("halt"), HasSubstr("no command is called 'halt'"));
  EXPECT_THAT(say(""), HasSubstr("no command is called ''"));
  EXPECT_THAT(say("clear all"), HasSubstr("'clear' takes nothing"));
  EXPECT_EQ(rules_->plan().rules.size(), 1U);
  EXPECT_EQ(rules_->changes(), 0U);
}

TEST_F(Control, TakesNoMoreRulesThanThereIsRoomFor) {
  std::string answer;
  for (std::size_t i = 1; i < host::kMaxRules; ++i) {
    answer = say("add r" + std::to_string(i) + ": submit errno EAGAIN");
    say("del r" + std::to_string(i));
  }
  EXPECT_THAT(answer, StartsWith("ok"));
  EXPECT_THAT(say("add submit errno EAGAIN"), HasSubstr("at most 1024 rules"));
}

// A client at a path in a directory of its own.
class Socket : public Control {
 protected:
  Socket() {
    std::string directory = "/tmp/aioemu-control-XXXXXX";
    EXPECT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    path_ = directory + "/s";
  }
  ~Socket() override { rmdir(directory_.c_str()); }

  int connected() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(connect(fd, generic, sizeof address), 0) << path_;
    return fd;
  }
  static std::string ask(int fd, const std::string& text) {
    EXPECT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    std::string answer;
    for (char c = 0; c != '\n' && read(fd, &c, 1) == 1;) answer += c;
    return answer;
  }
  std::string directory_;
  std::string path_;
};

TEST_F(Socket, AnswersSeveralClientsLineByLine) {
  ControlSocket control(path_, *commands_);
  ASSERT_EQ(control.problem(), "");
  control.start();
  const int first = connected();
  const int second = connected();
  EXPECT_EQ(ask(first, "add a: submit errno EAGAIN\n"), "ok a\n");
  EXPECT_EQ(ask(second, "del a\npause\n"), "ok 1\n");
  EXPECT_EQ(ask(first, "resume\n"), "ok\n");
  close(first);
  EXPECT_EQ(ask(second, ""), "ok\n") << "the answer to its second line";
  close(second);
}

TEST_F(Socket, IsForThisUserAloneAndGoneAfterwards) {
  {
    ControlSocket control(path_, *commands_);
    ASSERT_EQ(control.problem(), "");
    struct stat info {};
    ASSERT_EQ(stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
  }
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

TEST_F(Socket, TakesThePlaceOfOneThatNobodyListensTo) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(fd);
  const ControlSocket control(path_, *commands_);
  EXPECT_EQ(control.problem(), "");
}

TEST_F(Socket, SaysWhyItCannotBeMade) {
  ControlSocket first(path_, *commands_);
  first.start();
  const ControlSocket second(path_, *commands_);
  EXPECT_THAT(second.problem(), HasSubstr("Address already in use"));
  const ControlSocket nowhere(directory_ + "/no/s", *commands_);
  EXPECT_THAT(nowhere.problem(), HasSubstr("No such file"));
  const ControlSocket endless("/" + std::string(200, 'x'), *commands_);
  EXPECT_THAT(endless.problem(), HasSubstr("at most 107 bytes"));
}

}  // namespace
}  // namespace aioemu::cli
