#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/grade.hpp"

namespace grader {

/// A change to a score by hand, recorded beside the automatic one and never in it.
struct Adjustment {
  std::string submission;
  double points = 0;  ///< added to the score; may be negative
  int days_late = 0;  ///< days begun after the due date, for the rubric's late policy
  std::string who;
  std::string when;  ///< ISO 8601, UTC
  std::string why;

  bool operator==(const Adjustment&) const = default;
};

/// The record of a batch, `grades.db` (SQLite): what was graded, under the key of its content, and
/// what was adjusted. Each entry is on the disk when the call returns, so an interruption at any
/// point (kill -9, power) loses at most the gradings under way. Calls may come from several
/// threads.
class Journal {
 public:
  /// Opens `file`, or makes it. An error when it is no journal, or of another version.
  static Result<Journal> open(const std::filesystem::path& file);

  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  /// Whether nothing was recorded yet.
  Result<bool> empty() const;

  /// The exercise whose grades these are; empty until set.
  Result<std::string> exercise() const;
  Status set_exercise(const std::string& slug);

  /// The grade kept under `key`; none if there is none.
  Result<std::optional<Grade>> find(const std::string& key) const;
  Status store(const std::string& key, const Grade& grade);

  /// Which grade the submission of that name has.
  Status assign(const std::string& submission, const std::string& key);
  /// Name of each submission with the key of its grade.
  Result<std::map<std::string, std::string>> assignments() const;

  Status adjust(const Adjustment& adjustment);
  /// In the order in which they were recorded.
  Result<std::vector<Adjustment>> adjustments() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace grader
