#include "sandbox/launch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/posix.hpp"
#include "sandbox/enclosure.hpp"

namespace grader::sandbox {
namespace {

constexpr const char* kPath = "/usr/local/bin:/usr/bin:/bin";

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("creating a pipe");
  Fd first(ends[0]);
  Fd second(ends[1]);
  GRADER_TRY(read, move_above_standard(std::move(first)));
  GRADER_TRY(write, move_above_standard(std::move(second)));
  return Pipe{std::move(read), std::move(write)};
}

/// A memory file that every writer appends to.
Result<Fd> make_capture(const char* name) {
  GRADER_TRY(memory, make_memory_file(name));
  GRADER_TRY(fd, move_above_standard(std::move(memory)));
  if (fcntl(fd.get(), F_SETFL, O_RDWR | O_APPEND) != 0) return errno_error("preparing a capture");
  return std::move(fd);
}

std::vector<std::string> environment_of(const ProcessRequest& request) {
  std::vector<std::string> all = {fmt::format("PATH={}", kPath),
                                  fmt::format("HOME={}", request.working_directory.string()),
                                  "LANG=C.UTF-8"};
  for (const auto& [name, value] : request.environment) {
    std::erase_if(all, [&](const std::string& set) { return set.starts_with(name + "="); });
    all.push_back(fmt::format("{}={}", name, value));
  }
  return all;
}

/// The command becomes: bwrap … -- sandbox_init RESULT PROCESSES VARIABLES NAME=VALUE… COMMAND….
Status wrap(const ProcessRequest& request, const std::filesystem::path& init, Launch& launch) {
  GRADER_TRY(inner, make_pipe());
  launch.inner_result = std::move(inner);
  EnclosureRequest inside;
  inside.readable = request.readable;
  inside.readable.push_back(init);
  inside.writable = request.writable;
  inside.files = request.files;
  inside.working_directory = request.working_directory;
  inside.memory_bytes_max = static_cast<std::uint64_t>(request.limits.memory_bytes);
  inside.processes_max = static_cast<std::uint64_t>(request.limits.processes + kOwnProcesses);
  inside.init = {init.string(), std::to_string(launch.inner_result.write.get()),
                 std::to_string(request.limits.processes + kOwnProcesses),
                 std::to_string(launch.environment_storage.size())};
  GRADER_TRY(enclosure, enclose(inside));
  launch.enclosure = std::move(enclosure);
  std::vector<std::string> command = launch.enclosure.wrapper;
  for (auto* part : {&launch.environment_storage, &launch.argument_storage}) {
    command.insert(command.end(), part->begin(), part->end());
  }
  launch.argument_storage = std::move(command);
  launch.environment_storage.clear();
  launch.program = launch.argument_storage.front();
  launch.kept_fds.insert(launch.kept_fds.end(), launch.enclosure.kept_fds.begin(),
                         launch.enclosure.kept_fds.end());
  launch.kept_fds.push_back(launch.inner_result.write.get());
  return success();
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

Status open_descriptors(Launch& launch) {
  Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.valid()) return errno_error("opening /dev/null");
  GRADER_TRY(stdin_fd, move_above_standard(std::move(null)));
  GRADER_TRY(stdout_fd, make_capture("stdout"));
  GRADER_TRY(stderr_fd, make_capture("stderr"));
  GRADER_TRY(control, make_pipe());
  GRADER_TRY(result, make_pipe());
  launch.stdin_fd = std::move(stdin_fd);
  launch.stdout_fd = std::move(stdout_fd);
  launch.stderr_fd = std::move(stderr_fd);
  launch.control = std::move(control);
  launch.result = std::move(result);
  return success();
}

void plan_child(const ProcessRequest& request, Launch& launch) {
  const Limits& limits = request.limits;
  const std::int64_t file_bytes = std::max(request.file_bytes_max, limits.output_bytes);
  launch.arguments = pointers(launch.argument_storage);
  launch.environment = pointers(launch.environment_storage);
  ChildPlan& plan = launch.plan;
  plan.program = launch.program.c_str();
  plan.arguments = launch.arguments.data();
  plan.environment = launch.environment.data();
  plan.working_directory = request.working_directory.c_str();
  plan.stdin_fd = launch.stdin_fd.get();
  plan.stdout_fd = launch.stdout_fd.get();
  plan.stderr_fd = launch.stderr_fd.get();
  plan.cpu_s = static_cast<rlim_t>(std::max<std::int64_t>(1, (limits.cpu_ms + 999) / 1000));
  plan.file_bytes = static_cast<rlim_t>(std::max<std::int64_t>(file_bytes, 1));
  plan.group_fds = launch.enclosure.group_fds.data();
  plan.group_count = launch.enclosure.group_fds.size();
  plan.kept_fds = launch.kept_fds.data();
  plan.kept_count = launch.kept_fds.size();
}

}  // namespace

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  std::string_view rest = kPath;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    std::string candidate = fmt::format("{}/{}", rest.substr(0, colon), name);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return Error{ErrorKind::environment,
               fmt::format("program \"{}\" is not in {}: install it", name, kPath)};
}

Status prepare(const ProcessRequest& request, const std::filesystem::path& init, Launch& launch) {
  if (request.arguments.empty()) return Error{ErrorKind::internal, "no program to run was named"};
  GRADER_TRY(program, find_program(request.arguments.front()));
  GRADER_CHECK(open_descriptors(launch));
  launch.program = program;
  launch.argument_storage = request.arguments;
  launch.environment_storage = environment_of(request);
  launch.kept_fds = request.inherited_fds;
  if (request.isolation == Isolation::namespaces) {
    launch.argument_storage.front() = program;
    GRADER_CHECK(wrap(request, init, launch));
  }
  plan_child(request, launch);
  return success();
}

}  // namespace grader::sandbox
