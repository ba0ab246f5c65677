#include "workspace/exercises.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

namespace grader {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_with(const fs::path& directory, const std::string& extension) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, missing)) {
    std::error_code gone;
    if (entry.path().extension() == extension && entry.is_regular_file(gone)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// "4" of "4-parallel-tasks"; empty when the slug has no number.
std::string number_of(const std::string& slug) {
  const std::size_t dash = slug.find('-');
  const bool numbered =
      dash != std::string::npos && dash > 0 && slug.find_first_not_of("0123456789") == dash;
  return numbered ? slug.substr(0, dash) : "";
}

bool comes_before(const Exercise& a, const Exercise& b) {
  const auto key = [](const Exercise& exercise) {
    const std::string number = number_of(exercise.slug);
    const unsigned long order = number.empty() ? ~0UL : std::strtoul(number.c_str(), nullptr, 10);
    return std::pair(order, exercise.slug);
  };
  return key(a) < key(b);
}

bool is_called(const Exercise& exercise, const std::string& name) {
  const std::string number = number_of(exercise.slug);
  if (exercise.slug == name) return true;
  return !number.empty() && (number == name || exercise.slug.substr(number.size() + 1) == name);
}

}  // namespace

Result<Exercise> read_exercise(const fs::path& directory) {
  std::error_code failed;
  const fs::path absolute = fs::canonical(directory, failed);
  if (failed) {
    return Error{ErrorKind::usage,
                 fmt::format("exercise {}: {}", directory.string(), failed.message())};
  }
  Exercise exercise;
  exercise.slug = absolute.filename().string();
  exercise.directory = absolute;
  exercise.headers = files_with(absolute, ".hpp");
  exercise.scenarios = files_with(absolute / "scenarios", ".cpp");
  return exercise;
}

Result<std::vector<Exercise>> find_exercises(const fs::path& root) {
  std::vector<Exercise> found;
  const fs::path folder = root / "exercises";
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    std::error_code gone;
    if (!fs::is_regular_file(entry.path() / "rubric.yaml", gone)) continue;
    GRADER_TRY(exercise, read_exercise(entry.path()));
    found.push_back(std::move(exercise));
  }
  if (failed) {
    return Error{ErrorKind::usage, fmt::format("exercises are looked for in {}: {}",
                                               folder.string(), failed.message())};
  }
  std::sort(found.begin(), found.end(), comes_before);
  return found;
}

Result<Exercise> find_exercise(const fs::path& root, const std::string& name) {
  GRADER_TRY(all, find_exercises(root));
  const auto called = [&](const Exercise& exercise) { return is_called(exercise, name); };
  const auto found = std::find_if(all.begin(), all.end(), called);
  if (found != all.end()) return *found;
  std::vector<std::string> slugs;
  for (const Exercise& exercise : all) slugs.push_back(exercise.slug);
  return Error{ErrorKind::usage, fmt::format("there is no exercise \"{}\"; there are: {}", name,
                                             fmt::join(slugs, ", "))};
}

Submission submission_in(const fs::path& directory, const Exercise& exercise) {
  std::error_code missing;
  const fs::path own = directory / exercise.slug;
  const bool has_folder = fs::is_directory(own, missing);
  const fs::path normal = fs::absolute(directory, missing).lexically_normal();
  const fs::path name = normal.has_filename() ? normal.filename() : normal.parent_path().filename();
  return Submission{name.string(), has_folder ? own : directory};
}

}  // namespace grader
