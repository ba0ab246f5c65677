#include "batch/batch.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <regex>

#include "base/posix.hpp"
#include "batch/pool.hpp"

namespace grader {
namespace {

/// Candidates with the same content.
struct Group {
  std::string key;  ///< empty: nothing to find it by
  std::vector<const Candidate*> members;
  std::optional<Grade> kept;  ///< what the journal holds for the key
};

Grade refused(const Candidate& candidate, const Rubric& rubric, const std::string& problem) {
  Grade grade;
  grade.exercise = rubric.exercise;
  grade.title = rubric.title;
  grade.submission = candidate.name;
  grade.points_max = rubric.points;
  grade.pass_mark = rubric.pass;
  grade.outcome = Outcome::fail;
  grade.problem = problem;
  return grade;
}

class Runner {
 public:
  Runner(const BatchPlan& plan, Journal& journal) : plan_(plan), journal_(journal) {}

  Result<BatchResult> run() {
    GRADER_TRY(groups, group_by_key());
    // What is done comes first, and whole: an interruption leaves none of it out of the gradebook.
    for (const Group& group : groups) {
      if (group.kept) GRADER_CHECK(finish_all(group, plan_.rescore(*group.kept), false));
    }
    std::erase_if(groups, [](const Group& group) { return group.kept.has_value(); });
    const auto stop = [this] { return failed_ || plan_.interrupted(); };
    run_pool(
        plan_.jobs, groups.size(), [&](std::size_t i) { do_group(groups[i]); }, stop);
    if (error_) return *error_;
    GRADER_CHECK(add_adjustments());
    result_.rows = sorted_by_name(std::move(result_.rows));
    result_.interrupted = result_.rows.size() < plan_.candidates.size();
    GRADER_CHECK(write_file_atomically(plan_.output / "grades.csv",
                                       gradebook_csv(result_.rows, plan_.rubric)));
    return std::move(result_);
  }

 private:
  /// In the order of the candidates. One that cannot be graded makes a group of its own.
  Result<std::vector<Group>> group_by_key() {
    std::vector<Group> groups;
    std::map<std::string, std::size_t> places;
    for (const Candidate& candidate : plan_.candidates) {
      std::string key;
      if (candidate.problem.empty()) {
        if (const Result<std::string> named = plan_.key(candidate)) key = *named;
      }
      const auto known = key.empty() ? places.end() : places.find(key);
      if (known != places.end()) {
        groups[known->second].members.push_back(&candidate);
        continue;
      }
      if (!key.empty()) places[key] = groups.size();
      groups.push_back({key, {&candidate}, std::nullopt});
    }
    for (Group& group : groups) {
      if (group.key.empty()) continue;
      GRADER_TRY(kept, journal_.find(group.key));
      group.kept = std::move(kept);
    }
    return groups;
  }

  void do_group(const Group& group) {
    if (const Status status = try_group(group); !status.ok()) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = status.error();
      failed_ = true;
    }
  }

  Status try_group(const Group& group) {
    const Candidate& first = *group.members.front();
    if (!first.problem.empty()) {
      return finish(first, refused(first, plan_.rubric, first.problem), group.key, true);
    }
    const Grade grade = plan_.grade(first);
    // What was cut short by the interruption says nothing about the submission.
    if (grade.withheld && plan_.interrupted()) return success();
    if (!grade.withheld && !group.key.empty()) GRADER_CHECK(journal_.store(group.key, grade));
    return finish_all(group, grade, true);
  }

  Status finish_all(const Group& group, const Grade& grade, bool graded) {
    for (const Candidate* member : group.members) {
      const bool first = member == group.members.front();
      GRADER_CHECK(finish(*member, grade, group.key, graded && first));
    }
    return success();
  }

  Status finish(const Candidate& candidate, Grade grade, const std::string& key, bool graded) {
    grade.submission = candidate.name;
    GRADER_CHECK(write_file_atomically(plan_.output / "reports" / (candidate.file + ".json"),
                                       plan_.report(grade)));
    if (!grade.withheld) GRADER_CHECK(journal_.assign(candidate.name, key));
    const std::lock_guard lock(mutex_);
    (graded ? result_.graded : result_.reused) += 1;
    plan_.done(grade, graded);
    result_.rows.push_back({candidate.name, std::move(grade), {}});
    return success();
  }

  Status add_adjustments() {
    GRADER_TRY(adjustments, journal_.adjustments());
    for (GradebookRow& row : result_.rows) {
      std::copy_if(adjustments.begin(), adjustments.end(), std::back_inserter(row.adjustments),
                   [&](const Adjustment& a) { return a.submission == row.name; });
    }
    return success();
  }

  const BatchPlan& plan_;
  Journal& journal_;
  std::mutex mutex_;
  std::atomic<bool> failed_{false};
  std::optional<Error> error_;
  BatchResult result_;
};

/// What write_file_atomically leaves beside its target when it is killed.
void remove_torn_writes(const std::filesystem::path& directory) {
  static const std::regex torn(R"(.*\.(json|csv)\.[A-Za-z0-9]{6})");
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    if (std::regex_match(name, torn)) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

Result<BatchResult> run_batch_plan(const BatchPlan& plan, Journal& journal) {
  std::error_code error;
  std::filesystem::create_directories(plan.output / "reports", error);
  if (error) return errno_error("making " + (plan.output / "reports").string(), error.value());
  remove_torn_writes(plan.output / "reports");
  remove_torn_writes(plan.output);
  return Runner(plan, journal).run();
}

}  // namespace grader
