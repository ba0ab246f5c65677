// Whatever a student, an author or a killed program may hand to a reader, mutated: no reader
// crashes or runs away. The seeds are fixtures/fuzz/<reader>; what once crashed one is kept there.
// Each test takes a moment; GRADER_FUZZ_SECONDS=600 makes it look for so long, from random numbers
// of its own, and leave the input that it is at in GRADER_FUZZ_INPUT.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/posix.hpp"
#include "fuzz_readers.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing_support::fuzz_readers;

constexpr int kMutations = 60;  // of each seed, when there is no time given
constexpr std::size_t kInputBytesMax = 1U << 16U;

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

void replay(const std::string& name) {
  const testing_support::Reader& reader = fuzz_readers().at(name);
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
  }
  testing::Test::RecordProperty("inputs", std::to_string(tried));
  if (seconds != nullptr) std::printf("%zu inputs\n", tried);
}

TEST(Fuzz, RubricsAreReadOrComplainedOf) { replay("rubric"); }
TEST(Fuzz, SchedulesAreReadOrRefused) { replay("schedule"); }
TEST(Fuzz, LogsOfThreadSanitizerAreRead) { replay("sanitizer_log"); }
TEST(Fuzz, TracesOfAnyBytesAreRead) { replay("trace"); }
TEST(Fuzz, ArchivesStayWithinTheirLimits) { replay("archive"); }

}  // namespace
}  // namespace grader
