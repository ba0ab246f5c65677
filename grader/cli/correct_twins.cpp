// Holds every correct program of a folder (those whose first lines say "expect: none") to it: each
// strategy, and the portfolio, must find nothing in many schedules, plain and, once for each order
// of synchronisation, beneath ThreadSanitizer. `make twins` runs it; what it saw is in
// docs/strategies.md.
//
//   correct_twins FOLDER [SCHEDULES] [NAME_PART]
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/explore_program.hpp"
#include "cli/program_header.hpp"
#include "explore/explorer.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using protocol::StrategyKind;

constexpr std::optional<StrategyKind> kStrategies[] = {
    StrategyKind::random_walk, StrategyKind::pct, StrategyKind::pos, StrategyKind::surw,
    StrategyKind::round_robin, StrategyKind::dfs, std::nullopt};

std::vector<fs::path> correct_programs(const fs::path& folder, const std::string& part) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool wanted = entry.path().filename().string().find(part) != std::string::npos;
    if (wanted && header_value(entry.path(), "expect") == "none") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Totals {
  std::uint64_t programs = 0;
  std::uint64_t schedules = 0;
  std::uint64_t race_runs = 0;
  std::uint64_t failures = 0;
};

Status hold(const fs::path& file, std::uint64_t schedules, Symbolizer& symbolizer, Totals& totals) {
  GRADER_TRY(prepared, PreparedProgram::prepare(std::vector<std::string>{file.string()}));
  ++totals.programs;
  fmt::print("{}", file.stem().string());
  for (const std::optional<StrategyKind>& strategy : kStrategies) {
    ExploreRequest request;
    request.program = prepared.program();
    request.strategy = strategy;
    request.schedules = schedules;
    request.race = true;
    protocol::parse_points(header_value(file, "points"), request.points);
    request.stop_on_first = true;
    request.minimise_runs = 0;
    request.target = prepared.target();
    request.jobs = std::max(1U, std::thread::hardware_concurrency());
    GRADER_TRY(seen, explore(request, symbolizer));
    totals.schedules += seen.schedules_run;
    totals.race_runs += seen.race_runs;
    totals.failures += seen.first ? 1 : 0;
    const char* name = strategy ? protocol::to_text(*strategy) : "portfolio";
    fmt::print(" {}:{}+{}", name, seen.schedules_run, seen.race_runs);
    if (seen.first) {
      fmt::print("\n  FOUND {}: {}\n  {}\n", to_text(seen.first->kind), seen.first->message,
                 seen.first->replay);
    }
    std::fflush(stdout);
  }
  fmt::print("\n");
  return success();
}

}  // namespace
}  // namespace grader

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "correct_twins FOLDER [SCHEDULES] [NAME_PART]\n");
    return 2;
  }
  std::uint64_t schedules = 2'000;
  if (argc > 2) {
    const std::string text = argv[2];
    std::from_chars(text.data(), text.data() + text.size(), schedules);
  }
  grader::Symbolizer symbolizer;
  grader::Totals totals;
  for (const auto& file : grader::correct_programs(argv[1], argc > 3 ? argv[3] : "")) {
    const grader::Status status = grader::hold(file, schedules, symbolizer, totals);
    if (status.ok()) continue;
    fmt::print(stderr, "correct_twins: {}: {}\n", file.string(), status.error().message);
    return 70;
  }
  fmt::print("{} programs, {} schedules, {} runs beneath ThreadSanitizer, {} searches failed\n",
             totals.programs, totals.schedules, totals.race_runs, totals.failures);
  return totals.failures == 0 && totals.programs > 0 ? 0 : 1;
}
