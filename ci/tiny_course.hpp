#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace grader::testing_support {

/// A course of one small exercise, 1-tiny, and a fresh folder to work in, which is removed with it.
/// The course is shared by all tests, and so is what is built once an exercise.
class TinyCourse {
 public:
  TinyCourse();
  TinyCourse(const TinyCourse&) = delete;
  TinyCourse& operator=(const TinyCourse&) = delete;
  ~TinyCourse();

  /// The course; not to be changed.
  [[nodiscard]] static const std::filesystem::path& root();
  /// The same course, graded under the controlled scheduler.
  [[nodiscard]] static const std::filesystem::path& controlled_root();
  /// A course of one's own, to be changed: in the folder to work in.
  [[nodiscard]] std::filesystem::path own_root() const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Writes a file below the folder, with the folders above it.
  void write(const std::filesystem::path& name, const std::string& text) const;
  [[nodiscard]] std::string read(const std::filesystem::path& name) const;

  struct Ran {
    int status = 0;      ///< exit status; 128 and above for a signal
    std::string output;  ///< both streams
  };
  /// Runs `grader <arguments>` in the folder, by the shell, for the shared course unless the
  /// arguments name a --root. It is killed after `seconds`.
  [[nodiscard]] Ran grader(const std::string& arguments, double seconds = 120) const;
  /// The command that grader() runs, but for the limit.
  [[nodiscard]] static std::string command(const std::string& arguments);
  /// Runs a shell command in the folder.
  [[nodiscard]] Ran shell(const std::string& command) const;

 private:
  std::filesystem::path folder_;
};

/// The names of what is in a folder.
[[nodiscard]] std::set<std::string> names_in(const std::filesystem::path& folder);

[[nodiscard]] bool contains(const std::string& text, const std::string& part);

/// Submissions of 1-tiny.
extern const char* const kCorrect;
extern const char* const kWrong;
extern const char* const kDoesNotCompile;

}  // namespace grader::testing_support
