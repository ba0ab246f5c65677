#include "report/report.hpp"

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "base/posix.hpp"
#include "report/text.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

using testing::HasSubstr;
using testing::Not;

GradedCriterion graded(const std::string& id, const std::string& check, Outcome outcome,
                       double points, double points_max) {
  GradedCriterion made;
  made.id = id;
  made.title = id;
  made.check = check;
  made.points = points;
  made.points_max = points_max;
  made.verdict.criterion = id;
  made.verdict.outcome = outcome;
  made.verdict.runs = 40;
  made.verdict.summary =
      outcome == Outcome::pass ? "held in 40 runs of 4 scenarios" : "did not hold";
  return made;
}

Finding race() {
  Finding made;
  made.kind = FindingKind::data_race;
  made.scenario = "TaskRunner.ThreeAtATime";
  made.schedule = 17;
  made.replay = "random_walk:1:17";
  made.message =
      "two threads touch the same variable and no lock orders them: write at task_runner.cpp:31 "
      "and read at task_runner.cpp:44";
  made.locations = {{"task_runner.cpp", 31, 5, "worker"}, {"task_runner.cpp", 44, 9, ""}};
  made.details = {"0.000100 s  thread 2  task.start task=1", "0.000200 s  thread 3  task.start"};
  return made;
}

Grade failing() {
  Grade grade;
  grade.exercise = "4-parallel-tasks";
  grade.title = "Parallel tasks";
  grade.submission = "working copy";
  grade.command = "grader check 4";
  grade.points = 25.33;
  grade.points_max = 100;
  grade.pass_mark = 60;
  grade.outcome = Outcome::fail;
  grade.built = true;
  grade.criteria = {graded("builds", "build", Outcome::pass, 5, 5),
                    graded("no-data-race", "race", Outcome::fail, 0, 30),
                    graded("at-most-n", "ordering", Outcome::inconclusive, 20.33, 40),
                    graded("exit-codes", "exit_code", Outcome::skipped, 0, 25),
                    graded("extra", "output", Outcome::fail, 0, 5)};
  grade.criteria[1].verdict.findings = {race()};
  grade.criteria[1].hint = "which variable do the two share?";
  grade.criteria[4].bonus = true;
  grade.timing = {1234, 348, 800, 900};
  return grade;
}

Grade passing() {
  Grade grade = failing();
  grade.exercise = "1-threads";
  grade.title = "Threads";
  grade.command = "grader check 1";
  grade.criteria = {graded("builds", "build", Outcome::pass, 5, 5),
                    graded("works", "test", Outcome::pass, 95, 95)};
  grade.points = 100;
  grade.outcome = Outcome::pass;
  return grade;
}

Grade not_building() {
  Grade grade = failing();
  grade.built = false;
  grade.points = 0;
  grade.problem = "the submission does not build";
  grade.diagnostics = {{Diagnostic::Severity::error, {"popen.cpp", 12, 5, ""}, "expected ';'"}};
  grade.criteria = {graded("builds", "build", Outcome::fail, 0, 5),
                    graded("works", "test", Outcome::skipped, 0, 95)};
  return grade;
}

/// What a student may try: to paint, to forge a row, an annotation, a tag.
Grade hostile() {
  Grade grade = failing();
  grade.submission = "eve\x1b[2J | <script>alert(1)</script> \xff\n::error::forged";
  Finding& finding = grade.criteria[1].verdict.findings[0];
  finding.message = "a\n::set-output name=x::y\r\n| b | ``` ]]> \x1b[31m \xc3( %0A @everyone";
  finding.details = {"```", "::error::no", "</pre><script>"};
  finding.locations = {{"x.cpp,line=1::\n", 3, 1, "f"}};
  grade.criteria[1].verdict.summary = finding.message;
  return grade;
}

ReportOptions options() {
  ReportOptions made;
  made.stop_token = "f00d";
  return made;
}

std::string golden_text() {
  const std::vector<Grade> several = {passing(), failing()};
  std::string all;
  for (const std::string& format : report_formats()) {
    for (const auto& [name, grades] :
         {std::pair<const char*, std::vector<Grade>>{"several", several},
          {"not building", {not_building()}},
          {"hostile", {hostile()}}}) {
      all += "=== " + format + ", " + name + "\n" + *report(format, grades, options()) + "\n";
    }
  }
  return all;
}

