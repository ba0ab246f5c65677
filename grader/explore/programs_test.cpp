#include <gtest/gtest.h>

#include <filesystem>

#include "explore/explorer.hpp"
#include "runtime/testing/programs.hpp"

// Each program of fixtures/programs is held to what its first lines say: a faulty one shows what it
// expects, and what is expected alone; its correct twin shows nothing.
namespace grader {
namespace {

using grader::testing::fixture_programs;
using grader::testing::FixtureProgram;

constexpr std::uint64_t kSchedulesOfFaulty = 3'000;
constexpr std::uint64_t kSchedulesOfCorrect = 100;
constexpr std::uint64_t kSchedulesBeneathSanitizer = 30;

ExploreRequest request_for(const FixtureProgram& fixture) {
  ExploreRequest request;
  request.program.command = {fixture.path};
  request.program.libraries = std::filesystem::path(GRADER_BINARY_DIR) / "lib";
  request.points = fixture.points;
  request.minimise_runs = 0;
  request.stop_on_first = true;
  request.target = {{"program", fixture.name}};
  return request;
}

void expect_as_stated(const FixtureProgram& fixture, const ExploreRequest& request) {
  Symbolizer symbolizer;
  const Result<Exploration> seen = explore(request, symbolizer);
  ASSERT_TRUE(seen.ok()) << seen.error().message;
  const std::string found = seen->first ? to_text(seen->first->kind) : "none";
  EXPECT_EQ(found, fixture.expect) << "after " << seen->schedules_run
                                   << " schedules: " << (seen->first ? seen->first->message : "");
}

class EveryFixture : public ::testing::TestWithParam<FixtureProgram> {};

TEST_P(EveryFixture, ShowsWhatItsFirstLinesSayAndNothingElse) {
  ExploreRequest request = request_for(GetParam());
  const bool correct = GetParam().expect == "none";
  request.schedules = correct ? kSchedulesOfCorrect : kSchedulesOfFaulty;
  request.race = GetParam().expect == "data_race";
  expect_as_stated(GetParam(), request);
}

class EveryCorrectFixture : public ::testing::TestWithParam<FixtureProgram> {};

TEST_P(EveryCorrectFixture, ShowsNoRaceBeneathThreadSanitizer) {
  ExploreRequest request = request_for(GetParam());
  request.schedules = kSchedulesBeneathSanitizer;
  request.race = true;
  expect_as_stated(GetParam(), request);
}

std::string name_of(const ::testing::TestParamInfo<FixtureProgram>& info) {
  return info.param.name;
}

std::vector<FixtureProgram> correct_programs() {
  std::vector<FixtureProgram> programs = fixture_programs("programs");
  std::erase_if(programs, [](const FixtureProgram& p) { return p.expect != "none"; });
  return programs;
}

INSTANTIATE_TEST_SUITE_P(Programs, EveryFixture, ::testing::ValuesIn(fixture_programs("programs")),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Programs, EveryCorrectFixture, ::testing::ValuesIn(correct_programs()),
                         name_of);

}  // namespace
}  // namespace grader
