#include "build/exercise_build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/posix.hpp"
#include "build/cache.hpp"
#include "build/compiler.hpp"
#include "build/content_hash.hpp"
#include "build/stand_in.hpp"
#include "build/symbols.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

/// What a student's file most often includes, parsed once. More headers cost every compile some
/// milliseconds, whether used or not.
constexpr std::string_view kPrelude = R"(#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
)";
constexpr std::string_view kScenarioPrelude = R"(#pragma once
#include "prelude.hpp"
#include "harness/scenario.hpp"
)";
constexpr const char* kFormat = "exercise build 2";  ///< change it when the steps below change

void tell(const BuildSettings& settings, const std::string& what) {
  if (settings.progress) settings.progress(what);
}

std::vector<std::string> with_common(std::vector<std::string> arguments, Flavour flavour) {
  const std::vector<std::string>& common = common_flags(flavour);
  arguments.insert(arguments.begin(), common.begin(), common.end());
  return arguments;
}

/// Its real place: courses that link to one grader share what is built of it.
fs::path grader_sources(const BuildSettings& settings) {
  std::error_code missing;
  const fs::path real = fs::canonical(settings.root / "grader", missing);
  return missing ? settings.root / "grader" : real;
}

/// Include paths of scenarios, GoogleTest and the harness.
std::vector<std::string> harness_includes(const BuildSettings& settings) {
  return {"-isystem", (settings.googletest / "include").string(), "-I",
          grader_sources(settings).string()};
}

/// The library with the main function of the program that runs scenarios.
fs::path harness_of(Flavour flavour, const BuildSettings& settings) {
  const bool native = flavour == Flavour::native;
  return settings.libraries / (native ? "libbenchmark_harness.a" : "libharness.a");
}

Status add_tools(ContentHash& hash, Flavour flavour, const BuildSettings& settings) {
  hash.add("format", kFormat);
  for (const std::string& flag : common_flags(flavour)) hash.add("flag", flag);
  for (const std::string& flag : link_flags(flavour)) hash.add("link flag", flag);
  std::error_code missing;
  const fs::path compiler = fs::canonical(fs::path("/usr/bin") / settings.compiler, missing);
  if (missing) {
    return Error{ErrorKind::environment,
                 fmt::format("the compiler /usr/bin/{} is not there: install the package g++",
                             settings.compiler)};
  }
  return hash.add_file_identity(compiler);
}

Result<std::string> common_key(Flavour flavour, const BuildSettings& settings) {
  ContentHash hash;
  GRADER_CHECK(add_tools(hash, flavour, settings));
  hash.add("prelude", kPrelude);
  hash.add("scenario prelude", kScenarioPrelude);
  const fs::path gtest = settings.googletest / "src" / "gtest-all.cc";
  if (!fs::exists(gtest)) {
    return Error{ErrorKind::environment,
                 fmt::format("{} is not there: install the package googletest", gtest.string())};
  }
  GRADER_CHECK(hash.add_file_identity(gtest));
  GRADER_CHECK(hash.add_file_identity(settings.googletest / "include" / "gtest" / "gtest.h"));
  // The path is kept in the precompiled header.
  hash.add("sources", grader_sources(settings).string());
  for (const char* header : {"scenario.hpp", "trace.hpp"}) {
    GRADER_CHECK(hash.add_file(grader_sources(settings) / "harness" / header));
  }
  return "common-" + hash.text();
}

Status write_header(const fs::path& file, std::string_view content) {
  return write_file_atomically(file, content);
}

/// GoogleTest and the two precompiled headers: shared by all exercises.
Status make_common(Flavour flavour, const BuildSettings& settings, const fs::path& directory) {
  tell(settings, flavour == Flavour::native ? "building GoogleTest for benchmarks (once)"
                                            : "building GoogleTest with instrumentation (once)");
  GRADER_CHECK(write_header(directory / "prelude.hpp", kPrelude));
  GRADER_CHECK(write_header(directory / "scenario_prelude.hpp", kScenarioPrelude));
  const auto step = [&](std::vector<std::string> arguments, const char* what) {
    return [&settings, directory, arguments = with_common(std::move(arguments), flavour), what] {
      return run_trusted(settings, compiler_run(settings, arguments, directory, directory), what);
    };
  };
  std::vector<std::string> gtest = {"-w",
                                    "-isystem",
                                    (settings.googletest / "include").string(),
                                    "-I",
                                    settings.googletest.string(),
                                    "-c",
                                    (settings.googletest / "src" / "gtest-all.cc").string(),
                                    "-o",
                                    "gtest-all.o"};
  std::vector<std::string> scenario = harness_includes(settings);
  for (const char* argument :
       {"-x", "c++-header", "scenario_prelude.hpp", "-o", "scenario_prelude.hpp.gch"}) {
    scenario.emplace_back(argument);
  }
  return run_two_at_a_time({step(gtest, "building GoogleTest"),
                            step({"-x", "c++-header", "prelude.hpp", "-o", "prelude.hpp.gch"},
                                 "precompiling the header of submissions"),
                            step(scenario, "precompiling the header of scenarios")});
}

