#include "batch/handout.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/posix.hpp"
#include "rubric/exercise_facts.hpp"
#include "rubric/rubric_loader.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

/// What `make check` needs beside exercises/ and grader/.
constexpr std::array kSetUp = {"Makefile",        "CMakeLists.txt",         "CMakePresets.json",
                               "README.md",       "ci/CMakeLists.txt",      "ci/build.sh",
                               "ci/packages.txt", "ci/install_packages.sh", "bin/grader"};
/// Taken where the course has them.
constexpr std::array kExtras = {".gitignore", ".clang-format", "ci/github-workflow.yml",
                                "ci/gitlab-ci.yml"};

/// Copies a file, its permissions, and makes the folders above it.
Status copy_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (!error) fs::copy_file(from, to, error);
  if (error) {
    return Error{ErrorKind::environment,
                 fmt::format("copying {} to {}: {}", from.string(), to.string(), error.message())};
  }
  return success();
}

bool is_test(const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.ends_with("_test") || stem.ends_with("_bench");
}

/// All files below a folder but tests, benchmarks and what an editor leaves.
Status copy_sources(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::recursive_directory_iterator entries(from, error);
  if (error) {
    return Error{ErrorKind::usage, fmt::format("{}: {}", from.string(), error.message())};
  }
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || is_test(name) || name.starts_with('.') || name.ends_with('~')) {
      continue;
    }
    GRADER_CHECK(copy_to(entry.path(), to / entry.path().lexically_relative(from)));
  }
  return success();
}

Status copy_set_up(const fs::path& root, const fs::path& output) {
  GRADER_CHECK(copy_sources(root / "grader", output / "grader"));
  GRADER_CHECK(copy_sources(root / "cmake", output / "cmake"));
  for (const char* file : kSetUp) {
    if (!fs::exists(root / file)) {
      return Error{ErrorKind::usage,
                   fmt::format("{} is not there: a handout needs it for `make check`",
                               (root / file).string())};
    }
    GRADER_CHECK(copy_to(root / file, output / file));
  }
  for (const char* file : kExtras) {
    if (fs::exists(root / file)) GRADER_CHECK(copy_to(root / file, output / file));
  }
  return success();
}

/// Whether students get the scenario file. One that mixes both kinds is an error.
Result<bool> is_visible(const fs::path& file, const std::string& source,
                        const std::vector<std::string>& hidden) {
  ExerciseFacts facts;
  scan_scenarios(source, facts);
  const auto is_hidden = [&](const std::string& scenario) {
    return std::find(hidden.begin(), hidden.end(), scenario) != hidden.end();
  };
  const auto first = std::find_if(facts.scenarios.begin(), facts.scenarios.end(), is_hidden);
  if (first == facts.scenarios.end()) return true;
  const auto seen = std::find_if_not(facts.scenarios.begin(), facts.scenarios.end(), is_hidden);
  if (seen == facts.scenarios.end()) return false;
  return Error{ErrorKind::invalid_rubric,
               fmt::format("{}: {} is hidden from students and {} is not; put hidden scenarios "
                           "into a file of their own",
                           file.string(), *first, *seen)};
}

/// Copies the headers that `source` includes, and those that these include. As for the compiler, a
/// name counts from scenarios/ and from the exercise's folder.
Status copy_included(const fs::path& exercise, const std::string& source, const fs::path& output) {
  constexpr std::string_view kInclude = "#include \"";
  for (std::size_t at = source.find(kInclude); at != std::string::npos;
       at = source.find(kInclude, at + 1)) {
    const std::size_t begin = at + kInclude.size();
    const std::string name = source.substr(begin, source.find('"', begin) - begin);
    fs::path header = fs::path("scenarios") / name;
    if (!fs::exists(exercise / header)) header = name;
    if (!fs::exists(exercise / header) || fs::exists(output / header)) continue;
    GRADER_CHECK(copy_to(exercise / header, output / header));
    GRADER_TRY(text, read_file(exercise / header));
    GRADER_CHECK(copy_included(exercise, text, output));
  }
  return success();
}

