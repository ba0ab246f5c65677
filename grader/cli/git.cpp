#include "cli/git.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/posix.hpp"

extern char** environ;  // NOLINT: POSIX's own name

namespace grader {
namespace {

constexpr std::size_t kOutputBytesMax = std::size_t{64} << 20U;

struct Finished {
  int status = 0;  ///< exit status; 128 and above for a signal
  std::string output;
  std::string errors;
};

/// Runs a program, found in PATH, without a shell and without input. Its outputs go to memory
/// files, so that neither can block it.
Result<Finished> run_program(std::vector<std::string> arguments) {
  GRADER_TRY(output, make_memory_file("output"));
  GRADER_TRY(errors, make_memory_file("errors"));
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.get(), STDERR_FILENO);
  pid_t child = -1;
  const int code = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) {
    return Error{ErrorKind::environment,
                 errno_error("starting " + arguments[0], code).message + "; is it installed?"};
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return errno_error("waiting for " + arguments[0]);
  }
  GRADER_TRY(output_text, read_all_from_start(output.get(), kOutputBytesMax));
  GRADER_TRY(errors_text, read_all_from_start(errors.get(), kOutputBytesMax));
  const int exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return Finished{exit, std::move(output_text), std::move(errors_text)};
}

Result<Finished> git(const std::filesystem::path& repository, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-C", repository.string()});
  return run_program(std::move(arguments));
}

std::vector<std::string> split_at_zeros(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

}  // namespace

Result<std::vector<std::string>> changed_files(const std::filesystem::path& repository,
                                               const std::string& base) {
  const std::string where = repository.empty() ? "." : repository.string();
  if (base.empty() || base.starts_with('-')) {
    return Error{ErrorKind::usage, "--base \"" + base + "\" names no revision"};
  }
  GRADER_TRY(known, git(where, {"rev-parse", "--verify", "--quiet", base + "^{commit}"}));
  if (known.status != 0) {
    return Error{ErrorKind::usage, "git knows no commit " + base + " in " + where +
                                       "; in CI, fetch the history up to it (fetch-depth: 0). " +
                                       known.errors};
  }
  GRADER_TRY(ancestor, git(where, {"merge-base", base, "HEAD"}));
  const std::string from =
      ancestor.status == 0 ? ancestor.output.substr(0, ancestor.output.find('\n')) : base;
  GRADER_TRY(diff, git(where, {"diff", "--name-only", "-z", "--no-renames", "--no-ext-diff",
                               "--relative", from, "HEAD", "--"}));
  if (diff.status != 0) {
    return Error{ErrorKind::environment, "git diff failed in " + where + ": " + diff.errors};
  }
  return split_at_zeros(diff.output);
}

}  // namespace grader
