#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/posix.hpp"
#include "build/build.hpp"
#include "build/cache.hpp"
#include "build/code_scan.hpp"
#include "build/compiler.hpp"
#include "build/content_hash.hpp"
#include "build/symbols.hpp"
#include "build/vetting.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class BuildTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "build.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  /// Compiles `source` as an object, without any sandbox.
  fs::path compile(const std::string& source, const std::string& flags = "") {
    std::ofstream(directory_ / "a.cpp") << source;
    const std::string command = "g++ -std=c++20 -O1 -fPIC " + flags + " -c " +
                                (directory_ / "a.cpp").string() + " -o " +
                                (directory_ / "a.o").string();
    EXPECT_EQ(std::system(command.c_str()), 0);
    return directory_ / "a.o";
  }

  /// The first objection to a file with this source; empty when there is none.
  std::string objection(const std::string& source, const std::string& flags = "") {
    const auto found = vet_object(compile(source, flags), "a.cpp");
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found->empty() ? "" : found.value()[0].message;
  }

  fs::path directory_;
};

TEST(ContentHash, DiffersWhenAnyPartDoes) {
  const auto key = [](std::string_view label, std::string_view content) {
    ContentHash hash;
    hash.add(label, content);
    return hash.text();
  };
  EXPECT_EQ(key("a", "b"), key("a", "b"));
  EXPECT_NE(key("a", "b"), key("a", "c"));
  EXPECT_NE(key("ab", ""), key("a", "b"));
  EXPECT_THAT(key("a", "b"), SizeIs(32));
}

TEST(ContentHash, IsFnv1aOf128Bits) {
  // The empty input's hash is the offset basis (RFC 9923).
  EXPECT_EQ(ContentHash{}.text(), "6c62272e07bb014262b821756295c58d");
}

TEST_F(BuildTest, ObjectsToUsingWhatMakesTheDetectorLookAway) {
  const auto calls = [this](const std::string& function) {
    return objection("extern \"C\" void " + function + "(); void f() { " + function + "(); }");
  };
  for (const char* function :
       {"__tsan_ignore_thread_begin", "AnnotateIgnoreWritesBegin", "dlsym", "__tsan_release",
        "__sanitizer_set_report_path", "dl_iterate_phdr", "grader_runtime_append"}) {
    EXPECT_THAT(calls(function), testing::HasSubstr("a.cpp uses " + std::string(function)));
  }
  EXPECT_THAT(objection("namespace testing { void fail(); } void f() { testing::fail(); }"),
              testing::HasSubstr("the test harness"));
}

TEST_F(BuildTest, DoesNotObjectToTheCompilersOwnInstrumentation) {
  EXPECT_EQ(objection("#include <atomic>\n#include <mutex>\n"
                      "std::atomic<int> a; std::mutex m; int n; extern int far[];\n"
                      "int f(int i) { std::lock_guard l(m); ++a; return ++n + far[i]; }",
                      "-fsanitize=thread"),
            "");
}

TEST(Assembly, IsToldByTheCompilersMark) {
  EXPECT_TRUE(holds_assembly("\tret\n#APP\n# 5 \"a.cpp\" 1\n\tincl x\n# 0 \"\" 2\n#NO_APP\n"));
  EXPECT_TRUE(holds_assembly("#APP\n"));
  EXPECT_FALSE(holds_assembly("\tcall f\n\t.string \"#APP\"\n\tret\n"));
}

TEST(Assembly, OfFunctionsThatStandForAnInstructionCountsWhenItStoresUnseen) {
  EXPECT_TRUE(moves_unseen("\tmovntil %eax, x(%rip)\n"));
  EXPECT_FALSE(moves_unseen("\tpause\n\tmovdqu %xmm0, x(%rip)\n"));
}

TEST(Assembly, ThatStoresUnderAMaskIsToldFromOneThatLoads) {
  EXPECT_TRUE(moves_unseen("\tvmovdqu32\t%zmm1, data(%rip){%k1}\n"));
  EXPECT_TRUE(moves_unseen("\tvpcompressd\t%zmm1, 8(%rdx,%rcx,4){%k1}\n"));
  EXPECT_TRUE(moves_unseen("\tvmovdqu32\t%zmm1, data{%k1}\n"));
  EXPECT_FALSE(moves_unseen("\tvmovdqu32\tdata(%rip), %zmm1{%k1}{z}\n"));
}

