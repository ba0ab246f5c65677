#include "build/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/posix.hpp"
#include "build/code_scan.hpp"
#include "build/compiler.hpp"
#include "build/diagnostics.hpp"
#include "build/symbols.hpp"
#include "build/vetting.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCompilerMemoryMin_bytes = 1LL << 30;
// The rubric's limits are for one run. A compiler takes longer, and many work side by side: what
// bounds a bomb is its CPU time; an honest file on a busy machine must not be called one.
constexpr std::int64_t kCompilerCpuMin_ms = 10'000;
constexpr std::int64_t kCompilerWallMin_ms = 120'000;
constexpr std::int64_t kCompilerOutput_bytes = 1LL << 20;
constexpr std::int64_t kDisassembly_bytes = 256LL << 20;
constexpr std::uintmax_t kDiskMin_bytes = 64U << 20U;
constexpr std::size_t kShownOutput = 2000;
/// How g++ reports that the limit ended its compiler proper; it calls that an internal error.
constexpr std::string_view kOutOfTime = "CPU time limit exceeded signal terminated program";

/// What became of one compiler or linker run, before it is a BuildResult.
struct Step {
  std::optional<BuildResult> end;  ///< set when the build is over because of it
  std::vector<Diagnostic> diagnostics;
};

fs::path objects_in(const Workspace& workspace, Flavour flavour) {
  return workspace.root / (flavour == Flavour::native ? "native-objects" : "objects");
}

ProcessRequest submission_run(const Workspace& workspace, const fs::path& objects,
                              const Rubric& rubric, const BuildSettings& settings,
                              std::vector<std::string> arguments) {
  ProcessRequest request = compiler_run(settings, std::move(arguments), workspace.sources, objects);
  request.limits = rubric.limits;
  request.limits.cpu_ms = std::max(rubric.limits.cpu_ms, kCompilerCpuMin_ms);
  request.limits.wall_ms = std::max(rubric.limits.wall_ms, kCompilerWallMin_ms);
  request.limits.memory_bytes = std::max(rubric.limits.memory_bytes, kCompilerMemoryMin_bytes);
  request.limits.output_bytes = kCompilerOutput_bytes;
  request.isolation = settings.isolation;
  request.readable = {workspace.sources, workspace.interface};
  return request;
}

DoesNotBuild does_not_build(std::string message, const std::string& file = "") {
  SourceLocation location;
  location.file = file;
  return {{Diagnostic{Diagnostic::Severity::error, location, std::move(message)}}};
}

/// Ends the build when the compiler did not exit; whose fault it is depends on how it ended.
std::optional<BuildResult> abnormal_end(const ProcessOutcome& outcome, const std::string& what,
                                        const std::string& file) {
  if (std::holds_alternative<Exited>(outcome.termination)) return std::nullopt;
  if (const auto* broken = std::get_if<SandboxFailed>(&outcome.termination)) {
    return BuildFailed{fmt::format("{}: {}", what, broken->reason)};
  }
  return does_not_build(fmt::format("{}: the compiler {}", what, to_text(outcome.termination)),
                        file);
}

/// What the assembler says names g++'s own scratch file, another one each time, while equal
/// submissions must get equal reports.
std::string without_scratch_names(std::string text, const fs::path& objects) {
  const std::string folder = objects.string() + "/";
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
    const std::size_t name_end = std::min(text.find_first_of(": \n", at), text.size());
    const bool is_assembly = std::string_view(text).substr(at, name_end - at).ends_with(".s");
    if (is_assembly) {
      text.replace(at, name_end - at, "(assembly)");
    } else {
      text.erase(at, folder.size());
    }
  }
  return text;
}

bool has_error(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Diagnostic::Severity::error;
  });
}

class SubmissionBuild {
 public:
  SubmissionBuild(const Workspace& workspace, const ExerciseBuild& exercise, const Rubric& rubric,
                  const BuildSettings& settings)
      : workspace_(workspace), exercise_(exercise), rubric_(rubric), settings_(settings) {
    for (const fs::path& file : workspace.student_files) names_.push_back(file.string());
  }

