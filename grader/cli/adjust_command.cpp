#include "cli/adjust_command.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "batch/journal.hpp"
#include "batch/names.hpp"
#include "cli/exit_codes.hpp"
#include "workspace/nearest_name.hpp"

namespace grader {
namespace {

Error usage(std::string message) { return Error{ErrorKind::usage, std::move(message)}; }

Status check_arguments(const AdjustArguments& arguments) {
  if (arguments.who.empty()) return usage("--who is missing: who decides this?");
  if (arguments.why.empty()) return usage("--why is missing: the student will ask");
  if (!std::isfinite(arguments.points)) return usage("--points must be a number");
  if (arguments.days_late < 0) return usage("--days-late must not be negative");
  if (arguments.points == 0 && arguments.days_late == 0) {
    return usage("nothing to record: give --points, or --days-late");
  }
  if (!std::filesystem::exists(arguments.output / "grades.db")) {
    return usage(arguments.output.string() + " holds no grades.db: name the output of a batch");
  }
  return success();
}

Status check_name(const Journal& journal, const std::string& name) {
  GRADER_TRY(known, journal.assignments());
  if (known.contains(name)) return success();
  std::vector<std::string> names;
  for (const auto& [each, key] : known) names.push_back(each);
  const auto nearest = nearest_name(name, names);
  return usage(fmt::format("no submission is named \"{}\"{}", printable(name),
                           nearest ? "; did you mean \"" + printable(*nearest) + "\"?" : ""));
}

Status adjust(const AdjustArguments& arguments) {
  GRADER_CHECK(check_arguments(arguments));
  GRADER_TRY(journal, Journal::open(arguments.output / "grades.db"));
  GRADER_CHECK(check_name(journal, arguments.submission));
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  return journal.adjust({arguments.submission, arguments.points, arguments.days_late, arguments.who,
                         fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now)), arguments.why});
}

}  // namespace

int run_adjust(const AdjustArguments& arguments) {
  const Status status = adjust(arguments);
  if (!status.ok()) {
    fmt::print(stderr, "grader adjust: {}\n", status.error().message);
    return exit_status_of(status.error().kind);
  }
  fmt::print("recorded; the batch's own command with --resume writes grades.csv anew\n");
  return kExitPass;
}

}  // namespace grader
