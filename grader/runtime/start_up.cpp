#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "protocol/fork_server.hpp"
#include "protocol/runtime_api.hpp"
#include "runtime/candidates.hpp"
#include "runtime/controller.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/exec.hpp"
#include "runtime/fork_server.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/once.hpp"
#include "runtime/output.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/start_up.hpp"
#include "runtime/thread_sanitizer.hpp"
#include "runtime/threads.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

// The C library's own getenv may not be ready yet: this runs before every other constructor.
const char* find_variable(char** environment, const char* name) {
  const std::size_t size = std::strlen(name);
  for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, name, size) == 0 && (*entry)[size] == '=') return *entry + size + 1;
  }
  return nullptr;
}

// The grader's setting for the parent: neither the program nor what it executes is to see it.
void remove_variable(char** environment, const char* name) {
  const std::size_t size = std::strlen(name);
  char** kept = environment;
  for (char** entry = environment; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, name, size) != 0 || (*entry)[size] != '=') *kept++ = *entry;
  }
  *kept = nullptr;
}

[[noreturn]] void fail(const char* what) {
  raw_write_all(2, "grader runtime: ", 16);
  raw_write_all(2, what, std::strlen(what));
  raw_write_all(2, "\n", 1);
  raw_exit_group(70);
}

void map_channel(const char* path) {
  const long fd = raw_syscall(SYS_open, address_of(path), O_RDWR | O_CLOEXEC);
  if (fd < 0) fail("the channel that GRADER_CHANNEL names cannot be opened");
  const long size = raw_syscall(SYS_lseek, fd, 0, SEEK_END);
  const long at = raw_syscall(SYS_mmap, static_cast<long>(kChannelAddress), size,
                              PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
  raw_syscall(SYS_close, fd);
  if (at != static_cast<long>(kChannelAddress)) fail("the channel's address is taken");
  local.channel = protocol::Channel(reinterpret_cast<void*>(kChannelAddress));
  if (!local.channel.valid()) fail("the file that GRADER_CHANNEL names is not a channel");
}

}  // namespace

void end_process(Thread& self, int status, bool at_once) {
  World& w = world();
  Operation op;
  op.kind = EventKind::process_exit;
  op.value = status;
  op.location = self.location;
  op.recorded = self.process == 1;
  perform(self, op);
  process_of(self).wait_status = (status & 0xFF) << 8;
  if (self.process == 1 && w.header->summary.end.load() == protocol::RunEnd::unknown) {
    w.header->summary.end.store(protocol::RunEnd::exited);
  }
  local.exit_status = status;
  if (!at_once) drain(self, stdout, self.location);
  if (at_once) finish_process(self);
}

void finish_process(Thread& self) {
  if (local.exit_status == 0) report_leftovers(self);
  // The log of decisions ends with the run, not with each of its processes.
  if (self.process == 1) record_final(local.channel, blocked_operations());
  write_summary();
  local.active = false;
}

namespace {

constexpr const char* kBindNowVariable = "LD_BIND_NOW";
const char* server_to_be = nullptr;  // waits for the harness to say when
bool harness_says_when = false;      // else, once the system's libraries are set up

void serve_and_start(const char* server) {
  if (server != nullptr) serve_runs(server);
  start_world();
  adopt_main_thread();
}

__attribute__((constructor)) void start_runtime(int, char**, char** environment) {
  const char* path = find_variable(environment, protocol::kChannelVariable);
  if (path == nullptr) return;
  const char* server = find_variable(environment, protocol::kForkServerVariable);
  if (server != nullptr) {
    harness_says_when = find_variable(environment, protocol::kForkLateVariable) != nullptr;
    remove_variable(environment, protocol::kForkLateVariable);
    remove_variable(environment, kBindNowVariable);
  }
  local.thread_sanitizer = start_thread_sanitizer();
  local.cpp_library = find_next_definition("_ZSt9terminatev") != nullptr;
  map_channel(path);
  if (local.channel.header().options.strategy == protocol::StrategyKind::native &&
      server == nullptr) {
    return;
  }
  prepare_once();
  read_modules();
  prepare_threads();
  keep_environment(environment);
  const char* process = find_variable(environment, kProcessVariable);
  if (process != nullptr && server == nullptr) {
    join_world(static_cast<std::uint32_t>(strtoul(process, nullptr, 10)));
    adopt_main_thread();
    return;
  }
  // The constructors of a library of the program's own belong to each run, and come before main.
  if (server != nullptr && (harness_says_when || has_system_libraries_only())) {
    server_to_be = server;
  } else {
    serve_and_start(server);
  }
}

// Runs after the destructors and atexit handlers of everybody else.
__attribute__((destructor)) void stop_runtime() {
  Thread* self = controlled();
  if (self == nullptr) return;
  drain(*self, stdout, self->location);
  finish_process(*self);
}

using Main = int (*)(int, char**, char**);
Main program_main = nullptr;

int run_main(int argc, char** argv, char** environment) {
  const int status = program_main(argc, argv, environment);
  Thread* self = controlled();
  if (self != nullptr) end_process(*self, status, false);
  return status;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

extern "C" int __libc_start_main(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);

GRADER_INTERPOSED int __libc_start_main(Main main, int argc, char** argv, void (*init)(),
                                        void (*fini)(), void (*loader_fini)(), void* stack_end) {
  program_main = main;
  if (server_to_be != nullptr && !harness_says_when)
    serve_and_start(std::exchange(server_to_be, nullptr));
  const bool runs = local.active || server_to_be != nullptr;
  return NEXT(__libc_start_main)(runs ? run_main : main, argc, argv, init, fini, loader_fini,
                                 stack_end);
}

GRADER_INTERPOSED void grader_runtime_serve() {
  if (server_to_be != nullptr) serve_and_start(std::exchange(server_to_be, nullptr));
}

GRADER_INTERPOSED void exit(int status) noexcept {
  Thread* self = controlled();
  if (self != nullptr) end_process(*self, status, false);
  NEXT(exit)(status);
  __builtin_unreachable();
}

GRADER_INTERPOSED void quick_exit(int status) noexcept {
  Thread* self = controlled();
  if (self != nullptr) end_process(*self, status, false);
  NEXT(quick_exit)(status);
  __builtin_unreachable();
}

GRADER_INTERPOSED void _exit(int status) {
  Thread* self = controlled();
  if (self != nullptr) end_process(*self, status, true);
  NEXT(_exit)(status);
  __builtin_unreachable();
}

GRADER_INTERPOSED void _Exit(int status) noexcept {
  Thread* self = controlled();
  if (self != nullptr) end_process(*self, status, true);
  NEXT(_Exit)(status);
  __builtin_unreachable();
}