  BuildResult run() {
    std::error_code failed;
    fs::create_directories(objects(), failed);
    if (!failed) fs::create_directories(library().parent_path(), failed);
    if (failed) return BuildFailed{fmt::format("{}: {}", objects().string(), failed.message())};
    if (auto end = compile_all()) return *end;
    if (auto end = vet_all()) return *end;
    if (auto end = link()) return *end;
    if (auto end = check_complete()) return *end;
    Built built{library(), exercise_.program, exercise_.scenarios, std::move(diagnostics_),
                initialises_statics_};
    return built;
  }

 private:
  [[nodiscard]] fs::path objects() const { return objects_in(workspace_, exercise_.flavour); }
  [[nodiscard]] fs::path library() const {
    const bool native = exercise_.flavour == Flavour::native;
    return workspace_.root / (native ? "native-library" : "library") / "libsubmission.so";
  }
  [[nodiscard]] std::string object_of(const std::string& name) const {
    std::string object = name + ".o";
    std::replace(object.begin(), object.end(), '/', '-');
    return (objects() / object).string();
  }

  [[nodiscard]] std::vector<std::string> compile_arguments(const std::string& name) const {
    std::vector<std::string> arguments = common_flags(exercise_.flavour);
    const std::string sources = workspace_.sources.string();
    const std::string prelude = exercise_.prelude.parent_path().string();
    for (const std::string& argument :
         {std::string("-fmax-errors=30"), fmt::format("-ffile-prefix-map={}=.", sources),
          fmt::format("-ffile-prefix-map={}=prelude", prelude),
          std::string("-ffile-prefix-map=../interface=."), std::string("-include"),
          exercise_.prelude.string(), std::string("-I../interface"), std::string("-c"), name,
          std::string("-o"), object_of(name)}) {
      arguments.push_back(argument);
    }
    return arguments;
  }

  /// What reads the student's source sees the precompiled header too.
  [[nodiscard]] ProcessOutcome run_compiler(std::vector<std::string> arguments) const {
    ProcessRequest request =
        submission_run(workspace_, objects(), rubric_, settings_, std::move(arguments));
    request.readable.push_back(exercise_.prelude.parent_path());
    return settings_.run(request);
  }

  Step compile(const std::string& name) const {
    Step step;
    const ProcessOutcome outcome = run_compiler(compile_arguments(name));
    step.end = abnormal_end(outcome, "compiling " + name, name);
    if (step.end.has_value()) return step;
    const std::string said = without_scratch_names(outcome.stderr_text, objects());
    step.diagnostics = parse_compiler_output(said, names_);
    const bool compiled = outcome.termination == Termination(Exited{0});
    if (!compiled && outcome.stderr_text.find(kOutOfTime) != std::string::npos) {
      step.end = does_not_build(
          fmt::format("compiling {}: the compiler {}", name, to_text(LimitExceeded{"cpu"})), name);
    } else if (!compiled && !has_error(step.diagnostics)) {
      step.end = does_not_build(
          fmt::format("the compiler failed: {}", said.substr(0, kShownOutput)), name);
    }
    return step;
  }

