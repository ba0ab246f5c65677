// sandbox_init RESULT PROCESSES VARIABLES NAME=VALUE... PROGRAM ARGUMENT...
//
// The first process inside an enclosure: runs the program, reaps what it leaves behind, and tells
// the grader by the descriptor RESULT how it ended. bubblewrap's own first process would hide
// signals, usage and zombies.

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "sandbox/supervisor.hpp"

namespace {

constexpr int kUsage = 125;

/// The limit that holds already: what was set outside stays, none is raised.
rlim_t present(__rlimit_resource resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) std::exit(kUsage);
  return limit.rlim_cur == RLIM_INFINITY ? limit.rlim_cur - 1 : limit.rlim_cur;
}

}  // namespace

int main(int count, char** arguments) {
  constexpr int kFixed = 4;
  if (count <= kFixed) return kUsage;
  const int variables = std::atoi(arguments[3]);
  if (variables < 0 || count <= kFixed + variables) return kUsage;
  // Nobody inside may open this process's descriptors by /proc, and report in its place.
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return kUsage;
  std::vector<char*> environment(arguments + kFixed, arguments + kFixed + variables);
  environment.push_back(nullptr);
  char** command = arguments + kFixed + variables;
  grader::sandbox::ChildPlan plan;
  plan.program = command[0];
  plan.arguments = command;
  plan.environment = environment.data();
  plan.working_directory = ".";
  plan.stdin_fd = STDIN_FILENO;
  plan.stdout_fd = STDOUT_FILENO;
  plan.stderr_fd = STDERR_FILENO;
  plan.cpu_s = present(RLIMIT_CPU);
  plan.file_bytes = present(RLIMIT_FSIZE);
  plan.processes = static_cast<rlim_t>(std::atoi(arguments[2]));
  grader::sandbox::supervise(plan, {-1, std::atoi(arguments[1])});
}
