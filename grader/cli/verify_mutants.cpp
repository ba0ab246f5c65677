#include "cli/verify_mutants.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "batch/sync_mutants.hpp"

namespace grader {
namespace {

std::string coloured(const char* text, const char* code, bool colour) {
  return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

std::size_t print_score(const std::string& slug, const MutationScore& score, bool colour) {
  const std::string bad = coloured("BAD", "31", colour);
  for (const SyncMutant& mutant : score.unnoticed) {
    fmt::print("{}  {} {}: the rubric does not notice it\n", bad, slug, to_text(mutant));
  }
  for (const std::string& problem : score.problems) fmt::print("{}  {} {}\n", bad, slug, problem);
  fmt::print("{}: mutation score {:.0f} % ({} noticed, {} not; {} more are equivalent)\n", slug,
             score.percent(), score.noticed.size(), score.unnoticed.size(),
             score.equivalent.size());
  return score.unnoticed.size() + score.problems.size();
}

std::size_t verify_one_exercise(const Installation& installation, const LoadedExercise& exercise,
                                const VerifyArguments& arguments) {
  const std::string& slug = exercise.exercise.slug;
  const Submission reference{"solutions/" + slug, installation.root / "solutions" / slug};
  const auto tell = [&](const SyncMutant& mutant, bool noticed, std::size_t done,
                        std::size_t total) {
    fmt::print("{} {:>3}/{} {} {}\n",
               noticed ? coloured("noticed  ", "32", arguments.colour) : "unnoticed", done, total,
               slug, to_text(mutant));
    std::fflush(stdout);
  };
  const auto score = score_mutants(installation, exercise, reference, arguments.options, tell);
  if (!score.ok()) {
    fmt::print(stderr, "grader verify: {}\n", score.error().message);
    return 1;
  }
  return print_score(slug, *score, arguments.colour);
}

}  // namespace

std::size_t verify_mutants(const Installation& installation,
                           const std::vector<LoadedExercise>& exercises,
                           const VerifyArguments& arguments) {
  std::size_t problems = 0;
  for (const LoadedExercise& exercise : exercises) {
    problems += verify_one_exercise(installation, exercise, arguments);
  }
  return problems;
}

}  // namespace grader
