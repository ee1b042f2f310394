#include "cli/sites_command.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "fault/capabilities.h"
#include "fault/legality.h"
#include "fault/sites.h"
#include "fault/vocabulary.h"

namespace aioemu::cli {
namespace {

using fault::Site;

std::string arguments(const Site& site) {
  switch (site.arguments) {
    case fault::Arguments::none:
      return "";
    case fault::Arguments::error:
      return " E";
    case fault::Arguments::count:
      return " K";
    case fault::Arguments::bytes:
      return " N | -N | sectors:N";
    case fault::Arguments::duration:
      return " T";
    case fault::Arguments::durations:
      return " T | T1..T2";
    case fault::Arguments::optional_duration:
      return " [T]";
    case fault::Arguments::sectors:
      return " keep=first:N | keep=last:N | keep=random";
    case fault::Arguments::space:
      return " budget=S [refill=S after=T]";
  }
  return "";
}

std::string engines(const Site& site) {
  std::string text;
  for (const fault::Capabilities* owner :
       {&fault::world_capabilities(), &fault::runtime_capabilities(), &fault::run_capabilities()}) {
    if (!supports(*owner, site)) continue;
    text += (text.empty() ? "" : ", ") + std::string(owner->owner);
  }
  return text.empty() ? "none yet" : text;
}

void print_errors(const Site& site) {
  if (site.subject != fault::Subject::request) {
    fmt::print("      {}\n", fault::legal_list(fault::legal_for_call(site.layer)));
    return;
  }
  constexpr std::array<std::pair<const char*, fault::OpSet>, 4> kGroups = {
      {{"read", fault::kReadOps},
       {"write", fault::kWriteOps},
       {"fsync", fault::kSyncOps},
       {"poll", fault::kPollOps}}};
  for (const auto& [name, ops] : kGroups) {
    fmt::print("      {:<6} {}\n", name, fault::legal_list(ops));
  }
}

void print_site(const Site& site) {
  fmt::print("  {}{}\n", title(site), arguments(site));
  const bool about_requests = site.subject == fault::Subject::request;
  const std::string ops = about_requests && site.ops != fault::kAllOps
                              ? "; " + fault::spoken_ops(site.ops) + " only"
                              : "";
  const std::string_view legal = word_of(site.legality);
  const bool illegal = site.legality == fault::Legality::illegal;
  fmt::print("      {}{}; {}{}; acts in: {}\n", site.effect, ops, legal, illegal ? "" : "-legal",
             engines(site));
  if (site.arguments == fault::Arguments::error) print_errors(site);
}

}  // namespace

int sites_command() {
  const Site* before = nullptr;
  for (const Site& site : fault::sites()) {
    if (before == nullptr || before->layer != site.layer) {
      fmt::print("{}{}\n", before == nullptr ? "" : "\n", word_of(site.layer));
    }
    print_site(site);
    before = &site;
  }
  return 0;
}

}  // namespace aioemu::cli