  std::optional<BuildResult> compile_all() {
    std::vector<Step> steps(names_.size());
    std::vector<std::function<Status()>> compiles;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      compiles.emplace_back([this, &steps, i] {
        steps[i] = compile(names_[i]);
        return success();
      });
    }
    if (const Status ran = run_two_at_a_time(compiles); !ran.ok()) {
      return BuildFailed{ran.error().message};
    }
    for (Step& step : steps) {
      if (step.end.has_value()) return step.end;
      diagnostics_.insert(diagnostics_.end(), step.diagnostics.begin(), step.diagnostics.end());
    }
    if (!has_error(diagnostics_)) return std::nullopt;
    if (auto end = missing_workspace()) return end;
    return DoesNotBuild{errors_first()};
  }

  /// What the compiler cannot find because it was taken away is no error of the student's.
  [[nodiscard]] std::optional<BuildResult> missing_workspace() const {
    std::error_code error;
    std::vector<fs::path> needed = {objects(), exercise_.prelude};
    for (const std::string& name : names_) needed.push_back(workspace_.sources / name);
    for (const fs::path& header : workspace_.exercise.headers) {
      needed.push_back(workspace_.interface / header.filename());
    }
    for (const fs::path& path : needed) {
      if (!fs::exists(path, error)) {
        return BuildFailed{
            fmt::format("{} vanished while compiling: was the temporary folder "
                        "cleared meanwhile? Grade again",
                        path.string())};
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<Diagnostic> errors_first() const {
    std::vector<Diagnostic> sorted = diagnostics_;
    std::stable_partition(sorted.begin(), sorted.end(), [](const Diagnostic& diagnostic) {
      return diagnostic.severity == Diagnostic::Severity::error;
    });
    return sorted;
  }

  [[nodiscard]] std::optional<BuildResult> vet_all() {
    std::vector<Finding> findings;
    for (const std::string& name : names_) {
      const Result<std::vector<Finding>> found = vet_object(object_of(name), name);
      if (!found.ok()) return BuildFailed{found.error().message};
      findings.insert(findings.end(), found->begin(), found->end());
      if (auto end = vet_kernel_calls(name, findings)) return end;
      const Result<std::string> source = read_file(workspace_.sources / name);
      if (!source.ok()) return BuildFailed{source.error().message};
      if (auto end = vet_instrumentation(name, *source, findings)) return end;
      if (auto end = vet_assembly(name, *source, findings)) return end;
    }
    if (findings.empty()) return std::nullopt;
    std::string reason = findings.front().message;
    return SubmissionRefused{std::move(reason), std::move(findings)};
  }

  /// Adds the system calls made without the C library, which no runtime and no detector sees. The
  /// disassembler is asked only when the bytes of such an instruction are there.
  [[nodiscard]] std::optional<BuildResult> vet_kernel_calls(const std::string& name,
                                                            std::vector<Finding>& findings) {
    const Result<CodeScan> scan = scan_code(object_of(name));
    if (!scan.ok()) return BuildFailed{scan.error().message};
    initialises_statics_ = initialises_statics_ || scan->initialises_statics;
    if (!scan->may_call_the_kernel) return std::nullopt;
    ProcessRequest request =
        submission_run(workspace_, objects(), rubric_, settings_,
                       {"-d", "--demangle", "--no-show-raw-insn", object_of(name)});
    request.arguments.front() = "objdump";  // in place of the compiler
    request.limits.output_bytes = kDisassembly_bytes;
    const ProcessOutcome outcome = settings_.run(request);
    if (outcome.termination != Termination(Exited{0})) {
      return BuildFailed{fmt::format("objdump, which looks for system calls in {}, {}", name,
                                     to_text(outcome.termination))};
    }
    for (const std::string& function : kernel_calls(outcome.stdout_text)) {
      findings.push_back(tampering(
          name,
          fmt::format("{} calls the kernel by an instruction of its own in {}: use the C library",
                      name, function),
          function));
    }
    return std::nullopt;
  }

  /// Adds a finding when the file tells the compiler to leave the instrumentation out.
  [[nodiscard]] std::optional<BuildResult> vet_instrumentation(
      const std::string& name, const std::string& source, std::vector<Finding>& findings) const {
    if (!may_ask_for_no_instrumentation(source)) return std::nullopt;
    const std::string text = object_of(name) + ".ii";
    std::vector<std::string> arguments = compile_arguments(name);
    arguments.back() = text;
    for (const char* flag : {"-E", "-P", "-w"}) arguments.emplace_back(flag);
    const ProcessOutcome outcome = run_compiler(std::move(arguments));
    if (auto end = abnormal_end(outcome, "preprocessing " + name, name)) return end;
    const Result<std::string> preprocessed = read_file(text);
    if (!preprocessed.ok()) return BuildFailed{preprocessed.error().message};
    if (asks_for_no_instrumentation(*preprocessed)) {
      findings.push_back(tampering(
          name, fmt::format("{} hides code from the race detector (no_sanitize): remove it", name),
          "no_sanitize"));
    }
    return std::nullopt;
  }

  /// Adds a finding when the file holds instructions of its own: the race detector sees nothing of
  /// what they read and write.
  [[nodiscard]] std::optional<BuildResult> vet_assembly(const std::string& name,
                                                        const std::string& source,
                                                        std::vector<Finding>& findings) const {
    if (!may_hold_assembly(source)) return std::nullopt;
    const std::string text = object_of(name) + ".s";
    std::vector<std::string> arguments = compile_arguments(name);
    arguments.back() = text;
    for (const char* flag : {"-S", "-w"}) arguments.emplace_back(flag);
    const ProcessOutcome outcome = run_compiler(std::move(arguments));
    if (auto end = abnormal_end(outcome, "looking for assembly in " + name, name)) return end;
    const Result<std::string> assembly = read_file(text);
    if (!assembly.ok()) return BuildFailed{assembly.error().message};
    if (holds_assembly(*assembly) || moves_unseen(*assembly)) {
      findings.push_back(tampering(
          name,
          fmt::format(
              "{} holds instructions of its own (asm), which the race detector cannot see: use "
              "std::atomic, std::atomic_signal_fence, std::this_thread::yield",
              name),
          "asm"));
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<BuildResult> link() const {
    std::vector<std::string> arguments = link_flags(exercise_.flavour);
    // -z defs: what is missing shows here, not in the middle of a run.
    for (const char* flag : {"-shared", "-Wl,-soname,libsubmission.so", "-Wl,-z,defs", "-Wl,-z,now",
                             "-Wl,--build-id=none"}) {
      arguments.emplace_back(flag);
    }
    for (const std::string& name : names_) arguments.push_back(object_of(name));
    arguments.insert(arguments.end(), {"-o", library().string()});
    ProcessRequest request = submission_run(workspace_, objects(), rubric_, settings_, arguments);
    request.writable.push_back(library().parent_path());
    const ProcessOutcome outcome = settings_.run(request);
    if (auto end = abnormal_end(outcome, "linking", "")) return end;
    if (outcome.termination == Termination(Exited{0})) return std::nullopt;
    return DoesNotBuild{parse_linker_output(outcome.stderr_text)};
  }

  /// Whether everything that the scenarios call is there: they would not start otherwise.
  [[nodiscard]] std::optional<BuildResult> check_complete() const {
    const Result<std::vector<std::string>> defined = exported_names(library());
    if (!defined.ok()) return BuildFailed{defined.error().message};
    std::set<std::string> missing;
    for (const std::string& name : exercise_.required) {
      if (!std::binary_search(defined->begin(), defined->end(), name)) {
        missing.insert(demangle(name));
      }
    }
    if (missing.empty()) return std::nullopt;
    DoesNotBuild result;
    for (const std::string& name : missing) {
      const DoesNotBuild one = does_not_build(
          fmt::format("{} is declared in the header but not defined", name), names_.front());
      result.diagnostics.push_back(one.diagnostics.front());
    }
    return result;
  }

  const Workspace& workspace_;
  const ExerciseBuild& exercise_;
  const Rubric& rubric_;
  const BuildSettings& settings_;
  std::vector<std::string> names_;  ///< the student's files, as he knows them
  std::vector<Diagnostic> diagnostics_;
  bool initialises_statics_ = false;
};

}  // namespace

BuildResult build(const Workspace& workspace, const ExerciseBuild& exercise, const Rubric& rubric,
                  const BuildSettings& settings) {
  if (workspace.student_files.empty()) return BuildFailed{"the rubric lists no file to submit"};
  BuildResult result = SubmissionBuild(workspace, exercise, rubric, settings).run();
  if (!std::holds_alternative<DoesNotBuild>(result)) return result;
  // Compilers and linkers tell a full disk in many ways, and a submission could say so too.
  std::error_code error;
  const fs::space_info space = fs::space(workspace.root, error);
  if (error || space.available < kDiskMin_bytes) {
    return BuildFailed{
        fmt::format("the disk of {} is full, or nearly: a build that failed there "
                    "says nothing about the submission; make room",
                    workspace.root.parent_path().string())};
  }
  return result;
}

}  // namespace grader
