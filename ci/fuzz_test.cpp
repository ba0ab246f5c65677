// Whatever a student, an author or a killed program may hand to a reader, mutated: no reader
// crashes or runs away. The seeds are fixtures/fuzz/<reader>; what once crashed one is kept there.
// Each test takes a moment; GRADER_FUZZ_SECONDS=600 makes it look for so long, from random numbers
// of its own, and leave the input that it is at in GRADER_FUZZ_INPUT.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "base/posix.hpp"
#include "batch/archive.hpp"
#include "explore/trace_reader.hpp"
#include "explore/tsan_report.hpp"
#include "protocol/schedule.hpp"
#include "rubric/rubric_loader.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using Reader = std::function<void(const std::string&)>;

constexpr int kMutations = 60;  // of each seed, when there is no time given
constexpr std::size_t kInputBytesMax = 1U << 16U;

void read_rubric(const std::string& input) {
  const RubricResult result = parse_rubric(input, "rubric.yaml", nullptr);
  if (const auto* problems = std::get_if<std::vector<RubricProblem>>(&result)) {
    ASSERT_FALSE(problems->empty());
    ASSERT_FALSE(to_text(*problems).empty());
  }
}

void read_schedule(const std::string& input) {
  const auto result = protocol::parse_schedule(input);
  if (const auto* schedule = std::get_if<protocol::Schedule>(&result)) {
    ASSERT_TRUE(std::holds_alternative<protocol::Schedule>(
        protocol::parse_schedule(protocol::to_text(*schedule))));
  }
}

void read_sanitizer_log(const std::string& input) {
  static_cast<void>(fatal_message(input));
  for (const RawReport& report : parse_reports(input)) ASSERT_FALSE(report.kind.empty());
}

/// The input lies over the regions of a small channel, header and all.
void read_channel(const std::string& input) {
  constexpr protocol::ChannelSizes kSizes = {.events = 64,
                                             .text_bytes = 4096,
                                             .choices = 1,
                                             .decision_bytes = 4096,
                                             .hint_bytes = 4096,
                                             .arena_bytes = 4096};
  static std::vector<std::uint64_t> memory(protocol::channel_total_size(kSizes) / 8 + 1);
  std::fill(memory.begin(), memory.end(), 0);
  protocol::Channel::format(memory.data(), kSizes);
  auto* bytes = reinterpret_cast<char*>(memory.data());
  const std::size_t events = protocol::Channel(memory.data()).header().events_offset;
  protocol::Channel(memory.data()).header().events_used = 64;
  protocol::Channel(memory.data()).header().findings_used = 4;
  const std::size_t room = protocol::channel_total_size(kSizes) - events;
  std::memcpy(bytes + events, input.data(), std::min(room, input.size()));
  const ChannelView view{reinterpret_cast<const std::byte*>(bytes), kSizes};
  for (const TraceIds ids : {TraceIds::counted, TraceIds::kernel}) {
    const Trace trace = read_trace(view, ids, 1);
    ASSERT_LE(trace.size(), kSizes.events);
    ASSERT_FALSE(read_harness_record(trace, 0x1234'5678).closed && trace.empty());
  }
  static_cast<void>(read_findings(view));
  static_cast<void>(read_module(view, 1));
}

void read_archive(const std::string& input) {
  std::string folder = (fs::temp_directory_path() / "grader-fuzz-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const ArchiveLimits limits{1U << 20U, 50, 8};
  for (const char* name : {"a.zip", "a.tar.gz"}) {
    std::ofstream(folder + "/" + name) << input;
    fs::create_directory(folder + "/in");
    static_cast<void>(unpack(folder + "/" + name, folder + "/in", limits));
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder + "/in")) {
      ASSERT_TRUE(entry.is_directory() || (entry.is_regular_file() && !entry.is_symlink()));
      if (entry.is_regular_file()) bytes += entry.file_size();
    }
    ASSERT_LE(bytes, limits.bytes_max);
    fs::remove_all(folder + "/in");
  }
  fs::remove_all(folder);
}

class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, std::uint64_t seed)
      : seeds_(std::move(seeds)), random_(seed) {}

  std::string mutate(std::string input) {
    for (std::size_t steps = 1 + below(6); steps > 0; --steps) step(input);
    if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
    return input;
  }
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

 private:
  void step(std::string& input) {
    static const std::vector<std::string> kWords = {"0",        "-1",   "18446744073709551616",
                                                    "1e999",    "~",    "&a ",
                                                    "*a",       "{",    "}",
                                                    "[",        "]",    ": ",
                                                    "- ",       "\n",   "\t",
                                                    "\"",       "\xff", std::string(1, '\0'),
                                                    "../",      "%s",   "\xe2\x80\xae",
                                                    "!!binary "};
    const std::size_t at = below(input.size() + 1);
    const std::size_t length = below(std::min<std::size_t>(input.size() - at, 64) + 1);
    switch (below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 2:
        input.erase(at, length);
        break;
      case 3:
        input.insert(at, input.substr(at, length));
        break;
      case 4:
        input.insert(at, kWords[below(kWords.size())]);
        break;
      case 5:
        input.resize(at);
        break;
      default: {
        const std::string& other = seeds_[below(seeds_.size())];
        const std::size_t from = below(other.size() + 1);
        input.insert(at, other.substr(from, below(256)));
      }
    }
  }

  std::vector<std::string> seeds_;
  std::mt19937_64 random_;
};

void replay(const std::string& name, const Reader& reader) {
  std::vector<std::string> seeds;
  const fs::path folder = fs::path(GRADER_SOURCE_DIR) / "fixtures/fuzz" / name;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, file.string());
    const Result<std::string> text = read_file(file);
    ASSERT_TRUE(text.ok());
    reader(*text);
    seeds.push_back(*text);
  }
  ASSERT_FALSE(seeds.empty());
  const char* seconds = std::getenv("GRADER_FUZZ_SECONDS");
  const char* kept = std::getenv("GRADER_FUZZ_INPUT");
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(seconds != nullptr ? std::atoi(seconds) : 0);
  Mutator mutator(seeds, seconds != nullptr ? std::random_device{}() : 1);
  const std::size_t count = seeds.size() * kMutations;
  std::size_t tried = 0;
  while (tried < count || std::chrono::steady_clock::now() < end) {
    const std::string input = mutator.mutate(seeds[tried % seeds.size()]);
    if (kept != nullptr) std::ofstream(kept, std::ios::trunc) << input;
    reader(input);
    ++tried;
    if (testing::Test::HasFatalFailure()) return;
  }
  testing::Test::RecordProperty("inputs", std::to_string(tried));
  if (seconds != nullptr) std::printf("%zu inputs\n", tried);
}

TEST(Fuzz, RubricsAreReadOrComplainedOf) { replay("rubric", read_rubric); }
TEST(Fuzz, SchedulesAreReadOrRefused) { replay("schedule", read_schedule); }
TEST(Fuzz, LogsOfThreadSanitizerAreRead) { replay("sanitizer_log", read_sanitizer_log); }
TEST(Fuzz, TracesOfAnyBytesAreRead) { replay("trace", read_channel); }
TEST(Fuzz, ArchivesStayWithinTheirLimits) { replay("archive", read_archive); }

}  // namespace
}  // namespace grader
