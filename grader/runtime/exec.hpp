#pragma once

#include "runtime/world.hpp"

namespace grader::runtime {

/// Keeps what an executed program needs to join the run: to be called at start-up.
void keep_environment(char** environment);

/// Whether a file that no program loader knows is a script for the shell: execvp and its kin say
/// so.
enum class ForShell : bool { no, yes };

/// execve and execvpe by `self`, in the run. Return only when they fail.
int exec_controlled(Thread& self, const char* path, char* const argv[], char* const envp[],
                    std::uint64_t location);
int exec_by_search(Thread& self, const char* file, char* const argv[], char* const envp[],
                   ForShell for_shell, std::uint64_t location);

}  // namespace grader::runtime
