#include "batch/native_pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace grader {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

using NativeBuild = NativePipeline;

TEST_F(NativeBuild, BuildsTheSameLibraryFromTheSameSourceByteByByte) {
  const auto bytes = [&] {
    const BuildResult result = build_source(submission(kCorrect));
    EXPECT_TRUE(std::holds_alternative<Built>(result));
    return read_file(std::get<Built>(result).library).value();
  };
  EXPECT_EQ(bytes(), bytes());
}

TEST_F(NativeBuild, ListsTheScenarios) {
  const BuildResult result = build_source(submission(kCorrect));
  ASSERT_TRUE(std::holds_alternative<Built>(result)) << refusal(result);
  EXPECT_THAT(std::get<Built>(result).scenarios, ElementsAre("Counter.Counts"));
}

TEST_F(NativeBuild, NamesTheLineOfACompilerError) {
  EXPECT_THAT(refusal(build_source(submission("  (void)threads;\n  nonsense();"))),
              StartsWith("counter.cpp:17: ‘nonsense’ was not declared"));
}

TEST_F(NativeBuild, CollectsWarnings) {
  const BuildResult result = build_source(submission("  int unused;"));
  ASSERT_TRUE(std::holds_alternative<Built>(result)) << refusal(result);
  const Built& built = std::get<Built>(result);
  ASSERT_THAT(built.warnings, SizeIs(2));
  EXPECT_EQ(built.warnings[0].location.file, "counter.cpp");
}

TEST_F(NativeBuild, SaysWhichFunctionIsDeclaredButNotDefined) {
  std::string source = submission(kCorrect);
  source.erase(source.find("int Counter::value"), source.find("\n\n") - source.find("int Counter"));
  EXPECT_THAT(refusal(build_source(source)),
              HasSubstr("Counter::value() const is declared in the header but not defined"));
}

TEST_F(NativeBuild, SaysWhichFunctionIsUsedButNotDefined) {
  EXPECT_THAT(refusal(build_source(submission("  helper(threads);", "void helper(int);"))),
              HasSubstr("helper(int) is used, but none of the submitted files defines it"));
}

TEST_F(NativeBuild, RefusesNamesThatWouldMislead) {
  for (const char* definition :
       {"int main() {}", "extern \"C\" const char* __tsan_default_suppressions() { return \"\"; }",
        "extern \"C\" int pthread_mutex_lock(pthread_mutex_t*) { return 0; }",
        "extern \"C\" __attribute__((visibility(\"hidden\"))) void __tsan_read4(void*) {}",
        "namespace testing { int x; }", "namespace trace { void event() {} }",
        "extern \"C\" int waitid(int) { return 0; }", "void std::thread::join() {}",
        "__attribute__((weak)) void* operator new(std::size_t) { return nullptr; }"}) {
    std::string source = submission(kCorrect, definition);
    const std::size_t wait = source.find("#include <sys/wait.h>");
    source.replace(wait, std::string("#include <sys/wait.h>").size(), "#include <pthread.h>");
    const BuildResult result = build_source(source);
    EXPECT_TRUE(std::holds_alternative<SubmissionRefused>(result))
        << definition << ": " << refusal(result);
  }
}

TEST_F(NativeBuild, EndsACompilationThatNeverEnds) {
  rubric_.limits.cpu_ms = 1000;
  rubric_.limits.wall_ms = 3000;
  const std::string bomb =
      "template <int N, int M> struct F {\n"
      "  static constexpr bool v = F<N - 1, M>::v || F<N - 1, M + N>::v;\n};\n"
      "template <int M> struct F<0, M> { static constexpr bool v = false; };\n"
      "bool big = F<800, 0>::v;";
  EXPECT_THAT(refusal(build_source(submission(kCorrect, bomb))),
              AnyOf(HasSubstr("exceeded its cpu limit"), HasSubstr("exceeded its memory limit"),
                    HasSubstr("exceeded its wall limit")));
}

}  // namespace
}  // namespace grader
