#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "explore/controlled_session.hpp"

namespace grader {

/// A program that can be run under the controlled scheduler, built for that if need be. What was
/// built is removed with this object.
class PreparedProgram {
 public:
  /// `command`: C and C++ sources, or a program with its arguments. An error of kind
  /// invalid_submission: the compiler refused the sources, and has said why on standard error.
  static Result<PreparedProgram> prepare(const std::vector<std::string>& command);
  /// From the target of a schedule (protocol::Schedule::target).
  static Result<PreparedProgram> prepare(
      const std::vector<std::pair<std::string, std::string>>& target);

  PreparedProgram(PreparedProgram&& other) noexcept;
  PreparedProgram& operator=(PreparedProgram&&) = delete;
  ~PreparedProgram();

  [[nodiscard]] const ControlledProgram& program() const { return program_; }
  /// What a schedule must say to run the same again.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& target() const {
    return target_;
  }

 private:
  PreparedProgram() = default;
  Status compile(const std::vector<std::string>& sources);

  ControlledProgram program_;
  std::vector<std::pair<std::string, std::string>> target_;
  std::filesystem::path scratch_;
};

/// Where libgrader_runtime.so and light/libtsan.so.2 are: GRADER_LIB_DIR, or ../lib beside this
/// program.
Result<std::filesystem::path> find_libraries();

}  // namespace grader