TEST(Assembly, IsLookedForWhereTheWordMayStandOrBePutTogether) {
  EXPECT_TRUE(may_hold_assembly("int f() { asm(\"nop\"); }"));
  EXPECT_TRUE(may_hold_assembly("#define g(x) __a##x"));
  EXPECT_TRUE(may_hold_assembly("__as\\\nm__(\"\");"));
  EXPECT_TRUE(may_hold_assembly("_mm_stream_si32(&n, 1);"));
  EXPECT_FALSE(may_hold_assembly("int f() { return 1; }"));
}

TEST_F(BuildTest, FillsACacheEntryOnceForSeveralThreads) {
  std::atomic<int> fills = 0;
  const auto fill = [&](const fs::path& made) {
    ++fills;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return write_file_atomically(made / "content", "x");
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto entry = cached_directory(directory_ / "cache", "key", fill);
        ASSERT_TRUE(entry.ok());
        EXPECT_EQ(read_file(*entry / "content").value(), "x");
      });
    }
  }
  EXPECT_EQ(fills, 1);
}

TEST_F(BuildTest, LeavesNoHalfCacheEntryWhenFillingFails) {
  const auto failing = [](const fs::path& made) -> Status {
    GRADER_CHECK(write_file_atomically(made / "content", "half"));
    return Error{ErrorKind::internal, "no more"};
  };
  const auto entry = cached_directory(directory_ / "cache", "key", failing);
  ASSERT_FALSE(entry.ok());
  EXPECT_EQ(entry.error().message, "no more");
  EXPECT_FALSE(fs::exists(directory_ / "cache" / "key"));
  for (const auto& left : fs::directory_iterator(directory_ / "cache")) {
    EXPECT_EQ(left.path().filename(), "key.lock");
  }
}

TEST_F(BuildTest, RunsStepsTwoAtATimeAndGivesTheFirstErrorInTheirOrder) {
  std::atomic<int> ran = 0;
  const auto good = [&]() -> Status {
    ++ran;
    return success();
  };
  const auto bad = [&](const char* name) {
    return [&ran, name]() -> Status {
      ++ran;
      return Error{ErrorKind::internal, name};
    };
  };
  const Status status = run_two_at_a_time({good, bad("second"), good, bad("fourth")});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "second");
  EXPECT_EQ(ran, 4);
}

TEST_F(BuildTest, AcceptsWhatStudentsOrdinarilyDefine) {
  EXPECT_EQ(
      objection("#include <mutex>\n#include <string>\n#include <thread>\n#include <vector>\n"
                "namespace { int index; int read() { return index; } }\n"
                "static int time_of(int x) { return x; }\n"
                "struct Lock { std::mutex mutex; void lock() { mutex.lock(); } };\n"
                "template <> struct std::hash<Lock> {};\n"
                "std::vector<std::string> names; int write(Lock& l) { l.lock(); names.push_back"
                "(\"x\"); return read() + time_of(1); }\n"
                "void f() { std::thread t([] {}); t.join(); }\n"),
      "");
}

TEST_F(BuildTest, RefusesMain) {
  EXPECT_THAT(objection("int main() {}\n"), HasSubstr("a.cpp defines main"));
}

TEST_F(BuildTest, RefusesNamesOfTheDetectorEvenWhenHidden) {
  EXPECT_THAT(objection("extern \"C\" const char* __tsan_default_suppressions() { return 0; }\n"),
              HasSubstr("race detector"));
  EXPECT_THAT(objection("static void quiet(void*) asm(\"__tsan_read4\");\n"
                        "__attribute__((used)) static void quiet(void*) {}\n"),
              HasSubstr("defines __tsan_read4"));
}

TEST_F(BuildTest, RefusesNamesOfTheCLibrary) {
  for (const char* name : {"pthread_mutex_lock", "pthread_nonexistent", "write", "fork"}) {
    EXPECT_THAT(objection("extern \"C\" int " + std::string(name) + "() { return 0; }\n"),
                HasSubstr("C library"));
  }
  EXPECT_THAT(objection("int index;\n"), HasSubstr("give it another name"));
}