Result<std::string> exercise_key(const Exercise& exercise, const fs::path& common, Flavour flavour,
                                 const BuildSettings& settings) {
  ContentHash hash;
  hash.add("common", common.filename().string());
  hash.add("slug", exercise.slug);
  GRADER_CHECK(hash.add_file(harness_of(flavour, settings)));
  std::vector<fs::path> files = exercise.headers;
  files.insert(files.end(), exercise.scenarios.begin(), exercise.scenarios.end());
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(exercise.directory / "scenarios", missing)) {
    if (entry.path().extension() == ".hpp") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) GRADER_CHECK(hash.add_file(file));
  return exercise.slug + "-" + hash.text();
}

/// "scenarios/start.cpp" -> "scenarios-start.o".
std::string object_name(const fs::path& source, const fs::path& base) {
  std::string name = source.lexically_relative(base).replace_extension(".o").string();
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

/// Compiles `sources` of the exercise into `directory`, and gives the objects' names in order.
Result<std::vector<std::string>> compile_sources(const Exercise& exercise,
                                                 const std::vector<fs::path>& sources,
                                                 const std::vector<std::string>& extra,
                                                 const fs::path& directory, Flavour flavour,
                                                 const BuildSettings& settings) {
  std::vector<std::string> objects;
  std::vector<std::function<Status()>> steps;
  for (const fs::path& source : sources) {
    const std::string relative = source.lexically_relative(exercise.directory).string();
    objects.push_back((directory / object_name(source, exercise.directory)).string());
    std::vector<std::string> arguments = with_common(extra, flavour);
    for (const std::string& argument :
         {std::string("-I."), fmt::format("-ffile-prefix-map={}=.", exercise.directory.string()),
          std::string("-c"), relative, std::string("-o"), objects.back()}) {
      arguments.push_back(argument);
    }
    steps.emplace_back([&settings, &exercise, directory, arguments, relative] {
      return run_trusted(settings, compiler_run(settings, arguments, exercise.directory, directory),
                         fmt::format("exercise {}: compiling {}", exercise.slug, relative));
    });
  }
  GRADER_CHECK(run_two_at_a_time(steps));
  return objects;
}

Status link(const Exercise& exercise, std::vector<std::string> arguments, const fs::path& directory,
            const BuildSettings& settings, Flavour flavour = Flavour::instrumented) {
  const std::vector<std::string> flags = link_flags(flavour);
  arguments.insert(arguments.begin(), flags.begin(), flags.end());
  return run_trusted(settings, compiler_run(settings, arguments, directory, directory),
                     fmt::format("exercise {}: linking {}", exercise.slug, arguments.back()));
}

/// Asks the program for its scenarios.
Result<std::string> list_scenarios(const Exercise& exercise, const fs::path& directory,
                                   const BuildSettings& settings) {
  ProcessRequest request;
  request.arguments = {(directory / "scenarios").string(), "--list"};
  request.working_directory = directory;
  request.environment = {
      {"LD_LIBRARY_PATH", (settings.libraries / "native").string() + ":" + directory.string()}};
  const ProcessOutcome outcome = settings.run(request);
  if (outcome.termination == Termination(Exited{0})) return outcome.stdout_text;
  return Error{ErrorKind::invalid_rubric,
               fmt::format("exercise {}: asked for its scenarios, the program {}\n{}",
                           exercise.slug, to_text(outcome.termination), outcome.stderr_text)};
}

/// Makes the libsubmission.so that the program is linked against.
Status make_stand_in(const Exercise& exercise, const std::vector<std::string>& names,
                     const fs::path& directory, Flavour flavour, const BuildSettings& settings) {
  GRADER_CHECK(write_file_atomically(directory / "stand_in.s", stand_in_assembly(names)));
  return link(exercise,
              {"-shared", "-Wl,-soname,libsubmission.so", "stand_in.s", "-o", "libsubmission.so"},
              directory, settings, flavour);
}

/// The names that every submission must define.
Result<std::vector<std::string>> find_required(const Exercise& exercise,
                                               const std::vector<std::string>& program_parts,
                                               const fs::path& directory,
                                               const BuildSettings& settings) {
  std::vector<std::string> probe = {"-shared"};
  probe.insert(probe.end(), program_parts.begin(), program_parts.end());
  probe.insert(probe.end(), {"-o", "probe.so"});
  GRADER_CHECK(link(exercise, probe, directory, settings));
  GRADER_TRY(names, names_left_to_submission(directory / "probe.so"));
  std::error_code ignored;
  fs::remove(directory / "probe.so", ignored);
  return names;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

/// The objects and libraries of the program but the submission.
Result<std::vector<std::string>> compile_program(const Exercise& exercise, const fs::path& common,
                                                 const fs::path& directory, Flavour flavour,
                                                 const BuildSettings& settings) {
  std::vector<std::string> scenario_flags = {"-include",
                                             (common / "scenario_prelude.hpp").string()};
  for (const std::string& flag : harness_includes(settings)) scenario_flags.push_back(flag);
  GRADER_TRY(parts, compile_sources(exercise, exercise.scenarios, scenario_flags, directory,
                                    flavour, settings));
  parts.push_back(harness_of(flavour, settings).string());
  parts.push_back((common / "gtest-all.o").string());
  return parts;
}

Status make_exercise(const Exercise& exercise, const fs::path& common,
                     const BuildSettings& settings, const fs::path& directory) {
  tell(settings, fmt::format("building {} scenarios (once)", exercise.slug));
  GRADER_TRY(parts, compile_program(exercise, common, directory, Flavour::instrumented, settings));
  GRADER_TRY(required, find_required(exercise, parts, directory, settings));
  GRADER_CHECK(make_stand_in(exercise, required, directory, Flavour::instrumented, settings));
  parts.insert(parts.end(), {"libsubmission.so", "-o", "scenarios"});
  GRADER_CHECK(link(exercise, parts, directory, settings));
  GRADER_TRY(list, list_scenarios(exercise, directory, settings));
  GRADER_CHECK(write_file_atomically(directory / "scenarios.txt", list));
  return write_file_atomically(directory / "required.txt", joined(required));
}

Status make_benchmarks(const Exercise& exercise, const ExerciseBuild& judged,
                       const fs::path& common, const BuildSettings& settings,
                       const fs::path& directory) {
  tell(settings, fmt::format("building {} benchmarks (once)", exercise.slug));
  GRADER_CHECK(make_stand_in(exercise, judged.required, directory, Flavour::native, settings));
  GRADER_TRY(parts, compile_program(exercise, common, directory, Flavour::native, settings));
  parts.insert(parts.end(), {"libsubmission.so", "-lbenchmark", "-o", "benchmarks"});
  return link(exercise, parts, directory, settings, Flavour::native);
}

Result<fs::path> common_parts(Flavour flavour, const BuildSettings& settings) {
  GRADER_TRY(key, common_key(flavour, settings));
  return cached_directory(settings.cache, key, [&](const fs::path& made) {
    return make_common(flavour, settings, made);
  });
}

}  // namespace

Result<ExerciseBuild> build_exercise(const Exercise& exercise, const BuildSettings& settings) {
  GRADER_TRY(common, common_parts(Flavour::instrumented, settings));
  GRADER_TRY(key, exercise_key(exercise, common, Flavour::instrumented, settings));
  GRADER_TRY(directory, cached_directory(settings.cache, key, [&](const fs::path& made) {
               return make_exercise(exercise, common, settings, made);
             }));
  GRADER_TRY(list, read_file(directory / "scenarios.txt"));
  GRADER_TRY(required, read_file(directory / "required.txt"));
  return ExerciseBuild{directory / "scenarios", common / "prelude.hpp", split(list),
                       split(required), Flavour::instrumented};
}

Result<ExerciseBuild> build_benchmarks(const Exercise& exercise, const ExerciseBuild& judged,
                                       const BuildSettings& settings) {
  if (!fs::exists(harness_of(Flavour::native, settings))) {
    return Error{ErrorKind::environment,
                 fmt::format("{} is not there: install the package libbenchmark-dev and build the "
                             "grader again",
                             harness_of(Flavour::native, settings).string())};
  }
  GRADER_TRY(common, common_parts(Flavour::native, settings));
  GRADER_TRY(key, exercise_key(exercise, common, Flavour::native, settings));
  GRADER_TRY(directory, cached_directory(settings.cache, key, [&](const fs::path& made) {
               return make_benchmarks(exercise, judged, common, settings, made);
             }));
  return ExerciseBuild{directory / "benchmarks", common / "prelude.hpp", judged.scenarios,
                       judged.required, Flavour::native};
}

}  // namespace grader
