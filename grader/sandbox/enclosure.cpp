#include "sandbox/enclosure.hpp"

#include <unistd.h>

#include <optional>

#include "base/posix.hpp"
#include "sandbox/bubblewrap.hpp"
#include "sandbox/control_group.hpp"
#include "sandbox/seccomp_filter.hpp"

namespace grader {
namespace {

/// Everything that must live as long as the program.
struct Resources {
  Fd filter;
  Fd arguments;
  std::optional<sandbox::ControlGroup> group;
};

/// bwrap's arguments by a file: its command line is seen by every process inside.
Result<Fd> make_arguments(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text.append(argument).push_back('\0');
  GRADER_TRY(memory, make_memory_file("arguments"));
  const auto size = static_cast<ssize_t>(text.size());
  if (write(memory.get(), text.data(), text.size()) != size ||
      lseek(memory.get(), 0, SEEK_SET) != 0) {
    return errno_error("writing the sandbox's arguments");
  }
  return move_above_standard(std::move(memory));
}

}  // namespace

Result<Enclosure> enclose(const EnclosureRequest& request) {
  const std::filesystem::path bubblewrap = sandbox::find_bubblewrap();
  if (bubblewrap.empty()) {
    return Error{ErrorKind::environment, "bwrap is not installed: apt install bubblewrap"};
  }
  auto resources = std::make_shared<Resources>();
  GRADER_TRY(filter, sandbox::make_seccomp_filter());
  GRADER_TRY(high_filter, move_above_standard(std::move(filter)));
  resources->filter = std::move(high_filter);
  GRADER_TRY(arguments,
             make_arguments(sandbox::bubblewrap_arguments(request, resources->filter.get())));
  resources->arguments = std::move(arguments);
  const sandbox::ControlGroupPlace& place = sandbox::control_group_place();
  if (place.usable() && (request.memory_bytes_max > 0 || request.processes_max > 0)) {
    GRADER_TRY(group, sandbox::ControlGroup::create(place, request.memory_bytes_max,
                                                    request.processes_max));
    resources->group.emplace(std::move(group));
  }
  Enclosure enclosure;
  enclosure.wrapper = {bubblewrap.string(), "--args", std::to_string(resources->arguments.get()),
                       "--"};
  enclosure.wrapper.insert(enclosure.wrapper.end(), request.init.begin(), request.init.end());
  enclosure.kept_fds = {resources->arguments.get(), resources->filter.get()};
  if (resources->group.has_value()) {
    enclosure.group_fds = resources->group->join_fds();
    enclosure.exceeded = [resources] { return resources->group->exceeded(); };
  }
  enclosure.resources = std::move(resources);
  return enclosure;
}

}  // namespace grader