TEST(Report, IsWhatTheGoldenFileSays) {
  const std::filesystem::path golden =
      std::filesystem::path(GRADER_SOURCE_DIR) / "fixtures" / "golden" / "reports.txt";
  const std::string text = golden_text();
  if (std::getenv("GRADER_APPROVE") != nullptr) {
    ASSERT_TRUE(write_file_atomically(golden, text).ok());
  }
  const Result<std::string> expected = read_file(golden);
  ASSERT_TRUE(expected.ok()) << expected.error().message;
  EXPECT_EQ(text, *expected) << "if this is meant: GRADER_APPROVE=1 rewrites the golden file";
}

TEST(Report, RefusesAnUnknownFormat) {
  const auto result = report("pdf", {}, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::usage);
  EXPECT_THAT(result.error().message, HasSubstr("terminal, json"));
}

TEST(Report, DiffersInTimingAlone) {
  Grade later = failing();
  later.timing = {1, 2, 3, 4};
  for (const std::string& format : report_formats()) {
    auto a = *report(format, {failing()}, options());
    auto b = *report(format, {later}, options());
    if (format == "json") {
      auto first = nlohmann::ordered_json::parse(a);
      auto second = nlohmann::ordered_json::parse(b);
      EXPECT_NE(first, second);
      first.erase("timing");
      second.erase("timing");
      a = first.dump();
      b = second.dump();
    }
    EXPECT_EQ(a, b) << format;
  }
}

TEST(JsonReport, HasTheMembersOfTheDesign) {
  const auto json = nlohmann::json::parse(report_json({failing()}, options()));
  EXPECT_EQ(json["schema"], "grader-report/1");
  EXPECT_EQ(json["exercise"], "4-parallel-tasks");
  EXPECT_EQ(json["points"], 25.33);
  EXPECT_TRUE(json["points_max"].is_number_integer());
  EXPECT_EQ(json["outcome"], "fail");
  ASSERT_EQ(json["criteria"].size(), 5U);
  const auto& criterion = json["criteria"][1];
  EXPECT_EQ(criterion["runs"], 40);
  const auto& finding = criterion["findings"][0];
  EXPECT_EQ(finding["kind"], "data_race");
  EXPECT_EQ(finding["schedule"], 17);
  EXPECT_EQ(finding["replay"], "random_walk:1:17");
  EXPECT_EQ(finding["locations"][0]["file"], "task_runner.cpp");
  EXPECT_EQ(finding["locations"][0]["line"], 31);
  EXPECT_EQ(json["timing"]["total_ms"], 1234);
  EXPECT_FALSE(json.contains("diagnostics"));
}

TEST(JsonReport, IsAnArrayForSeveralExercises) {
  const auto json = nlohmann::json::parse(report_json({passing(), failing()}, options()));
  ASSERT_TRUE(json.is_array());
  EXPECT_EQ(json.size(), 2U);
}

TEST(JsonReport, HasTheCompilersWordsWhenItDoesNotBuild) {
  const auto json = nlohmann::json::parse(report_json({not_building()}, options()));
  EXPECT_EQ(json["diagnostics"][0]["file"], "popen.cpp");
  EXPECT_EQ(json["diagnostics"][0]["line"], 12);
}

/// What the schema allows and asks of an object, held against the object's own members.
void expect_members(const nlohmann::json& schema, const nlohmann::json& object) {
  for (const auto& key : schema["required"]) {
    EXPECT_TRUE(object.contains(key.get<std::string>())) << key;
  }
  for (const auto& [key, value] : object.items()) {
    EXPECT_TRUE(schema["properties"].contains(key)) << key;
  }
}

