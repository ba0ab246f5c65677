#include "batch/content_key.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/posix.hpp"
#include "base/sha256.hpp"
#include "batch/benchmarking.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr std::array kScoringMembers = {"points", "pass", "title", "duration", "late"};
constexpr std::array kScoringMembersOfCriterion = {"points",     "title", "hint",
                                                   "visibility", "bonus", "cap"};
constexpr std::uintmax_t kFileBytesMax = 16U << 20U;

Result<std::vector<fs::path>> sorted_files(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file(error)) files.push_back(at->path());
  }
  if (error) return errno_error("reading " + directory.string(), error.value());
  std::sort(files.begin(), files.end());
  return files;
}

Status add_file(Sha256& hash, const std::string& name, const fs::path& path) {
  GRADER_TRY(content, read_file(path));
  hash.update_field(name);
  hash.update_field(content);
  return success();
}

/// The statement is for people and the rubric is added apart; anything else may matter.
bool changes_verdicts(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension != ".md" && file.filename() != "rubric.yaml";
}

Status add_exercise(Sha256& hash, const LoadedExercise& exercise) {
  const fs::path& directory = exercise.exercise.directory;
  GRADER_TRY(files, sorted_files(directory));
  const std::vector<std::string>& submit = exercise.rubric.submit;
  for (const fs::path& file : files) {
    const std::string name = file.lexically_relative(directory).string();
    const bool stub = std::find(submit.begin(), submit.end(), name) != submit.end();
    if (!stub && changes_verdicts(file)) GRADER_CHECK(add_file(hash, name, file));
  }
  GRADER_TRY(yaml, read_file(exercise.rubric.file));
  GRADER_TRY(judging, judging_text(yaml));
  hash.update_field(judging);
  return success();
}

/// The reference, where a criterion measures a submission against it. Its absence is content too.
Status add_reference(Sha256& hash, const Installation& installation,
                     const LoadedExercise& exercise) {
  const std::vector<Criterion>& criteria = exercise.rubric.criteria;
  if (std::none_of(criteria.begin(), criteria.end(), is_benchmark)) return success();
  const fs::path directory = reference_directory(installation, exercise.exercise);
  std::error_code error;
  hash.update_field(fs::exists(directory, error) ? "reference" : "no reference");
  for (const std::string& name : exercise.rubric.submit) {
    if (fs::exists(directory / name, error)) GRADER_CHECK(add_file(hash, name, directory / name));
  }
  return success();
}

/// The compiler that PATH gives, by the content of its front end: a changed package changes it.
Status add_compiler(Sha256& hash) {
  for (const char* path : {"/usr/bin/g++", "/usr/bin/ld"}) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (!error) GRADER_CHECK(add_file(hash, path, real));
  }
  return success();
}

Status add_grader(Sha256& hash, const Installation& installation) {
  GRADER_CHECK(add_file(hash, "grader", "/proc/self/exe"));
  GRADER_TRY(libraries, sorted_files(installation.libraries));
  for (const fs::path& library : libraries) {
    const std::string name = library.lexically_relative(installation.libraries).string();
    const bool runs =
        name.ends_with("harness.a") || library.string().find(".so") != std::string::npos;
    if (runs) GRADER_CHECK(add_file(hash, name, library));
  }
  return success();
}

void remove_members(YAML::Node node, const auto& names) {
  if (!node.IsMap()) return;
  for (const char* name : names) node.remove(name);
}

}  // namespace

Result<std::string> judging_text(std::string_view rubric_yaml) {
  try {
    YAML::Node rubric = YAML::Load(std::string(rubric_yaml));
    remove_members(rubric, kScoringMembers);
    if (rubric.IsMap() && rubric["criteria"].IsSequence()) {
      for (YAML::Node criterion : rubric["criteria"]) {
        remove_members(criterion, kScoringMembersOfCriterion);
      }
    }
    return YAML::Dump(rubric);
  } catch (const YAML::Exception& error) {
    return Error{ErrorKind::invalid_rubric, error.what()};
  }
}

Result<std::string> batch_key(const Installation& installation, const LoadedExercise& exercise,
                              const GradeOptions& options) {
  Sha256 hash;
  GRADER_CHECK(add_exercise(hash, exercise));
  GRADER_CHECK(add_reference(hash, installation, exercise));
  GRADER_CHECK(add_compiler(hash));
  GRADER_CHECK(add_grader(hash, installation));
  const auto number = [](const std::optional<std::uint64_t>& value) {
    return value ? std::to_string(*value) : std::string("rubric");
  };
  hash.update_field(number(options.schedules));
  hash.update_field(number(options.seed));
  hash.update_field(options.sandbox == SandboxMode::off ? "open" : "closed");
  return hash.hex_digest();
}

Result<std::string> submission_key(const std::string& batch, const Rubric& rubric,
                                   const fs::path& directory) {
  Sha256 hash;
  hash.update_field(batch);
  for (const std::string& name : rubric.submit) {
    const fs::path path = directory / name;
    hash.update_field(name);
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    if (!fs::is_regular_file(status) || fs::file_size(path, error) > kFileBytesMax) {
      // Will be refused, for a reason that depends on the names around it.
      return Error{ErrorKind::invalid_submission, path.string() + " is no regular file"};
    }
    GRADER_CHECK(add_file(hash, name, path));
  }
  return hash.hex_digest();
}

}  // namespace grader
