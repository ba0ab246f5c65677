#include "report/report.hpp"

#include <algorithm>
#include <array>

namespace grader {
namespace {

using Render = std::string (*)(const std::vector<Grade>&, const ReportOptions&);

struct Format {
  const char* name;
  Render render;
};

constexpr std::array<Format, 6> kFormats = {{{"terminal", report_terminal},
                                             {"json", report_json},
                                             {"junit", report_junit},
                                             {"markdown", report_markdown},
                                             {"github", report_github},
                                             {"html", report_html}}};

}  // namespace

const std::vector<std::string>& report_formats() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Format& format : kFormats) all.emplace_back(format.name);
    return all;
  }();
  return names;
}

Result<std::string> report(std::string_view format, const std::vector<Grade>& grades,
                           const ReportOptions& options) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [&](const Format& known) { return known.name == format; });
  if (found != kFormats.end()) return found->render(grades, options);
  std::string known;
  for (const Format& each : kFormats) known += (known.empty() ? "" : ", ") + std::string(each.name);
  return Error{ErrorKind::usage,
               "there is no report format \"" + std::string(format) + "\"; there are " + known};
}

}  // namespace grader
