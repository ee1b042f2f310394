#include "cli/conform_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace aioemu::cli {
namespace {

// Our own JUnit writer puts each element on a line of its own and escapes what must be escaped:
// looking for tags is enough, no XML reader is needed.
constexpr std::string_view kSuite = "<testsuite name=\"";
constexpr std::string_view kCase = "<testcase classname=\"";

// What stands between `before` and the next quote, searched from `at`.
std::optional<std::string> quoted_after(std::string_view text, std::string_view before,
                                        std::size_t at) {
  const std::size_t begin = text.find(before, at);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t from = begin + before.size();
  const std::size_t end = text.find('"', from);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(from, end - from));
}

void count(VerdictCounts& counts, std::string_view element) {
  const auto has = [element](std::string_view what) {
    return element.find(what) != std::string_view::npos;
  };
  if (has("<failure")) {
    ++counts.failed;
  } else if (has("<error")) {
    ++counts.broken;
  } else if (has("<skipped message=\"not applicable")) {
    ++counts.not_applicable;
  } else if (has("<skipped")) {
    ++counts.differing;
  } else {
    ++counts.passed;
  }
}

std::map<std::string, VerdictCounts>& areas_of(ConformTable& table, const std::string& backend) {
  for (auto& [name, areas] : table.backends) {
    if (name == backend) return areas;
  }
  return table.backends.emplace_back(backend, std::map<std::string, VerdictCounts>()).second;
}

std::string cell(const VerdictCounts& counts) {
  std::string text;
  const auto add = [&text](int number, const char* mark) {
    if (number == 0) return;
    if (!text.empty()) text += ' ';
    text += std::to_string(number) + mark;
  };
  add(counts.passed, "");
  add(counts.failed, "F");
  add(counts.broken, "B");
  add(counts.differing, "d");
  add(counts.not_applicable, "-");
  return text.empty() ? "." : text;
}

std::string row(const ConformTable& table, const std::string& title,
                const std::vector<std::string>& cells) {
  std::string text = fmt::format("  {:<14}", title);
  for (std::size_t i = 0; i < table.backends.size(); ++i) text += fmt::format("{:>13}", cells[i]);
  return text + "\n";
}

}  // namespace

void VerdictCounts::add(const VerdictCounts& other) {
  passed += other.passed;
  failed += other.failed;
  broken += other.broken;
  not_applicable += other.not_applicable;
  differing += other.differing;
}

bool add_junit(ConformTable& table, const std::string& xml) {
  if (xml.find("<testsuites name=\"aioemu-conformance\">") == std::string::npos) return false;
  for (std::size_t at = xml.find(kSuite); at != std::string::npos; at = xml.find(kSuite, at + 1)) {
    const std::size_t end = std::min(xml.find("</testsuite>", at), xml.size());
    const std::optional<std::string> backend = quoted_after(xml, kSuite, at);
    if (!backend) return false;
    auto& areas = areas_of(table, *backend);
    for (std::size_t next = xml.find(kCase, at); next < end; next = xml.find(kCase, next + 1)) {
      const std::string name = quoted_after(xml, kCase, next).value_or("");
      const std::size_t stop = std::min(xml.find(kCase, next + 1), end);
      count(areas[name.substr(std::min(name.size(), backend->size() + 1))],
            std::string_view(xml).substr(next, stop - next));
    }
  }
  return true;
}

std::string merged_junit(const std::vector<std::string>& files) {
  std::string all =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"aioemu-conformance\">\n";
  for (const std::string& xml : files) {
    const std::size_t begin = xml.find(kSuite);
    const std::size_t end = xml.rfind("</testsuites>");
    if (begin == std::string::npos || end == std::string::npos || end < begin) continue;
    all += "  " + xml.substr(begin, end - begin);
  }
  return all + "</testsuites>\n";
}

std::string print(const ConformTable& table) {
  std::set<std::string> areas;
  std::vector<std::string> header;
  for (const auto& [backend, by_area] : table.backends) {
    header.push_back(backend);
    for (const auto& [area, counts] : by_area) areas.insert(area);
  }
  std::string text = row(table, "area", header);
  std::vector<VerdictCounts> sums(table.backends.size());
  for (const std::string& area : areas) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < table.backends.size(); ++i) {
      const auto& by_area = table.backends[i].second;
      const auto found = by_area.find(area);
      const VerdictCounts counts = found == by_area.end() ? VerdictCounts{} : found->second;
      sums[i].add(counts);
      cells.push_back(cell(counts));
    }
    text += row(table, area, cells);
  }
  std::vector<std::string> totals;
  for (const VerdictCounts& sum : sums) totals.push_back(cell(sum));
  text += row(table, "all", totals);
  return text + "  F failed, B broken, d differs as the ledger says, - not applicable\n";
}

}  // namespace aioemu::cli
