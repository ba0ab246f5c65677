#include "batch/sync_mutants.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>

#include "batch/benchmarking.hpp"

namespace grader {
namespace {

using protocol::MutationKind;
using protocol::SyncCall;

constexpr std::uint64_t kScoutingSchedules = 8;

std::vector<MutationKind> kinds_of(const SyncSite& site) {
  switch (site.call) {
    case SyncCall::lock:
      if (!site.adjacent) return {MutationKind::drop_lock, MutationKind::release_early};
      return {MutationKind::drop_lock, MutationKind::release_early, MutationKind::swap_locks};
    case SyncCall::notify_one:
      return {MutationKind::drop_notify};
    case SyncCall::notify_all:
      return {MutationKind::drop_notify, MutationKind::notify_one};
    case SyncCall::timed_wait:
    case SyncCall::semaphore_wait:
      return {MutationKind::wake_early};
    case SyncCall::join:
      return {MutationKind::drop_join};
    case SyncCall::update:
      return {MutationKind::tear_update};
  }
  return {};
}

bool same_place(const SyncSite& a, const SyncSite& b) {
  return a.call == b.call && a.site == b.site;
}

bool is_listed(const EquivalentMutant& entry, const SyncMutant& mutant) {
  return entry.kind == protocol::to_text(mutant.kind) &&
         entry.function == mutant.site.location.function;
}

bool is_kind(const std::string& name) {
  // Not the first two: "none" and "scout" are no mutants.
  return std::find(std::begin(protocol::kMutationNames) + 2, std::end(protocol::kMutationNames),
                   name) != std::end(protocol::kMutationNames);
}

Error bad_entry(const std::filesystem::path& file, int line, const std::string& message) {
  return Error{ErrorKind::invalid_rubric, fmt::format("{}:{}: {}", file.string(), line, message)};
}

Result<EquivalentMutant> read_entry(const std::filesystem::path& file, const YAML::Node& node) {
  EquivalentMutant entry;
  entry.line = node.Mark().line + 1;
  if (!node.IsMap()) return bad_entry(file, entry.line, "a mapping with function, kind and why");
  for (const auto& member : node) {
    const auto key = member.first.as<std::string>();
    const auto value = member.second.as<std::string>();
    if (key == "function") {
      entry.function = value;
    } else if (key == "kind") {
      entry.kind = value;
    } else if (key == "why") {
      entry.why = value;
    } else {
      return bad_entry(file, member.first.Mark().line + 1,
                       "unknown key `" + key + "`; known: function, kind, why");
    }
  }
  if (entry.function.empty() || entry.kind.empty() || entry.why.empty()) {
    return bad_entry(file, entry.line, "function, kind and why are all needed");
  }
  if (!is_kind(entry.kind)) {
    return bad_entry(file, entry.line, "`" + entry.kind + "` is no kind of mutant");
  }
  return entry;
}

/// Not so of a run that the grader itself could not do.
bool shows_failure(const Observation& run) {
  return !std::holds_alternative<SandboxFailed>(run.termination) &&
         (!run.findings.empty() || !run.closed || !run.passed);
}

Error flawed(const Grade& grade) {
  return Error{ErrorKind::invalid_submission,
               fmt::format("{} gets {} of {} points with nothing changed, so it has no mutation "
                           "score; see `{}`",
                           grade.submission, grade.points, grade.points_max, grade.command)};
}

/// Grades the mutants of one reference, several at a time.
class MutantRuns {
 public:
  MutantRuns(const Installation& installation, const LoadedExercise& exercise,
             const Submission& reference, const GradeOptions& options)
      : installation_(installation),
        exercise_(without_benchmarks(exercise)),  // a mutant is one under control only
        reference_(reference),
        options_(options),
        built_(build_for_grading(installation, exercise, reference, options)) {
    options_.explain_failures = false;
  }

  /// Of a reference that loses points by itself, every mutant would count as noticed, or none.
  Status check_reference() const {
    const Grade grade = grade_built(installation_, exercise_, reference_, built_, options_);
    if (grade.withheld) return Error{ErrorKind::environment, grade.problem};
    if (grade.points < grade.points_max) return flawed(grade);
    return success();
  }

  Result<std::vector<SyncSite>> find_sites() const {
    GradeOptions options = options_;
    options.mutation.kind = MutationKind::scout;
    options.schedules = kScoutingSchedules;
    std::vector<SyncSite> sites;
    options.observe = [&](const Observation& seen) {
      sites.insert(sites.end(), seen.sites.begin(), seen.sites.end());
    };
    const Grade grade = grade_built(installation_, exercise_, reference_, built_, options);
    if (grade.withheld) return Error{ErrorKind::environment, grade.problem};
    return sites;
  }

  /// Empty: the grader could not say.
  std::optional<bool> is_noticed(const SyncMutant& mutant) const {
    GradeOptions options = options_;
    options.jobs = 1;
    options.mutation = {mutant.kind, mutant.site.site};
    options.stop_at_first_failure = true;
    bool failed = false;
    options.observe = [&failed](const Observation& seen) {
      failed = failed || shows_failure(seen);
    };
    const Grade grade = grade_built(installation_, exercise_, reference_, built_, options);
    if (failed) return true;
    if (grade.withheld) return std::nullopt;
    return grade.points < grade.points_max;
  }

