#include "tests/mutation/report.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <ostream>

namespace mutation {
namespace {

std::size_t count_killed(const std::vector<Verdict>& verdicts) {
  return static_cast<std::size_t>(std::count_if(verdicts.begin(), verdicts.end(),
                                                [](const Verdict& v) { return !v.survived(); }));
}

std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

void print_seconds(std::chrono::milliseconds time, std::ostream& out) {
  out << time.count() / 1000 << "." << std::setw(3) << std::setfill('0') << time.count() % 1000
      << std::setfill(' ');
}

struct Row {
  std::size_t mutants = 0;
  std::map<std::string, std::size_t> killed_by;
};

void print_row(const std::string& name, const Row& row, const std::vector<Stage>& stages,
               std::ostream& out) {
  std::size_t killed = 0;
  out << "| " << name << " | " << row.mutants << " |";
  for (const Stage& stage : stages) {
    const auto found = row.killed_by.find(stage.name);
    const std::size_t count = found == row.killed_by.end() ? 0 : found->second;
    killed += count;
    out << " " << count << " |";
  }
  out << " " << row.mutants - killed << " |\n";
}

}  // namespace

void print_table(const std::vector<Verdict>& verdicts, std::ostream& out) {
  std::size_t width = 0;
  for (const Verdict& verdict : verdicts) width = std::max(width, verdict.mutant->name.size());
  for (const Verdict& verdict : verdicts) {
    out << (verdict.survived() ? "SURVIVED " : "killed   ") << std::left
        << std::setw(static_cast<int>(width) + 2) << verdict.mutant->name << std::right;
    if (verdict.survived()) {
      out << verdict.mutant->place << ": " << verdict.mutant->why;
    } else {
      out << verdict.killed_by << ": " << verdict.evidence;
    }
    out << "\n";
  }
  const std::size_t killed = count_killed(verdicts);
  out << verdicts.size() << " mutants, " << killed << " killed, " << verdicts.size() - killed
      << " survived\n";
}

void print_junit(const std::vector<Verdict>& verdicts, const Survivors& survivors,
                 std::ostream& out) {
  std::size_t known = 0;
  for (const Verdict& verdict : verdicts) {
    if (verdict.survived() && survivors.count(verdict.mutant->name) != 0) ++known;
  }
  const std::size_t bad = verdicts.size() - count_killed(verdicts) - known;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"mutation\" tests=\""
      << verdicts.size() << "\" failures=\"" << bad << "\" errors=\"0\" skipped=\"" << known
      << "\" disabled=\"0\">\n";
  for (const Verdict& verdict : verdicts) {
    out << "  <testcase classname=\"mutation\" name=\"" << xml(verdict.mutant->name)
        << "\" time=\"";
    print_seconds(verdict.elapsed, out);
    const auto reason = survivors.find(verdict.mutant->name);
    if (!verdict.survived()) {
      out << "\"/>\n";
    } else if (reason != survivors.end()) {
      out << "\"><skipped message=\"" << xml(reason->second) << "\"/></testcase>\n";
    } else {
      out << "\"><failure message=\"survived\">" << xml(verdict.mutant->why)
          << "</failure></testcase>\n";
    }
  }
  out << "</testsuite>\n";
}

void print_markdown(const std::vector<Verdict>& verdicts, const std::vector<Stage>& stages,
                    const Survivors& survivors, std::ostream& out) {
  std::map<std::string, Row> rows;
  Row all;
  for (const Verdict& verdict : verdicts) {
    for (Row* row : {&rows[verdict.mutant->file], &all}) {
      ++row->mutants;
      if (!verdict.survived()) ++row->killed_by[verdict.killed_by];
    }
  }
  out << "| file | mutants |";
  for (const Stage& stage : stages) out << " " << stage.name << " |";
  out << " survived |\n|---|---:|";
  for (std::size_t i = 0; i <= stages.size(); ++i) out << "---:|";
  out << "\n";
  for (const auto& [file, row] : rows) print_row("`" + file + "`", row, stages, out);
  print_row("all", all, stages, out);
  out << "\n";
  for (const Verdict& verdict : verdicts) {
    if (!verdict.survived()) continue;
    const auto reason = survivors.find(verdict.mutant->name);
    out << "- `" << verdict.mutant->name << "` (" << verdict.mutant->why
        << "): " << (reason == survivors.end() ? "no reason given" : reason->second) << "\n";
  }
}

std::string with_generated(const std::string& page, const std::string& generated) {
  const std::string begin = kBeginMark;
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find(kEndMark);
  if (from == std::string::npos || to == std::string::npos || to < from) {
    throw DataError("the page lacks the lines that enclose what is generated");
  }
  return page.substr(0, from + begin.size()) + "\n" + generated + "\n" + page.substr(to);
}

}  // namespace mutation