TEST(JsonReport, HasTheMembersOfItsSchema) {
  const auto text = read_file(std::filesystem::path(GRADER_SOURCE_DIR) / "grader" / "docs" /
                              "report.schema.json");
  ASSERT_TRUE(text.ok());
  const auto schema = nlohmann::json::parse(*text)["definitions"];
  Grade hiding = failing();
  hiding.criteria[0].visibility = Visibility::never;
  for (const Grade& grade : {failing(), not_building(), hiding, hostile()}) {
    const auto json = nlohmann::json::parse(report_json({grade}, options()));
    expect_members(schema["grade"], json);
    expect_members(schema["grade"]["properties"]["timing"], json["timing"]);
    for (const auto& criterion : json["criteria"]) {
      expect_members(schema["criterion"], criterion);
      for (const auto& finding : criterion["findings"]) {
        expect_members(schema["finding"], finding);
      }
    }
    if (!json.contains("diagnostics")) continue;
    expect_members(schema["diagnostic"], json["diagnostics"][0]);
  }
}

TEST(ReportFormat, NamesEveryMemberAndEveryKind) {
  const std::filesystem::path docs = std::filesystem::path(GRADER_SOURCE_DIR) / "grader" / "docs";
  const auto page = read_file(docs / "report_format.md");
  const auto text = read_file(docs / "report.schema.json");
  ASSERT_TRUE(page.ok());
  ASSERT_TRUE(text.ok());
  const auto schema = nlohmann::json::parse(*text)["definitions"];
  for (const char* object : {"grade", "criterion", "finding", "diagnostic"}) {
    for (const auto& [key, value] : schema[object]["properties"].items()) {
      EXPECT_THAT(*page, HasSubstr("`" + key + "`"));
    }
  }
  const auto& kinds = schema["finding"]["properties"]["kind"]["enum"];
  for (auto kind = FindingKind::data_race; kind <= FindingKind::tampering;
       kind = static_cast<FindingKind>(static_cast<unsigned>(kind) + 1)) {
    EXPECT_THAT(*page, HasSubstr("`" + std::string(to_text(kind)) + "`"));
    EXPECT_NE(std::find(kinds.begin(), kinds.end(), to_text(kind)), kinds.end());
  }
}

TEST(JunitReport, IsXmlWithOneCaseACriterion) {
  pugi::xml_document document;
  const std::string text = report_junit({hostile()}, options());
  ASSERT_TRUE(document.load_string(text.c_str())) << text;
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_EQ(suite.attribute("tests").as_int(), 5);
  EXPECT_EQ(suite.attribute("failures").as_int(), 3);
  EXPECT_EQ(suite.attribute("skipped").as_int(), 1);
}

TEST(TerminalReport, HasNoEscapesUnlessColourIsAsked) {
  EXPECT_THAT(report_terminal({hostile()}, options()), Not(HasSubstr("\x1b")));
  ReportOptions coloured = options();
  coloured.colour = true;
  EXPECT_THAT(report_terminal({failing()}, coloured), HasSubstr("\x1b[31mfail"));
}

TEST(TerminalReport, FitsItsWidth) {
  for (const int width : {60, 80, 120}) {
    ReportOptions narrow = options();
    narrow.width = width;
    std::string text = report_terminal({failing()}, narrow);
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = text.find('\n', begin);
      EXPECT_LE(display_width(text.substr(begin, end - begin)), width);
    }
  }
}

TEST(TerminalReport, EndsWithTheNextStep) {
  EXPECT_THAT(report_terminal({failing()}, options()), HasSubstr("next:     mend no-data-race"));
  EXPECT_THAT(report_terminal({not_building()}, options()), HasSubstr("make it build first"));
  EXPECT_THAT(report_terminal({passing()}, options()), HasSubstr("nothing is left to do"));
  EXPECT_THAT(report_terminal({passing(), failing()}, options()),
              HasSubstr("next:     4-parallel-tasks: mend"));
}

TEST(TerminalReport, SaysWhenTheGraderIsAtFault) {
  Grade grade = failing();
  grade.withheld = true;
  grade.outcome = Outcome::error;
  grade.points = 0;
  grade.problem = "exit-codes: the disk is full";
  const std::string text = report_terminal({grade}, options());
  EXPECT_THAT(text, HasSubstr("the grader's own fault"));
  EXPECT_THAT(text, HasSubstr("- / 100"));
}

