#include "cli/explore_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/exit_codes.hpp"
#include "cli/explore_program.hpp"
#include "cli/failure_text.hpp"
#include "explore/explorer.hpp"

namespace grader {
namespace {

using protocol::StrategyKind;
using Clock = std::chrono::steady_clock;

Status take_delay(const std::string& text, std::int64_t& delay_ns) {
  if (text == "unlimited") {
    delay_ns = protocol::kDelayUnlimited;
    return success();
  }
  std::size_t end = 0;
  long long ms = -1;
  try {
    ms = std::stoll(text, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  if (end != text.size() || ms < 0 || ms > 1'000'000'000) {
    return Error{ErrorKind::usage, "--delay-max: \"" + text +
                                       "\" is neither a number of milliseconds nor \"unlimited\""};
  }
  delay_ns = ms * 1'000'000;
  return success();
}

Status take_strategy(const std::string& name, ExploreRequest& request) {
  if (name == "portfolio") return success();
  StrategyKind kind = StrategyKind::native;
  const bool known = protocol::parse_strategy(name, kind);
  if (!known || kind == StrategyKind::native || kind == StrategyKind::replay ||
      kind == StrategyKind::blocks) {
    return Error{ErrorKind::usage, "--strategy: there is no \"" + name +
                                       "\"; there are portfolio, random_walk, pct, pos, surw, "
                                       "round_robin and dfs"};
  }
  request.strategy = kind;
  return success();
}

Result<ExploreRequest> make_request(const ExploreArguments& arguments,
                                    const PreparedProgram& prepared) {
  ExploreRequest request;
  request.program = prepared.program();
  request.target = prepared.target();
  GRADER_CHECK(take_strategy(arguments.strategy, request));
  GRADER_CHECK(take_delay(arguments.delay_max, request.delay_max_ns));
  if (!arguments.points.empty() && !protocol::parse_points(arguments.points, request.points)) {
    return Error{ErrorKind::usage, "--points: there are sync, atomics and accesses"};
  }
  request.schedules = arguments.schedules;
  request.seed = arguments.seed;
  request.step_budget = arguments.step_budget;
  request.program.alive_max = arguments.alive_max;
  request.race = arguments.race;
  request.stop_on_first = arguments.stop_on_first;
  request.expect_exit = arguments.expect_exit;
  if (arguments.expect_exit != 0) {
    request.target.emplace_back("exit", std::to_string(arguments.expect_exit));
  }
  request.jobs = arguments.jobs != 0 ? arguments.jobs : std::thread::hardware_concurrency();
  return request;
}

std::string to_json(const ExploreArguments& arguments, const Exploration& seen,
                    std::int64_t total_ms) {
  nlohmann::ordered_json json;
  json["schema"] = "grader-exploration/1";
  json["strategy"] = arguments.strategy;
  json["seed"] = arguments.seed;
  json["schedules_run"] = seen.schedules_run;
  json["failures"] = seen.failures;
  json["exhausted"] = seen.exhausted;
  json["first_failure"] = nullptr;
  if (seen.first) {
    nlohmann::ordered_json first;
    first["schedule"] = seen.first->schedule;
    first["kind"] = to_text(seen.first->kind);
    first["message"] = seen.first->message;
    first["replay"] = seen.first->replay;
    first["preemptions"] = seen.first->preemptions;
    first["locations"] = nlohmann::ordered_json::array();
    for (const SourceLocation& place : seen.first->locations) {
      first["locations"].push_back({{"file", place.file}, {"line", place.line}});
    }
    json["first_failure"] = std::move(first);
  }
  json["threads_max"] = seen.threads_max;
  json["steps_max"] = seen.steps_max;
  json["classes"] = seen.classes;
  json["race_runs"] = seen.race_runs;
  json["timing"] = {{"total_ms", total_ms}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string to_terminal(const ExploreArguments& arguments, const Exploration& seen,
                        std::int64_t total_ms) {
  std::string text;
  if (seen.first) {
    text += failure_text(*seen.first, {arguments.colour, arguments.width}) + "\n";
  }
  if (seen.exhausted) {
    text += fmt::format("all {} schedules explored ({})\n", seen.schedules_run, seen.bounds);
  } else {
    text += fmt::format("{} schedules explored by {}, seed {}\n", seen.schedules_run,
                        arguments.strategy, arguments.seed);
  }
  if (seen.failures == 0) {
    text += "nothing found\n";
  } else {
    text += fmt::format("{} of them failed, the first was number {}\n", seen.failures,
                        seen.first ? seen.first->schedule : 0);
  }
  text += fmt::format("at most {} threads and {} steps; {} orders of synchronisation",
                      seen.threads_max, seen.steps_max, seen.classes);
  if (arguments.race) text += fmt::format(", {} runs beneath ThreadSanitizer", seen.race_runs);
  return text + fmt::format("; {:.1f} s\n", static_cast<double>(total_ms) / 1000);
}

void show_progress(std::uint64_t done, std::uint64_t all, std::uint64_t failures) {
  fmt::print(stderr, "\r{} of {} schedules, {} failed \033[K", done, all, failures);
  std::fflush(stderr);
}

int complain(const Error& error) {
  fmt::print(stderr, "grader explore: {}\n", error.message);
  return exit_status_of(error.kind);
}

}  // namespace

int run_explore(const ExploreArguments& arguments) {
  const auto start = Clock::now();
  const Result<PreparedProgram> prepared = PreparedProgram::prepare(arguments.command);
  if (!prepared.ok()) return complain(prepared.error());
  Result<ExploreRequest> request = make_request(arguments, *prepared);
  if (!request.ok()) return complain(request.error());
  if (arguments.progress) {
    request->progress = [&](std::uint64_t done, std::uint64_t failures) {
      show_progress(done, arguments.schedules, failures);
    };
  }
  Symbolizer symbolizer;
  const Result<Exploration> seen = explore(*request, symbolizer);
  if (arguments.progress) fmt::print(stderr, "\r\033[K");
  if (!seen.ok()) return complain(seen.error());
  const auto total_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
  fmt::print("{}", arguments.format == "json" ? to_json(arguments, *seen, total_ms)
                                              : to_terminal(arguments, *seen, total_ms));
  return seen->failures == 0 ? kExitPass : kExitBelow;
}

}  // namespace grader
