#include "tests/bench/ratio_table.h"

#include <fmt/format.h>

namespace aioemu::bench {
namespace {

std::string verdict(double ratio, double target) {
  if (target == 0) return "";
  return ratio <= target ? "met" : "**missed**";
}

std::string line_of(const Row& row, const Medians& medians) {
  const auto top = medians.find(row.numerator);
  const auto bottom = medians.find(row.denominator);
  const std::string target = row.target == 0 ? "" : fmt::format("{:.2f}", row.target);
  if (top == medians.end() || bottom == medians.end()) {
    return fmt::format("| {} | | | not available here | {} | |\n", row.what, target);
  }
  const double ratio = top->second / bottom->second;
  return fmt::format("| {} | {:.0f} | {:.0f} | {:.3f} | {} | {} |\n", row.what, top->second,
                     bottom->second, ratio, target, verdict(ratio, row.target));
}

}  // namespace

std::string markdown_table(const std::vector<Row>& rows, const Medians& medians) {
  std::string table =
      "| what, per operation | ours, ns | compared with, ns | ratio | target, at most | |\n"
      "|---|---:|---:|---:|---:|---|\n";
  for (const Row& row : rows) table += line_of(row, medians);
  return table;
}

}  // namespace aioemu::bench
