// aioemu-mutate: see scripts/mutate, which builds what this runs.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/mutation/campaign.h"
#include "tests/mutation/catalog.h"
#include "tests/mutation/report.h"
#include "tests/mutation/survivors.h"

namespace mutation {
namespace {

constexpr int kUsage = 2;

struct Options {
  std::string root = MUTATION_ROOT;
  std::string stages = MUTATION_STAGES;
  std::vector<std::string> names;
  std::size_t sample = 0;
  std::uint64_t seed = 1;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::string junit;
  std::string markdown;
  bool list = false;
};

int list_mutants(const Catalogue& catalogue) {
  for (const Mutant& mutant : catalogue.mutants) {
    std::cout << mutant.number << "  " << mutant.name << "  " << mutant.why << "\n";
  }
  return 0;
}

// Those asked for, or all. Throws CLI::ValidationError for a name that is none.
std::vector<const Mutant*> choose(const Options& options, const Catalogue& catalogue) {
  std::vector<const Mutant*> chosen;
  if (options.names.empty()) {
    for (const Mutant& mutant : catalogue.mutants) chosen.push_back(&mutant);
  }
  for (const std::string& name : options.names) {
    const Mutant* const mutant = catalogue.find(name);
    if (mutant == nullptr) {
      throw CLI::ValidationError("no mutant is called '" + name + "'; --list shows all");
    }
    chosen.push_back(mutant);
  }
  if (options.sample == 0) return chosen;
  std::cout << "sample of " << options.sample << ", seed " << options.seed
            << "; again: scripts/mutate --sample " << options.sample << " --seed " << options.seed
            << "\n";
  return sample_of(std::move(chosen), options.sample, options.seed);
}

Progress progress_of(std::size_t total) {
  if (isatty(STDERR_FILENO) != 1) return [](std::size_t, const Verdict&) {};
  return [total](std::size_t done, const Verdict& verdict) {
    if (verdict.survived()) {
      std::fprintf(stderr, "\r\033[Ksurvived: %s\n", verdict.mutant->name.c_str());
    }
    std::fprintf(stderr, "\r\033[K[%zu/%zu] %s%s", done, total, verdict.mutant->name.c_str(),
                 done == total ? "\r\033[K" : "");
  };
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.flush();
  if (!out) throw DataError("cannot write " + path);
}

void write_reports(const Options& options, const std::vector<Verdict>& verdicts,
                   const std::vector<Stage>& stages, const Survivors& survivors) {
  if (!options.junit.empty()) {
    std::ostringstream junit;
    print_junit(verdicts, survivors, junit);
    write_text(options.junit, junit.str());
  }
  if (!options.markdown.empty()) {
    std::ostringstream table;
    print_markdown(verdicts, stages, survivors, table);
    write_text(options.markdown, with_generated(read_text(options.markdown), table.str()));
  }
}

int run(const Options& options) {
  const std::string data = options.root + "/tests/mutation/";
  const Catalogue catalogue = read_catalogue(data + "mutants");
  if (options.list) return list_mutants(catalogue);
  const Survivors survivors = parse_survivors(read_text(data + "survivors.txt"), "survivors.txt");
  const std::vector<const Mutant*> chosen = choose(options, catalogue);
  std::vector<Stage> stages = parse_stages(read_text(options.stages), options.stages);
  if (const std::string problem = check_baseline(&stages); !problem.empty()) {
    std::cerr << "aioemu-mutate: " << problem << "\n";
    return 1;
  }
  const std::vector<Verdict> verdicts =
      run_campaign(chosen, stages, options.jobs, progress_of(chosen.size()));
  print_table(verdicts, std::cout);
  write_reports(options, verdicts, stages, survivors);
  const bool whole = chosen.size() == catalogue.mutants.size();
  const std::vector<std::string> wrong = complaints(verdicts, survivors, catalogue, whole);
  for (const std::string& sentence : wrong) std::cout << "mutate: " << sentence << "\n";
  return wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace mutation

int main(int argc, char** argv) {
  mutation::Options options;
  CLI::App app{"Asks the tests whether they notice small mistakes.", "scripts/mutate"};
  app.add_option("mutants", options.names, "Only these: names or numbers")->type_name("NAME");
  app.add_flag("--list", options.list, "List the mutants");
  app.add_option("--sample", options.sample, "Only this many, chosen by the seed");
  app.add_option("--seed", options.seed, "Of the sample; default: from the commit")
      ->envname("AIOEMU_MUTATE_SEED");
  app.add_option("--jobs", options.jobs, "How many at a time")->check(CLI::Range(1U, 1024U));
  app.add_option("--junit", options.junit, "Write JUnit XML to FILE")->type_name("FILE");
  app.add_option("--markdown", options.markdown, "Renew the generated part of a page")
      ->type_name("PAGE");
  app.footer(
      "Exit: 0 every survivor is explained (and, in a whole run, 95 % are dead), 1 not so,\n"
      "2 usage.");
  try {
    app.parse(argc, argv);
    return mutation::run(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : mutation::kUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "aioemu-mutate: %s\n", error.what());
    return 1;
  }
}
