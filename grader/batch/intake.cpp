#include "batch/intake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/posix.hpp"
#include "batch/layout.hpp"
#include "batch/names.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr int kDepthMax = 5;
constexpr std::size_t kFoldersMax = 500;
constexpr std::uintmax_t kLooseFileBytesMax = 32U << 20U;
/// An archive of a whole class, by its teacher: far beyond what one student may hand in.
constexpr ArchiveLimits kClassLimits{std::uint64_t{4} << 30U, 200'000, 32};

/// What one student handed in: folders, archives and loose files.
struct Handed {
  std::string student;
  std::string id;
  std::vector<std::pair<fs::path, std::string>> parts;  ///< with the name it was handed in as
};

Result<std::vector<fs::directory_entry>> sorted_entries(const fs::path& directory) {
  std::vector<fs::directory_entry> entries;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(*at);
  }
  if (error) return errno_error("reading " + directory.string(), error.value());
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_real_directory(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::directory;
}

bool is_real_file(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::regular;
}

/// Takes the folder's name for the student's when nothing better is known.
std::string plain_name(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!is_archive_name(path) || is_real_directory(path)) return name;
  const std::size_t tar = name.rfind(".tar");
  return name.substr(0, tar != std::string::npos && tar > 0 ? tar : name.rfind('.'));
}

std::map<std::string, std::string> gradescope_names(const fs::path& submissions) {
  const Result<std::string> text = read_file(submissions / "submission_metadata.yml");
  if (!text) return {};
  std::map<std::string, std::string> names;
  for (const auto& [folder, student] : parse_gradescope_metadata(*text)) names[folder] = student;
  return names;
}

/// The assignment in front of the names, when all folders are clones.
std::string classroom_prefix(const std::vector<fs::directory_entry>& entries) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : entries) {
    if (!is_real_directory(entry.path())) continue;
    if (!fs::exists(entry.path() / ".git")) return {};
    names.push_back(entry.path().filename().string());
  }
  return common_prefix(names);
}

/// Sorts the entries of an export by student. A few loose files beside the folders (a list of
/// marks, the metadata) are no submissions.
class Sorter {
 public:
  Sorter(const fs::path& submissions, const std::vector<fs::directory_entry>& entries)
      : gradescope_(gradescope_names(submissions)), prefix_(classroom_prefix(entries)) {}

  void add(const fs::path& path) {
    const std::string name = path.filename().string();
    const bool folder = is_real_directory(path);
    if (auto moodle = parse_moodle(name)) return add_part(*moodle, path);
    if (folder && gradescope_.contains(name)) {
      return add_part({gradescope_.at(name), name.substr(name.find('_') + 1), "", false}, path);
    }
    if (!folder && is_real_file(path)) {
      if (auto canvas = parse_canvas(name)) return add_part(*canvas, path);
      if (!is_archive_name(path)) return;
    }
    std::string student = plain_name(path);
    if (!prefix_.empty() && student.starts_with(prefix_)) student.erase(0, prefix_.size());
    add_part({student, name, "", false}, path);
  }

  std::vector<Handed> take() {
    std::vector<Handed> all;
    for (auto& [key, handed] : students_) all.push_back(std::move(handed));
    return all;
  }

 private:
  void add_part(const ExportName& name, const fs::path& path) {
    Handed& handed = students_[{name.student, name.id}];
    handed.student = name.student;
    handed.id = name.id;
    handed.parts.emplace_back(path, name.file.empty() ? path.filename().string() : name.file);
  }

  std::map<std::string, std::string> gradescope_;
  std::string prefix_;
  std::map<std::pair<std::string, std::string>, Handed> students_;
};

Status copy_loose_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!is_real_file(from) || fs::file_size(from, error) > kLooseFileBytesMax) {
    return Error{ErrorKind::invalid_submission,
                 printable(from.filename().string()) + " is no regular file of a sensible size"};
  }
  fs::copy_file(from, to, error);
  if (error) return errno_error("copying " + from.string(), error.value());
  return success();
}

/// Unpacks what a student handed in; a refusal says what he can do.
Status unpack_submission(const fs::path& archive, const fs::path& destination) {
  Status status = unpack(archive, destination, ArchiveLimits{});
  if (status.ok() || status.error().kind != ErrorKind::invalid_submission) return status;
  return Error{ErrorKind::invalid_submission,
               status.error().message + "; pack the files anew and hand that in"};
}

/// Brings the parts into one folder. A single folder stays where it is.
Result<fs::path> gather(const Handed& handed, const fs::path& destination) {
  if (handed.parts.size() == 1 && is_real_directory(handed.parts[0].first)) {
    return handed.parts[0].first;
  }
  std::error_code error;
  fs::create_directories(destination, error);
  if (error) return errno_error("making " + destination.string(), error.value());
  for (const auto& [path, name] : handed.parts) {
    if (is_real_directory(path)) {
      fs::copy(path, destination, fs::copy_options::recursive | fs::copy_options::skip_symlinks,
               error);
      if (error) return errno_error("copying " + path.string(), error.value());
    } else if (is_archive_name(name) && is_real_file(path)) {
      GRADER_CHECK(unpack_submission(path, destination));
    } else {
      GRADER_CHECK(copy_loose_file(path, destination / fs::path(name).filename()));
    }
  }
  return destination;
}

