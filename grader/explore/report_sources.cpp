#include "explore/report_sources.hpp"

#include "base/posix.hpp"
#include "base/source_text.hpp"

namespace grader {

ReportSources report_sources(const Built& built, const Workspace& workspace) {
  ReportSources sources{built.library, built.program, {}};
  for (const std::filesystem::path& file : workspace.student_files) {
    sources.student_files.push_back(file.string());
    const Result<std::string> text = read_file(workspace.sources / file);
    if (!text.ok() || may_rename_lines(*text)) sources.lines_may_lie = true;
  }
  for (const std::filesystem::path& header : workspace.exercise.headers) {
    sources.student_files.push_back(header.filename().string());
  }
  return sources;
}

}  // namespace grader