  [[nodiscard]] unsigned workers() const {
    return options_.jobs != 0 ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
  }

 private:
  const Installation& installation_;
  const LoadedExercise exercise_;
  const Submission& reference_;
  GradeOptions options_;
  const BuiltSubmission built_;
};

}  // namespace

std::string to_text(const SyncMutant& mutant) {
  const SourceLocation& at = mutant.site.location;
  return fmt::format("{}:{} in {}: {}", at.file, at.line, at.function,
                     protocol::to_text(mutant.kind));
}

std::vector<SyncMutant> plan_mutants(std::vector<SyncSite> sites) {
  // An adjacent sight of a site tells more than one that is not: it comes first.
  std::sort(sites.begin(), sites.end(), [](const SyncSite& a, const SyncSite& b) {
    return std::tie(a.location, a.call, a.site, b.adjacent) <
           std::tie(b.location, b.call, b.site, a.adjacent);
  });
  sites.erase(std::unique(sites.begin(), sites.end(), same_place), sites.end());
  std::vector<SyncMutant> mutants;
  for (const SyncSite& site : sites) {
    for (const MutationKind kind : kinds_of(site)) mutants.push_back({kind, site});
  }
  return mutants;
}

Result<std::vector<EquivalentMutant>> read_equivalents(const std::filesystem::path& file) {
  std::vector<EquivalentMutant> entries;
  if (!std::filesystem::exists(file)) return entries;
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    if (!root.IsSequence()) return bad_entry(file, root.Mark().line + 1, "a list of mutants");
    for (const YAML::Node& node : root) {
      GRADER_TRY(entry, read_entry(file, node));
      entries.push_back(std::move(entry));
    }
    return entries;
  } catch (const YAML::Exception& error) {
    return bad_entry(file, error.mark.line + 1, error.msg);
  }
}

double MutationScore::percent() const {
  const std::size_t judged = noticed.size() + unnoticed.size();
  if (judged == 0) return 100;
  return 100 * static_cast<double>(noticed.size()) / static_cast<double>(judged);
}

MutationScore judge_mutants(const std::vector<SyncMutant>& mutants,
                            const std::vector<bool>& was_noticed,
                            const std::vector<EquivalentMutant>& equivalents,
                            const std::filesystem::path& equivalents_file) {
  MutationScore score;
  std::vector<bool> used(equivalents.size());
  for (std::size_t i = 0; i < mutants.size(); ++i) {
    if (was_noticed[i]) {
      score.noticed.push_back(mutants[i]);
      continue;
    }
    bool listed = false;
    for (std::size_t k = 0; k < equivalents.size(); ++k) {
      if (!is_listed(equivalents[k], mutants[i])) continue;
      used[k] = true;
      listed = true;
    }
    (listed ? score.equivalent : score.unnoticed).push_back(mutants[i]);
  }
  for (std::size_t k = 0; k < equivalents.size(); ++k) {
    if (used[k]) continue;
    score.problems.push_back(fmt::format("{}:{}: no unnoticed mutant is a {} in {}; remove it",
                                         equivalents_file.string(), equivalents[k].line,
                                         equivalents[k].kind, equivalents[k].function));
  }
  return score;
}

Result<MutationScore> score_mutants(
    const Installation& installation, const LoadedExercise& exercise, const Submission& reference,
    const GradeOptions& options,
    const std::function<void(const SyncMutant&, bool, std::size_t, std::size_t)>& told) {
  const std::filesystem::path file = exercise.exercise.directory / "equivalent_mutants.yaml";
  GRADER_TRY(equivalents, read_equivalents(file));
  const MutantRuns runs(installation, exercise, reference, options);
  GRADER_CHECK(runs.check_reference());
  GRADER_TRY(sites, runs.find_sites());
  const std::vector<SyncMutant> mutants = plan_mutants(std::move(sites));
  if (mutants.empty()) {
    return Error{ErrorKind::invalid_submission,
                 "no synchronising call of the reference was seen; only what is graded under "
                 "control has mutants"};
  }
  std::vector<bool> noticed(mutants.size());
  std::vector<std::string> problems;
  std::mutex mutex;
  std::size_t done = 0;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < mutants.size(); i = next++) {
      const std::optional<bool> seen = runs.is_noticed(mutants[i]);
      const std::lock_guard lock(mutex);
      noticed[i] = seen.value_or(false);
      if (!seen) problems.push_back(to_text(mutants[i]) + ": the grade is withheld");
      if (told) told(mutants[i], noticed[i], ++done, mutants.size());
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < runs.workers(); ++i) workers.emplace_back(work);
  }
  MutationScore score = judge_mutants(mutants, noticed, equivalents, file);
  score.problems.insert(score.problems.end(), problems.begin(), problems.end());
  return score;
}

}  // namespace grader