TEST(GithubReport, LetsNoStudentIssueACommand) {
  const std::string text = report_github({hostile()}, options());
  bool shielded = false;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (line == "::stop-commands::f00d") {
      shielded = true;
    } else if (line == "::f00d::") {
      shielded = false;
    } else if (!shielded) {
      const bool ours = line.starts_with("::error ") || line.starts_with("::warning ");
      EXPECT_TRUE(ours) << line;
    }
  }
  EXPECT_FALSE(shielded);
}

TEST(GithubReport, PrintsNothingOfAStudentsWithoutAToken) {
  ReportOptions bare = options();
  bare.stop_token.clear();
  EXPECT_THAT(report_github({failing()}, bare), Not(HasSubstr("criterion")));
}

TEST(GithubReport, PointsAtTheLinesAtFault) {
  EXPECT_THAT(report_github({failing()}, options()),
              HasSubstr("::error file=exercises/4-parallel-tasks/task_runner.cpp,line=31,"));
  EXPECT_THAT(report_github({not_building()}, options()),
              HasSubstr("::error file=exercises/4-parallel-tasks/popen.cpp,line=12,"));
}

TEST(Visibility, HidesCriteriaFromStudentsInEveryFormat) {
  Grade grade = failing();
  grade.criteria[1].visibility = Visibility::never;
  grade.criteria[2].visibility = Visibility::after_due;
  ReportOptions student = options();
  ReportOptions due = options();
  due.after_due = true;
  ReportOptions staff = options();
  staff.audience = Audience::staff;
  for (const std::string& format : report_formats()) {
    const std::string early = *report(format, {grade}, student);
    EXPECT_THAT(early, Not(HasSubstr("no-data-race"))) << format;
    EXPECT_THAT(early, Not(HasSubstr("at-most-n"))) << format;
    EXPECT_THAT(early, Not(HasSubstr("task_runner.cpp"))) << format;
    EXPECT_THAT(*report(format, {grade}, due), Not(HasSubstr("no-data-race"))) << format;
    EXPECT_THAT(*report(format, {grade}, staff), HasSubstr("no-data-race")) << format;
  }
  const View view = view_of(grade, student);
  EXPECT_EQ(view.hidden, 2U);
  EXPECT_EQ(view.hidden_points, 70);
  EXPECT_EQ(view.grade.points_max, 30);
  EXPECT_EQ(view.grade.points, 5);
}

TEST(HtmlReport, EscapesWhatAStudentWrote) {
  EXPECT_THAT(report_html({hostile()}, options()), Not(HasSubstr("<script")));
}

TEST(Text, MakesEveryByteHarmless) {
  EXPECT_EQ(harmless("a\x1b[31m"), "a\\x1b[31m");
  EXPECT_EQ(harmless("a\xff\xc3("), "a\xEF\xBF\xBD\xEF\xBF\xBD(");
  EXPECT_EQ(harmless("caf\xC3\xA9\n", true), "caf\xC3\xA9\n");
  EXPECT_EQ(harmless("a\xE2\x80\xAE"
                     "b"),
            "ab");
  EXPECT_EQ(harmless("\xC2\x9B"), "\\x9b");
}

TEST(Text, CountsColumns) {
  EXPECT_EQ(display_width("caf\xC3\xA9"), 4);
  EXPECT_EQ(display_width("e\xCC\x81"), 1);
  EXPECT_EQ(display_width("\xE6\xBC\xA2\xE5\xAD\x97"), 4);
  EXPECT_EQ(fit("\xE6\xBC\xA2\xE5\xAD\x97", 4), "\xE6\xBC\xA2\xE5\xAD\x97");
  EXPECT_EQ(display_width(fit("\xE6\xBC\xA2\xE5\xAD\x97", 3)), 3);
}

TEST(Text, WrapsAtSpaces) {
  EXPECT_THAT(wrap("one two three", 8), testing::ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("muchtoolong a", 4), testing::ElementsAre("muchtoolong", "a"));
}

TEST(PointsText, HasAtMostTwoDecimals) {
  EXPECT_EQ(points_text(20), "20");
  EXPECT_EQ(points_text(33.5), "33.5");
  EXPECT_EQ(points_text(33.33), "33.33");
  EXPECT_EQ(points_text(0.05), "0.05");
}

}  // namespace
}  // namespace grader
