#include "conformance/program/differ.h"

#include "conformance/program/text.h"

namespace conformance::program {

Differ::Differ(std::unique_ptr<Runner> emulator, std::unique_ptr<Runner> kernel)
    : emulator_(std::move(emulator)), kernel_(std::move(kernel)) {}

Comparison Differ::compare(const Program& program) {
  Comparison comparison;
  comparison.emulator = emulator_->run(program, nullptr);
  comparison.kernel = kernel_->run(program, &comparison.emulator);
  comparison.divergence =
      conformance::program::compare(program, comparison.emulator, comparison.kernel);
  return comparison;
}

Comparison Differ::compare_here(Program* program) {
  program->start = kernel_->position();
  return compare(*program);
}

std::string story(const Program& program, const Comparison& comparison) {
  std::string text;
  const std::size_t count = program.statements.size();
  for (std::size_t i = 0; i < count; ++i) {
    text += std::to_string(i + 1) + ": " + print(program.statements[i]) + "\n";
    const bool both = i < comparison.emulator.steps.size() && i < comparison.kernel.steps.size();
    if (!both) continue;
    const Step& emulator = comparison.emulator.steps[i];
    const Step& kernel = comparison.kernel.steps[i];
    const std::string said = print(kernel);
    text += "    kernel:   " + said + "\n";
    if (!(emulator == kernel)) text += "    emulator: " + print(emulator) + "\n";
  }
  text += "end\n    kernel:   " + print(comparison.kernel.ending) + "\n";
  if (!(comparison.kernel.ending == comparison.emulator.ending)) {
    text += "    emulator: " + print(comparison.emulator.ending) + "\n";
  }
  if (!comparison.divergence) return text;
  const Divergence& found = *comparison.divergence;
  const std::string where =
      found.step < count ? "statement " + std::to_string(found.step + 1) : "the end";
  return text + "\ndivergence at " + where + ", " + found.what +
         "\n    kernel:   " + found.expected + "\n    emulator: " + found.got + "\n";
}

}  // namespace conformance::program