TEST_F(BuildTest, RefusesNamesOfTheCppLibraryUnlessInlineOrTemplates) {
  EXPECT_THAT(objection("#include <cstddef>\nvoid* operator new(std::size_t) { throw 1; }\n"),
              HasSubstr("C++ library"));
  EXPECT_THAT(objection("#include <thread>\nvoid std::thread::join() {}\n"),
              HasSubstr("std::thread::join()"));
}

TEST_F(BuildTest, RefusesNamesOfTheHarnessInEveryMangledForm) {
  for (const char* source :
       {"namespace testing { int x; }", "namespace trace { void event() {} }",
        "namespace testing { struct T { virtual ~T(); int f() const; }; T::~T() {} }",
        "namespace grader { namespace harness { void append() {} } }",
        "extern \"C\" bool grader_runtime_append(void*) { return true; }"}) {
    EXPECT_THAT(objection(source), HasSubstr("test harness")) << source;
  }
}

TEST_F(BuildTest, AllowsStaticObjectsButNoConstructorFunctions) {
  EXPECT_EQ(objection("#include <iostream>\n#include <vector>\nstd::vector<int> all(3);\n"), "");
  EXPECT_THAT(objection("#include <vector>\nstd::vector<int> all(3);\n"
                        "__attribute__((constructor)) static void early() { all.clear(); }\n"),
              HasSubstr("runs early() when it is loaded"));
  EXPECT_THAT(objection("__attribute__((constructor(101))) void early() {}\n"),
              HasSubstr("runs early() when it is loaded"));
  EXPECT_THAT(objection("__attribute__((destructor)) void late() {}\n"), HasSubstr("runs late()"));
  EXPECT_THAT(objection("static void f() {}\n__attribute__((section(\".preinit_array\"), used)) "
                        "static void (*entry)() = f;\n"),
              HasSubstr("when it is loaded"));
}

TEST_F(BuildTest, RefusesIndirectFunctionsAndSymbolVersions) {
  EXPECT_THAT(objection("extern \"C\" { static void a() {} void (*choose())() { return a; } "
                        "void chosen() __attribute__((ifunc(\"choose\"))); }\n"),
              HasSubstr("ifunc"));
  EXPECT_THAT(objection("extern \"C\" void f() {}\nasm(\".symver f, g@VERSION_1\");\n"),
              HasSubstr("version"));
}

TEST_F(BuildTest, RefusesNamesOfTheMathematicsAndUnwindingLibraries) {
  EXPECT_THAT(objection("extern \"C\" void _Unwind_Resume() {}\n"), HasSubstr("of the system"));
  EXPECT_THAT(objection("extern \"C\" double cbrt(double x) { return x; }\n"),
              HasSubstr("of the system"));
}

TEST_F(BuildTest, SeesSystemCallInstructions) {
  const auto may_call = [&](const std::string& source) {
    return scan_code(compile(source)).value().may_call_the_kernel;
  };
  EXPECT_TRUE(may_call("void f() { asm(\"syscall\"); }\n"));
  EXPECT_TRUE(may_call("void f() { asm(\"int $0x80\"); }\n"));
  EXPECT_FALSE(may_call("#include <string>\nstd::string f() { return std::to_string(3); }\n"));
}

TEST_F(BuildTest, TellsStaticObjectsOfTheSubmissionFromTheStandardStreams) {
  const auto initialises = [&](const std::string& source) {
    return scan_code(compile(source)).value().initialises_statics;
  };
  const std::string streams = "#include <iostream>\nvoid f() { std::cout << 1; }\n";
  EXPECT_FALSE(initialises("int f() { return 1; }\nint x = 3;\n"));
  EXPECT_FALSE(initialises(streams));
  EXPECT_TRUE(initialises(streams + "int g();\nint x = g();\n"));
  EXPECT_TRUE(initialises(streams + "struct S { S() { f(); } } s;\n"));
  EXPECT_TRUE(initialises("#include <ios>\nnamespace { std::ios_base::Init a, b; }\n"));
}

TEST(CodeScan, NamesTheFunctionOfEachSystemCallInADisassembly) {
  EXPECT_THAT(kernel_calls("0000 <f(int)>:\n   0:\tmov    $0xe7,%eax\n   5:\tsyscall\n"
                           "   7:\tsyscall\n0010 <g()>:\n  10:\tret\n0020 <h()>:\n"
                           "  20:\tint    $0x80\n"),
              ElementsAre("f(int)", "h()"));
}

