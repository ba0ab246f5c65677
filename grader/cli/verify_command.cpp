#include "cli/verify_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>

#include "batch/expectation.hpp"
#include "cli/exit_codes.hpp"
#include "cli/verify_mutants.hpp"

namespace grader {
namespace {

/// The gradings of one variant of an exercise, one a seed; no seeds: one with the rubric's own.
struct Task {
  const LoadedExercise* exercise;
  Variant variant;
  std::vector<std::uint64_t> seeds;
};

struct Verified {
  Grade grade;
  std::vector<std::string> problems;
};

/// Prints a line as each grading ends, and counts; shared by the workers.
class Progress {
 public:
  Progress(std::size_t total, bool colour) : total_(total), colour_(colour) {}

  void done(const Task& task, const std::string& seed, const Verified& result) {
    const std::lock_guard lock(mutex_);
    ++done_;
    const bool good = result.problems.empty();
    const std::string mark =
        colour_ ? (good ? "\033[32mok\033[0m  " : "\033[31mBAD\033[0m ") : (good ? "ok  " : "BAD ");
    fmt::print("{} {:>3}/{} {} {}{}: {} of {} points, {} ms\n", mark, done_, total_,
               task.exercise->exercise.slug, task.variant.name, seed, result.grade.points,
               result.grade.points_max, result.grade.timing.total_ms);
    for (const std::string& problem : result.problems) fmt::print("         {}\n", problem);
    std::fflush(stdout);
  }

 private:
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::size_t total_;
  bool colour_;
};

/// Compiles the variant once, whatever the number of seeds.
std::vector<Verified> verify_one(const Installation& installation, const Task& task,
                                 GradeOptions options, Progress& progress) {
  options.jobs = 1;
  options.explain_failures = false;  // only the verdicts are compared
  const Submission submission{task.variant.name, task.variant.directory};
  const BuiltSubmission built =
      build_for_grading(installation, *task.exercise, submission, options);
  std::vector<Verified> results;
  const auto grade = [&](const std::string& seed) {
    Verified result;
    result.grade = grade_built(installation, *task.exercise, submission, built, options);
    result.problems = disagreements(task.variant, result.grade);
    progress.done(task, seed, result);
    results.push_back(std::move(result));
  };
  if (task.seeds.empty()) grade("");
  for (const std::uint64_t seed : task.seeds) {
    options.seed = seed;
    grade(fmt::format(" seed {}", seed));
  }
  return results;
}

std::vector<Verified> verify_all(const Installation& installation, const std::vector<Task>& tasks,
                                 const VerifyArguments& arguments) {
  std::vector<std::vector<Verified>> results(tasks.size());
  std::atomic<std::size_t> next{0};
  Progress progress(tasks.size() * std::max<std::size_t>(arguments.seeds.size(), 1),
                    arguments.colour);
  const auto work = [&] {
    for (std::size_t i = next++; i < tasks.size(); i = next++) {
      results[i] = verify_one(installation, tasks[i], arguments.options, progress);
    }
  };
  unsigned count = arguments.options.jobs;
  if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < count; ++i) workers.emplace_back(work);
  workers.clear();
  std::vector<Verified> all;
  for (std::vector<Verified>& some : results) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

/// Criteria that no faulty variant fails: nothing shows that they can be failed.
std::vector<std::string> unproved_criteria(const LoadedExercise& exercise,
                                           const std::vector<Task>& tasks) {
  std::set<std::string> failed;
  for (const Task& task : tasks) {
    if (task.exercise == &exercise)
      failed.insert(task.variant.fails.begin(), task.variant.fails.end());
  }
  std::vector<std::string> unproved;
  for (const Criterion& criterion : exercise.rubric.criteria) {
    if (!failed.contains(criterion.id)) unproved.push_back(criterion.id);
  }
  return unproved;
}

bool is_native(const LoadedExercise& exercise) {
  return exercise.rubric.explore.mode == ExploreMode::native;
}

bool is_asked_for(const Variant& variant, const std::vector<std::string>& beginnings) {
  return beginnings.empty() ||
         std::any_of(beginnings.begin(), beginnings.end(), [&](const std::string& beginning) {
           return variant.name.starts_with(beginning);
         });
}

Result<std::vector<Task>> plan_tasks(const Installation& installation,
                                     const std::vector<LoadedExercise>& exercises,
                                     const VerifyArguments& arguments) {
  std::vector<Task> tasks;
  for (const LoadedExercise& exercise : exercises) {
    GRADER_TRY(variants, find_variants(installation.root, exercise.exercise.directory));
    for (const Variant& variant : variants) {
      if (variant.rare_natively && is_native(exercise)) continue;
      if (!is_asked_for(variant, arguments.variants)) continue;
      tasks.push_back({&exercise, variant, arguments.seeds});
    }
  }
  if (tasks.empty()) {
    return Error{ErrorKind::usage, "no submission's name begins as --variant says"};
  }
  return tasks;
}

int fail(const Error& error) {
  fmt::print(stderr, "grader verify: {}\n", error.message);
  return exit_status_of(error.kind);
}

}  // namespace

int run_verify(const VerifyArguments& arguments) {
  const auto installation = find_installation(arguments.root);
  if (!installation) return fail(installation.error());
  const auto exercises = load_exercises(*installation, arguments.exercises);
  if (!exercises) return fail(exercises.error());
  const auto tasks = plan_tasks(*installation, *exercises, arguments);
  if (!tasks) return fail(tasks.error());

  if (arguments.only_mutants) {
    return verify_mutants(*installation, *exercises, arguments) == 0 ? kExitPass : kExitBelow;
  }
  const std::vector<Verified> results = verify_all(*installation, *tasks, arguments);
  std::size_t bad = 0;
  bool own_fault = false;
  for (const Verified& result : results) {
    bad += result.problems.empty() ? 0 : 1;
    own_fault = own_fault || result.grade.withheld;
  }
  for (const LoadedExercise& exercise : *exercises) {
    if (!arguments.variants.empty()) break;
    for (const std::string& id : unproved_criteria(exercise, *tasks)) {
      fmt::print("BAD  {}: no faulty submission fails `{}`; add one to fixtures/submissions\n",
                 exercise.exercise.slug, id);
      ++bad;
    }
  }
  fmt::print("{} gradings, {} as they should be, {} problems\n", results.size(),
             std::count_if(results.begin(), results.end(),
                           [](const Verified& r) { return r.problems.empty(); }),
             bad);
  if (own_fault) return kExitInternal;
  if (arguments.mutants) bad += verify_mutants(*installation, *exercises, arguments);
  return bad == 0 ? kExitPass : kExitBelow;
}

}  // namespace grader
