#include "build/compiler.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

namespace grader {
namespace {

constexpr std::int64_t kTrustedTime_ms = 300'000;
constexpr std::int64_t kTrustedMemory_bytes = 4LL << 30;
constexpr std::int64_t kObjectBytesMax = 512LL << 20;
constexpr std::size_t kShownOutput = 4000;

}  // namespace

const std::vector<std::string>& common_flags(Flavour flavour) {
  // -Wno-tsan: a fence is right in the student's code, even where ThreadSanitizer cannot model it.
  static const std::vector<std::string> instrumented = {"-std=c++20",
                                                        "-O1",
                                                        "-g1",
                                                        "-fPIC",
                                                        "-Wall",
                                                        "-Wextra",
                                                        "-Wno-tsan",
                                                        "-fsanitize=thread",
                                                        "-fdiagnostics-color=never",
                                                        "-fno-diagnostics-show-caret"};
  // The macro is the compiler's own of -fsanitize=thread: the preprocessor must not be able to tell
  // the code that is measured from the code that was judged.
  static const std::vector<std::string> native = {"-std=c++20",
                                                  "-O2",
                                                  "-fPIC",
                                                  "-D__SANITIZE_THREAD__=1",
                                                  "-fdiagnostics-color=never",
                                                  "-fno-diagnostics-show-caret"};
  return flavour == Flavour::native ? native : instrumented;
}

std::vector<std::string> link_flags(Flavour flavour) {
  static const bool has_mold =
      access("/usr/bin/mold", X_OK) == 0 || access("/usr/local/bin/mold", X_OK) == 0;
  std::vector<std::string> flags;
  if (flavour == Flavour::instrumented) flags.emplace_back("-fsanitize=thread");
  if (has_mold) flags.emplace_back("-fuse-ld=mold");
  return flags;
}

ProcessRequest compiler_run(const BuildSettings& settings, std::vector<std::string> arguments,
                            const std::filesystem::path& directory,
                            const std::filesystem::path& writable) {
  ProcessRequest request;
  request.arguments = std::move(arguments);
  request.arguments.insert(request.arguments.begin(), settings.compiler);
  request.working_directory = directory;
  request.environment = {{"TMPDIR", writable.string()}};
  request.limits.cpu_ms = kTrustedTime_ms;
  request.limits.wall_ms = kTrustedTime_ms;
  request.limits.memory_bytes = kTrustedMemory_bytes;
  request.file_bytes_max = kObjectBytesMax;
  request.writable = {writable};
  return request;
}

Status run_trusted(const BuildSettings& settings, const ProcessRequest& request,
                   const std::string& what) {
  const ProcessOutcome outcome = settings.run(request);
  if (const auto* broken = std::get_if<SandboxFailed>(&outcome.termination)) {
    return Error{ErrorKind::environment, fmt::format("{}: {}", what, broken->reason)};
  }
  if (outcome.termination == Termination(Exited{0})) return success();
  return Error{ErrorKind::invalid_rubric,
               fmt::format("{}: the compiler {}\n{}{}", what, to_text(outcome.termination),
                           outcome.stderr_text.substr(0, kShownOutput), outcome.stdout_text)};
}

Status run_two_at_a_time(const std::vector<std::function<Status()>>& steps) {
  std::vector<std::optional<Status>> results(steps.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < steps.size(); i = next++) results[i] = steps[i]();
  };
  {
    const std::jthread other(work);
    work();
  }
  for (const std::optional<Status>& result : results) {
    if (!result->ok()) return result->error();
  }
  return success();
}

}  // namespace grader