TEST(CodeScan, LooksCloserWhenANameCouldSwitchTheDetectorOff) {
  EXPECT_TRUE(may_ask_for_no_instrumentation("[[gnu::no_sani\\\ntize_thread]] int f();"));
  EXPECT_TRUE(may_ask_for_no_instrumentation("#define C(a, b) a##b"));
  EXPECT_FALSE(may_ask_for_no_instrumentation("int main() { return 1; }"));
  EXPECT_TRUE(asks_for_no_instrumentation("__attribute__((no_sanitize(\"thread\")))"));
}

TEST_F(BuildTest, ReadsWhatADynamicObjectExportsAndNeeds) {
  const fs::path library = loaded_library("libstdc++.so.6");
  ASSERT_FALSE(library.empty());
  EXPECT_THAT(exported_names(library).value(), Contains("_ZNSt6thread4joinEv"));
  EXPECT_THAT(needed_names(library).value(), Contains("pthread_create"));
}

TEST_F(BuildTest, SaysThatAFileIsNoObject) {
  std::ofstream(directory_ / "text") << "not ELF";
  const auto symbols = defined_symbols(directory_ / "text");
  ASSERT_FALSE(symbols.ok());
  EXPECT_THAT(symbols.error().message, HasSubstr("is not an ELF file"));
  EXPECT_FALSE(defined_symbols(directory_ / "nothing").ok());
}

TEST_F(BuildTest, TakesAVanishedWorkspaceForItsOwnFaultNotTheStudents) {
  Workspace workspace;
  workspace.root = directory_ / "work";
  workspace.sources = workspace.root / "sources";
  workspace.interface = workspace.root / "interface";
  workspace.student_files = {"a.cpp"};
  ExerciseBuild exercise;
  exercise.prelude = directory_ / "prelude.hpp";
  std::ofstream(exercise.prelude) << "";
  bool clear_away = false;
  BuildSettings settings;
  settings.run = [&](const ProcessRequest&) {
    if (clear_away) fs::remove_all(workspace.root);
    ProcessOutcome outcome;
    outcome.termination = Exited{1};
    outcome.stderr_text = "a.cpp:1:1: error: something is missing\n";
    return outcome;
  };
  const auto attempt = [&] {
    for (const fs::path& folder : {workspace.sources, workspace.interface}) {
      fs::create_directories(folder);
    }
    std::ofstream(workspace.sources / "a.cpp") << "int a;\n";
    return build(workspace, exercise, Rubric{}, settings);
  };
  EXPECT_TRUE(std::holds_alternative<DoesNotBuild>(attempt()));
  clear_away = true;
  EXPECT_TRUE(std::holds_alternative<BuildFailed>(attempt()));
}

TEST_F(BuildTest, NamesNoScratchFileOfTheAssemblers) {
  Workspace workspace;
  workspace.root = directory_ / "work";
  workspace.sources = workspace.root / "sources";
  fs::create_directories(workspace.sources);
  workspace.student_files = {"a.cpp"};
  std::ofstream(workspace.sources / "a.cpp") << "int a;\n";
  ExerciseBuild exercise;
  exercise.prelude = directory_ / "prelude.hpp";
  BuildSettings settings;
  settings.run = [&](const ProcessRequest&) {
    const std::string file = (workspace.root / "objects" / "ccXyZ123.s").string();
    ProcessOutcome outcome;
    outcome.termination = Exited{1};
    outcome.stderr_text =
        file + ": Assembler messages:\n" + file + ":5: Error: file not found: x\n";
    return outcome;
  };
  const BuildResult result = build(workspace, exercise, Rubric{}, settings);
  const auto* refused = std::get_if<DoesNotBuild>(&result);
  ASSERT_NE(refused, nullptr);
  ASSERT_FALSE(refused->diagnostics.empty());
  const std::string& said = refused->diagnostics[0].message;
  EXPECT_NE(said.find("(assembly):5: Error: file not found: x"), std::string::npos) << said;
  EXPECT_EQ(said.find(directory_.string()), std::string::npos) << said;
}

TEST(Symbols, Demangles) {
  EXPECT_EQ(demangle("_ZN6Worker4joinEv"), "Worker::join()");
  EXPECT_EQ(demangle("main"), "main");
}

}  // namespace
}  // namespace grader
