#include "cli/explore_program.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/posix.hpp"

extern char** environ;

namespace grader {
namespace {

namespace fs = std::filesystem;

bool is_c(const fs::path& path) { return path.extension() == ".c"; }

bool is_source(const fs::path& path) {
  static const std::array<std::string, 5> kExtensions = {".c", ".cc", ".cpp", ".cxx", ".C"};
  const std::string extension = path.extension().string();
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

// Runs a compiler with this program's standard streams; its exit status.
Result<int> run_tool(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // What a compiler has to say must not end up in a report on standard output.
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return Error{ErrorKind::environment,
                 fmt::format("{} cannot be started ({}); install it to explore sources",
                             command.front(), errno_error("", error).message)};
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return errno_error("waiting for " + command.front());
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

PreparedProgram::PreparedProgram(PreparedProgram&& other) noexcept
    : program_(std::move(other.program_)),
      target_(std::move(other.target_)),
      scratch_(std::exchange(other.scratch_, {})) {}

PreparedProgram::~PreparedProgram() {
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

// Compiled as submissions are: one object serves the light handlers and ThreadSanitizer.
Status PreparedProgram::compile(const std::vector<std::string>& sources) {
  std::string scratch = (fs::temp_directory_path() / "grader-explore-XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) return errno_error("making " + scratch);
  scratch_ = scratch;
  const fs::path program = scratch_ / fs::path(sources.front()).stem();
  // The C++ library in a C program would make its try-locks the C++ library's, which may fail for
  // nothing.
  const bool all_c = std::all_of(sources.begin(), sources.end(), is_c);
  std::vector<std::string> link = {all_c ? "gcc" : "g++", "-fsanitize=thread", "-pthread", "-o",
                                   program.string()};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::string object = (scratch_ / fmt::format("{}.o", i)).string();
    std::vector<std::string> command = {is_c(sources[i]) ? "gcc" : "g++"};
    if (!is_c(sources[i])) command.emplace_back("-std=c++20");
    // The inlining puts the calls of std::mutex and its like where they are written.
    for (const char* flag : {"-fsanitize=thread", "-O1", "-finline-small-functions", "-g",
                             "-pthread", "-Wno-tsan", "-c"}) {
      command.emplace_back(flag);
    }
    command.insert(command.end(), {sources[i], "-o", object});
    GRADER_TRY(status, run_tool(command));
    if (status != 0) {
      return Error{ErrorKind::invalid_submission, sources[i] + " does not compile"};
    }
    link.push_back(object);
  }
  GRADER_TRY(status, run_tool(link));
  if (status != 0) return Error{ErrorKind::invalid_submission, "the sources do not link"};
  program_.command = {program.string()};
  return success();
}

Result<PreparedProgram> PreparedProgram::prepare(const std::vector<std::string>& command) {
  if (command.empty()) {
    return Error{ErrorKind::usage, "name the sources to explore, or a program after --"};
  }
  PreparedProgram prepared;
  GRADER_TRY(libraries, find_libraries());
  prepared.program_.libraries = libraries;
  if (!is_source(command.front())) {
    prepared.program_.command = command;
    prepared.target_.emplace_back("program", command.front());
    for (std::size_t i = 1; i < command.size(); ++i) {
      prepared.target_.emplace_back("argument", command[i]);
    }
    return prepared;
  }
  for (const std::string& source : command) {
    if (!is_source(source)) {
      return Error{ErrorKind::usage, fmt::format("{} is not a C or C++ source; put a program and "
                                                 "its arguments after --",
                                                 source)};
    }
    if (!fs::exists(source)) return Error{ErrorKind::usage, source + ": there is no such file"};
    prepared.target_.emplace_back("source", source);
  }
  GRADER_CHECK(prepared.compile(command));
  return prepared;
}

Result<PreparedProgram> PreparedProgram::prepare(
    const std::vector<std::pair<std::string, std::string>>& target) {
  std::vector<std::string> command;
  for (const auto& [key, value] : target) {
    if (key == "source" || key == "program" || key == "argument") command.push_back(value);
  }
  if (command.empty()) {
    return Error{ErrorKind::usage, "the replay names neither sources nor a program"};
  }
  return prepare(command);
}

Result<fs::path> find_libraries() {
  const char* named = std::getenv("GRADER_LIB_DIR");
  fs::path libraries;
  if (named != nullptr && *named != '\0') {
    libraries = named;
  } else {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    if (error) return Error{ErrorKind::environment, "/proc/self/exe cannot be read"};
    libraries = self.parent_path().parent_path() / "lib";
  }
  for (const char* name : {"libgrader_runtime.so", "light/libtsan.so.2"}) {
    if (fs::exists(libraries / name)) continue;
    return Error{ErrorKind::environment,
                 fmt::format("{} is not in {}; set GRADER_LIB_DIR to the folder that holds it",
                             name, libraries.string())};
  }
  return fs::absolute(libraries);
}

}  // namespace grader
