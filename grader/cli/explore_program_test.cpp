#include "cli/explore_program.hpp"

#include <gtest/gtest.h>

#include "explore/explorer.hpp"

namespace grader {
namespace {

TEST(PreparedProgram, LinksACProgramWithoutTheCppLibraryWhoseTryLocksMayFailForNothing) {
  const Result<PreparedProgram> prepared = PreparedProgram::prepare(std::vector<std::string>{
      GRADER_SOURCE_DIR "/fixtures/programs/none_c_trylock_takes_a_static_mutex.c"});
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  ExploreRequest request;
  request.program = prepared->program();
  request.schedules = 100;
  request.race = true;
  request.minimise_runs = 0;
  Symbolizer symbolizer;
  const Result<Exploration> seen = explore(request, symbolizer);
  ASSERT_TRUE(seen.ok()) << seen.error().message;
  EXPECT_FALSE(seen->first.has_value()) << seen->first->message;
}

}  // namespace
}  // namespace grader