Status copy_scenarios(const LoadedExercise& loaded, const std::vector<std::string>& hidden,
                      const fs::path& output, Handout& handout) {
  for (const fs::path& file : loaded.exercise.scenarios) {
    GRADER_TRY(source, read_file(file));
    GRADER_TRY(visible, is_visible(file, source, hidden));
    if (!visible) {
      ++handout.scenario_files_left_out;
      continue;
    }
    GRADER_CHECK(copy_to(file, output / "scenarios" / file.filename()));
    GRADER_CHECK(copy_included(loaded.exercise.directory, source, output));
  }
  return success();
}

Status write_rubric(const Rubric& rubric, const fs::path& output) {
  GRADER_TRY(text, read_file(rubric.file));
  GRADER_TRY(visible, visible_rubric(rubric, text));
  GRADER_CHECK(write_file_atomically(output, visible));
  const RubricResult checked = load_rubric(output);
  if (const auto* problems = std::get_if<std::vector<RubricProblem>>(&checked)) {
    return Error{ErrorKind::invalid_rubric,
                 fmt::format("without its hidden criteria the rubric of {} is not valid:\n{}",
                             rubric.exercise, to_text(*problems))};
  }
  return success();
}

Status write_exercise(const LoadedExercise& loaded, const fs::path& output, Handout& handout) {
  const fs::path& from = loaded.exercise.directory;
  GRADER_TRY(facts, read_exercise_facts(from));
  const HiddenParts hidden = hidden_parts(loaded.rubric, facts.scenarios);
  handout.exercises.push_back(loaded.exercise.slug);
  handout.criteria_left_out += hidden.criteria.size();
  for (const fs::path& header : loaded.exercise.headers) {
    GRADER_CHECK(copy_to(header, output / header.filename()));
  }
  for (const std::string& stub : loaded.rubric.submit) {
    GRADER_CHECK(copy_to(from / stub, output / stub));
  }
  for (const char* statement : {"README.md", "README.fr.md"}) {
    if (fs::exists(from / statement)) GRADER_CHECK(copy_to(from / statement, output / statement));
  }
  GRADER_CHECK(copy_scenarios(loaded, hidden.scenarios, output, handout));
  return write_rubric(loaded.rubric, output / "rubric.yaml");
}

Status write_all(const fs::path& root, const std::vector<LoadedExercise>& exercises,
                 const fs::path& output, Handout& handout) {
  GRADER_CHECK(copy_set_up(root, output));
  for (const LoadedExercise& exercise : exercises) {
    GRADER_CHECK(write_exercise(exercise, output / "exercises" / exercise.exercise.slug, handout));
  }
  return success();
}

}  // namespace

Result<Handout> write_handout(const fs::path& root, const std::vector<LoadedExercise>& exercises,
                              const fs::path& output) {
  std::error_code error;
  if (fs::exists(output, error)) {
    return Error{ErrorKind::usage, fmt::format("{} is there already: remove it, or name another "
                                               "folder by --output",
                                               output.string())};
  }
  const fs::path absolute = fs::absolute(output).lexically_normal();
  fs::create_directories(absolute.parent_path(), error);
  std::string partial = (absolute.parent_path() / "handout-XXXXXX").string();
  if (::mkdtemp(partial.data()) == nullptr) return errno_error("making " + partial);
  Handout handout;
  Status written = write_all(root, exercises, partial, handout);
  if (written.ok()) {
    fs::permissions(partial, fs::perms(0755), error);
    fs::rename(partial, absolute, error);
    if (error) {
      written = Error{ErrorKind::environment,
                      fmt::format("writing {}: {}", output.string(), error.message())};
    }
  }
  if (!written.ok()) {
    fs::remove_all(partial, error);
    return written.error();
  }
  return handout;
}

}  // namespace grader
