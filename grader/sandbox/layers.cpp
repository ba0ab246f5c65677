#include "sandbox/layers.hpp"

#include <fmt/format.h>
#include <sys/personality.h>
#include <unistd.h>

#include <fstream>

#include "sandbox/bubblewrap.hpp"
#include "sandbox/control_group.hpp"
#include "sandbox/enclosure.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/seccomp_filter.hpp"

namespace grader::sandbox {
namespace {

constexpr std::int64_t kProbe_ms = 10'000;
constexpr unsigned kPersonalityQuery = 0xFFFFFFFFU;
constexpr int kRandomBitsSafe = 28;

/// bwrap alone, with all that a run gets but its own first process.
std::string try_isolation() {
  EnclosureRequest inside;
  inside.working_directory = "/";
  const Result<Enclosure> enclosure = enclose(inside);
  if (!enclosure.ok()) return enclosure.error().message;
  ProcessRequest request;
  request.arguments = enclosure->wrapper;
  request.arguments.emplace_back("true");
  request.working_directory = "/";
  request.limits.wall_ms = kProbe_ms;
  request.inherited_fds = enclosure->kept_fds;
  const ProcessOutcome outcome = run_in_sandbox(request);
  if (outcome.termination == Termination(Exited{0})) return "";
  const std::string said = outcome.stderr_text.substr(0, outcome.stderr_text.find('\n'));
  return fmt::format("isolating a program failed: {}",
                     said.empty() ? to_text(outcome.termination) : said);
}

std::string first_word(const char* file) {
  std::ifstream stream(file);
  std::string word;
  stream >> word;
  return word;
}

Layer bubblewrap_layer() {
  Layer layer{"bubblewrap", true, true, find_bubblewrap().string(), ""};
  if (!layer.detail.empty()) return layer;
  return {"bubblewrap", false, true, "not installed", "apt install bubblewrap"};
}

Layer name_space_layer() {
  const std::string& reason = isolation_works();
  if (reason.empty()) {
    return {"name spaces", true, true, "no network, no files but the run's, no other process", ""};
  }
  std::string remedy =
      "as root: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000";
  if (first_word("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1") {
    remedy = "as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0";
  }
  return {"name spaces", false, true, reason,
          remedy +
              "; in a container: allow user name spaces (docker run --security-opt "
              "seccomp=unconfined, or --privileged)"};
}

Layer filter_layer() {
  const Result<Fd> filter = make_seccomp_filter();
  if (filter.ok()) return {"system call filter", true, true, "seccomp", ""};
  return {"system call filter", false, true, filter.error().message,
          "a kernel with CONFIG_SECCOMP_FILTER"};
}

Layer group_layer() {
  const ControlGroupPlace& place = control_group_place();
  if (place.usable()) {
    return {"control groups", true, false,
            fmt::format("version {}, {}", place.version_2 ? 2 : 1, place.memory.string()), ""};
  }
  return {"control groups", false, false,
          place.reason + "; memory and processes are sampled instead",
          "run as root, or below a delegated group: systemd-run --user --scope -p Delegate=yes"};
}

Layer address_layer() {
  const int now = personality(kPersonalityQuery);
  const std::string bits = first_word("/proc/sys/vm/mmap_rnd_bits");
  const bool can = now >= 0 && personality(static_cast<unsigned>(now) | ADDR_NO_RANDOMIZE) >= 0;
  if (now >= 0) personality(static_cast<unsigned>(now));
  const std::string detail = fmt::format("vm.mmap_rnd_bits is {}", bits.empty() ? "unknown" : bits);
  if (can) return {"ThreadSanitizer's addresses", true, true, detail + ", fixed for each run", ""};
  return {"ThreadSanitizer's addresses", false, true, detail + ", and personality(2) is refused",
          fmt::format("as root: sysctl vm.mmap_rnd_bits={}, or let the container call personality",
                      kRandomBitsSafe)};
}

}  // namespace

const std::string& isolation_works() {
  static const std::string reason = try_isolation();
  return reason;
}

std::vector<Layer> probe_layers() {
  return {bubblewrap_layer(), name_space_layer(), filter_layer(), address_layer(), group_layer()};
}

const std::string& missing_layers() {
  static const std::string missing = [] {
    std::string text;
    for (const Layer& layer : probe_layers()) {
      if (layer.present || !layer.matters) continue;
      text += fmt::format("{}{}: {} (to get it: {})", text.empty() ? "" : "; ", layer.name,
                          layer.detail, layer.remedy);
    }
    return text;
  }();
  return missing;
}

}  // namespace grader::sandbox
