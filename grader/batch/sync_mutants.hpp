#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "batch/grading.hpp"
#include "model/sync_site.hpp"

// Mutation testing of a rubric: the runtime perturbs one synchronising call of the reference
// solution while it runs, and the rubric should notice. After DeMillo, Lipton and Sayward, "Hints
// on Test Data Selection" (1978); the operators follow Bradbury, Cordy and Dingel, "Mutation
// Operators for Concurrent Java" (2006), made on the running program instead of its source.
namespace grader {

/// One call site and what is done to it.
struct SyncMutant {
  protocol::MutationKind kind = protocol::MutationKind::none;
  SyncSite site;

  bool operator==(const SyncMutant&) const = default;
};

/// "queue.cpp:31 in put: drop_lock".
std::string to_text(const SyncMutant& mutant);

/// The mutants of the calls seen: each kind that fits a call, once a call site, by line. A
/// condition's untimed wait has none: that it ends for nothing is the strategies' choice in every
/// grading.
std::vector<SyncMutant> plan_mutants(std::vector<SyncSite> sites);

/// An entry of equivalent_mutants.yaml: a mutant that changes nothing that may be seen.
struct EquivalentMutant {
  std::string function;
  std::string kind;
  std::string why;
  int line = 0;  ///< of the entry
};

/// The reviewed list beside an exercise's rubric; empty when there is no such file. An entry
/// without `function`, `kind` and `why`, or of an unknown kind, is an ErrorKind::invalid_rubric
/// with file and line.
Result<std::vector<EquivalentMutant>> read_equivalents(const std::filesystem::path& file);

/// What became of the mutants of one exercise.
struct MutationScore {
  std::vector<SyncMutant> noticed;
  std::vector<SyncMutant> equivalent;  ///< unnoticed, and listed as such
  std::vector<SyncMutant> unnoticed;
  std::vector<std::string> problems;  ///< stale entries, withheld gradings

  /// Noticed ones among those that are not equivalent, 0 to 100; 100 when there are none.
  [[nodiscard]] double percent() const;
};

/// Puts each mutant where it belongs; `was_noticed[i]` is of `mutants[i]`.
MutationScore judge_mutants(const std::vector<SyncMutant>& mutants,
                            const std::vector<bool>& was_noticed,
                            const std::vector<EquivalentMutant>& equivalents,
                            const std::filesystem::path& equivalents_file);

/// Finds the synchronising calls of `reference`, and grades it once for each mutant, up to the
/// first failure. `told` hears of each, as it is done; it is called by several threads, one at a
/// time. A reference that loses points with nothing changed is an ErrorKind::invalid_submission.
Result<MutationScore> score_mutants(
    const Installation& installation, const LoadedExercise& exercise, const Submission& reference,
    const GradeOptions& options,
    const std::function<void(const SyncMutant&, bool noticed, std::size_t done, std::size_t total)>&
        told);

}  // namespace grader