std::size_t listed_files_in(const fs::path& directory, const Rubric& rubric) {
  return static_cast<std::size_t>(
      std::count_if(rubric.submit.begin(), rubric.submit.end(),
                    [&](const std::string& file) { return is_real_file(directory / file); }));
}

/// The only archive in a folder without any file of the rubric; empty if there is none.
fs::path only_archive(const fs::path& directory) {
  const auto entries = sorted_entries(directory);
  fs::path found;
  if (!entries) return found;
  for (const fs::directory_entry& entry : *entries) {
    if (!is_archive_name(entry.path()) || !is_real_file(entry.path())) continue;
    if (!found.empty()) return {};
    found = entry.path();
  }
  return found;
}

Result<fs::path> find_directory(const Handed& handed, const fs::path& destination,
                                const Rubric& rubric) {
  GRADER_TRY(gathered, gather(handed, destination));
  const fs::path located = locate_files(gathered, rubric);
  if (listed_files_in(located, rubric) > 0) return located;
  const fs::path archive = only_archive(gathered);
  if (archive.empty()) return located;
  const fs::path inner = destination / "unpacked";
  std::error_code error;
  fs::create_directories(inner, error);
  if (error) return errno_error("making " + inner.string(), error.value());
  GRADER_CHECK(unpack_submission(archive, inner));
  return locate_files(inner, rubric);
}

/// Names the candidates so that neither two names nor two files are the same.
std::vector<Candidate> name_all(const std::vector<Handed>& all) {
  std::map<std::string, std::size_t> namesakes;
  for (const Handed& handed : all) ++namesakes[handed.student];
  std::vector<Candidate> candidates;
  for (const Handed& handed : all) {
    Candidate candidate;
    candidate.name = handed.student;
    if (namesakes[handed.student] > 1) candidate.name += " (" + handed.id + ")";
    candidate.file = safe_file_name(candidate.name);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

Result<fs::path> open_class_archive(const fs::path& submissions, const fs::path& unpacked) {
  if (is_real_directory(fs::canonical(submissions))) return submissions;
  if (!is_archive_name(submissions)) {
    return Error{ErrorKind::usage,
                 submissions.string() + " is neither a folder nor an archive of submissions"};
  }
  fs::path folder = unpacked / "class";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return errno_error("making " + folder.string(), error.value());
  GRADER_CHECK(unpack(submissions, folder, kClassLimits));
  GRADER_TRY(entries, sorted_entries(folder));
  const bool wrapped = entries.size() == 1 && is_real_directory(entries[0].path());
  return wrapped ? entries[0].path() : folder;
}

}  // namespace

fs::path locate_files(const fs::path& directory, const Rubric& rubric) {
  fs::path best = directory;
  std::size_t most = listed_files_in(directory, rubric);
  std::vector<fs::path> level{directory};
  std::size_t seen = 0;
  for (int depth = 0; depth < kDepthMax && most < rubric.submit.size(); ++depth) {
    std::vector<fs::path> next;
    for (const fs::path& folder : level) {
      const auto entries = sorted_entries(folder);
      if (!entries) continue;
      for (const fs::directory_entry& entry : *entries) {
        const fs::path& path = entry.path();
        if (!is_real_directory(path) || path.filename() == ".git") continue;
        if (++seen > kFoldersMax) return best;
        next.push_back(path);
        if (const std::size_t count = listed_files_in(path, rubric); count > most) {
          most = count;
          best = path;
        }
      }
    }
    // A folder that holds one folder and nothing else: the names to compare with are in there.
    if (most == 0 && level.size() == 1 && next.size() == 1) best = next.front();
    level = std::move(next);
  }
  return best;
}

Result<std::vector<Candidate>> take_in(const fs::path& submissions, const fs::path& output,
                                       const fs::path& unpacked, const Rubric& rubric) {
  std::error_code error;
  fs::remove_all(unpacked, error);
  if (!fs::exists(submissions, error)) {
    return Error{ErrorKind::usage, "no folder of submissions at " + submissions.string()};
  }
  GRADER_TRY(folder, open_class_archive(submissions, unpacked));
  GRADER_TRY(entries, sorted_entries(folder));
  Sorter sorter(folder, entries);
  for (const fs::directory_entry& entry : entries) {
    const std::string name = entry.path().filename().string();
    const bool hidden = name.starts_with('.') || name == "__MACOSX";
    if (!hidden && !fs::equivalent(entry.path(), output, error)) sorter.add(entry.path());
  }
  const std::vector<Handed> all = sorter.take();
  if (all.empty()) {
    return Error{ErrorKind::usage, submissions.string() +
                                       " holds no submissions: a folder or an archive a student, "
                                       "or an export of a learning platform"};
  }
  std::vector<Candidate> candidates = name_all(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto found = find_directory(all[i], unpacked / candidates[i].file, rubric);
    if (found) candidates[i].directory = *found;
    if (!found) candidates[i].problem = found.error().message;
    if (!found && found.error().kind == ErrorKind::environment) return found.error();
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.name < b.name; });
  return candidates;
}

}  // namespace grader
