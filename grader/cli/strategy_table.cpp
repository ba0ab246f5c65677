// Prints the table of docs/strategies.md: for each faulty program of a folder the mean number of
// schedules to the first failure, by strategy.
//
//   strategy_table FOLDER [SEEDS] [SCHEDULES_MAX] [NAME_PART]
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

constexpr std::optional<StrategyKind> kColumns[] = {StrategyKind::random_walk, StrategyKind::pct,
                                                    StrategyKind::pos, StrategyKind::surw,
                                                    std::nullopt};

struct Settings {
  std::uint64_t seeds = 20;
  std::uint64_t schedules_max = 10'000;
};

// A strategy that found nothing with so many seeds is asked no more: never finding costs the most.
constexpr std::uint64_t kSeedsToGiveUp = 4;

/// "12.3", or "> 9000 (3/20)" when some seeds did not find it: those count with the whole budget.
/// "-" when the first few seeds did not.
Result<std::string> cell(const PreparedProgram& prepared, const fs::path& file,
                         std::optional<StrategyKind> strategy, const Settings& settings,
                         Symbolizer& symbolizer) {
  std::uint64_t total = 0;
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= settings.seeds; ++seed) {
    if (seed > kSeedsToGiveUp && found == 0) break;
    ExploreRequest request;
    request.program = prepared.program();
    request.strategy = strategy;
    request.schedules = settings.schedules_max;
    request.seed = seed;
    protocol::parse_points(header_value(file, "points"), request.points);
    request.race = header_value(file, "expect") == "data_race";
    request.stop_on_first = true;
    request.minimise_runs = 0;
    request.jobs = std::max(1U, std::thread::hardware_concurrency());
    GRADER_TRY(seen, explore(request, symbolizer));
    total += seen.first ? seen.first->schedule + 1 : settings.schedules_max;
    found += seen.first ? 1 : 0;
  }
  const double mean = static_cast<double>(total) / static_cast<double>(settings.seeds);
  if (found == settings.seeds) return fmt::format("{:.1f}", mean);
  if (found == 0) return std::string("-");
  return fmt::format("> {:.0f} ({}/{})", mean, found, settings.seeds);
}

Status print_table(const fs::path& folder, const Settings& settings, const std::string& part) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool wanted = entry.path().filename().string().find(part) != std::string::npos;
    const std::string expect = header_value(entry.path(), "expect");
    const bool is_faulty = !expect.empty() && expect != "none";
    const bool has_processes = !header_value(entry.path(), "processes").empty();
    if (wanted && is_faulty && !has_processes) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  fmt::print(
      "| program | random walk | PCT | POS | SURW | portfolio |\n|---|---|---|---|---|---|\n");
  Symbolizer symbolizer;
  for (const fs::path& file : files) {
    GRADER_TRY(prepared, PreparedProgram::prepare(std::vector<std::string>{file.string()}));
    fmt::print("| {} |", file.stem().string());
    for (const std::optional<StrategyKind>& strategy : kColumns) {
      GRADER_TRY(text, cell(prepared, file, strategy, settings, symbolizer));
      fmt::print(" {} |", text);
      std::fflush(stdout);
    }
    fmt::print("\n");
  }
  return success();
}

}  // namespace
}  // namespace grader

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "strategy_table FOLDER [SEEDS] [SCHEDULES_MAX] [NAME_PART]\n");
    return 2;
  }
  grader::Settings settings;
  const auto number = [&](int index, std::uint64_t& value) {
    if (argc > index) {
      const std::string text = argv[index];
      std::from_chars(text.data(), text.data() + text.size(), value);
    }
  };
  number(2, settings.seeds);
  number(3, settings.schedules_max);
  const grader::Status status = grader::print_table(argv[1], settings, argc > 4 ? argv[4] : "");
  if (status.ok()) return 0;
  fmt::print(stderr, "strategy_table: {}\n", status.error().message);
  return 70;
}
