// Archives that no honest student hands in, graded as one batch between honest submissions.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "batch/packed_archive.hpp"
#include "tiny_course.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing_support::contains;
using testing_support::kCorrect;
using testing_support::kWrong;
using testing_support::names_in;
using testing_support::pack;
using testing_support::PackedEntry;
using testing_support::TinyCourse;
using Ran = TinyCourse::Ran;

constexpr const char* kFile = "counter.cpp";
const std::string kOutside = "planted-by-an-archive";

class HostileArchives : public testing::Test {
 protected:
  void SetUp() override {
    if (course_.shell("'" GRADER_BINARY_DIR "/bin/grader' doctor").status != 0) {
      GTEST_SKIP() << "this machine cannot isolate programs";
    }
    fs::create_directories(in());
    fs::create_directories(course_.folder() / "tmp");
    course_.write("in/a-honest/counter.cpp", kCorrect);
    pack(in() / "m-honest.zip", {{"work/counter.cpp", kCorrect}});
    course_.write("in/z-honest/counter.cpp", std::string(kCorrect) + "// z\n");
  }

  [[nodiscard]] fs::path in() const { return course_.folder() / "in"; }

  Ran grade(const std::string& submissions = "in") {
    return course_.shell(
        "TMPDIR=\"$PWD/tmp\" timeout --signal=KILL 200 env " +
        TinyCourse::command("batch " + submissions + " --exercise 1 --output out"));
  }

  /// The line of grades.csv of a student.
  [[nodiscard]] std::string row(const std::string& student) const {
    const std::string csv = "\n" + course_.read("out/grades.csv");
    const std::size_t start = csv.find("\n" + student + ",");
    if (start == std::string::npos) return "no row of " + student;
    return csv.substr(start + 1, csv.find('\n', start + 1) - start - 1);
  }

  void expect_the_honest_untouched() const {
    for (const char* name : {"a-honest", "m-honest", "z-honest"}) {
      EXPECT_TRUE(contains(row(name), ",pass,100,")) << row(name);
    }
  }

  /// Nothing but what a batch leaves, and nothing beside the folders it was given.
  void expect_nothing_left() const {
    EXPECT_EQ(names_in(course_.folder()), (std::set<std::string>{"in", "out", "tmp"}));
    EXPECT_EQ(
        names_in(course_.folder() / "out"),
        (std::set<std::string>{"batch.lock", "grades.csv", "grades.db", "reports", "unpacked"}));
    EXPECT_TRUE(names_in(course_.folder() / "tmp").empty());
    for (const char* folder : {"/", "/tmp", "/etc"}) {
      EXPECT_FALSE(fs::exists(fs::path(folder) / kOutside)) << folder;
    }
  }

  TinyCourse course_;
};

/// An archive that is refused, and what its owner reads.
struct Refused {
  std::string file;
  std::string says;
};

std::vector<PackedEntry> many_entries() {
  std::vector<PackedEntry> entries{{kFile, kCorrect}};
  for (int i = 0; i < 100'000; ++i) entries.push_back({"f" + std::to_string(i), ""});
  return entries;
}

/// A header of 512 bytes in front of nothing: a tar that says its file has 10 GB.
std::string boastful_tar() {
  std::string header(512, '\0');
  header.replace(0, 11, kFile);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, "11200000000");
  header.replace(148, 8, "        ");
  header[156] = '0';
  header.replace(257, 5, "ustar");
  header.replace(263, 2, "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::string digits(6, '0');
  for (std::size_t i = digits.size(); i-- > 0; sum /= 8) digits[i] = "01234567"[sum % 8];
  header.replace(148, 8, digits + std::string("\0 ", 2));
  return header + kCorrect;
}

std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::uint32_t crc_32(const std::string& data) {
  std::uint32_t crc = ~0U;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB8'8320U : 0U);
  }
  return ~crc;
}

/// A zip whose one file is as large as `data`, but for what both of its headers say.
std::string zip_that_says(std::uint32_t size, const std::string& data) {
  const auto length = static_cast<std::uint32_t>(data.size());
  // Deflate's block without compression: the last one, its length, the length's complement.
  const std::string deflated = "\x01" + little_endian(length, 2) + little_endian(~length, 2) + data;
  const std::string name = kFile;
  const std::string common =
      little_endian(20, 2) + little_endian(0, 2) + little_endian(8, 2) + little_endian(0, 4) +
      little_endian(crc_32(data), 4) +
      little_endian(static_cast<std::uint32_t>(deflated.size()), 4) + little_endian(size, 4) +
      little_endian(static_cast<std::uint32_t>(name.size()), 2) + little_endian(0, 2);
  const std::string local = "PK\x03\x04" + common + name + deflated;
  const std::string central = "PK\x01\x02" + little_endian(20, 2) + common +
                              little_endian(0, 2 + 2 + 2) + little_endian(0, 4) +
                              little_endian(0, 4) + name;
  return local + central + "PK\x05\x06" + little_endian(0, 4) + little_endian(1, 2) +
         little_endian(1, 2) + little_endian(static_cast<std::uint32_t>(central.size()), 4) +
         little_endian(static_cast<std::uint32_t>(local.size()), 4) + little_endian(0, 2);
}

void cut_in_half(const fs::path& path) { fs::resize_file(path, fs::file_size(path) / 2); }

std::vector<Refused> pack_refused(const fs::path& in) {
  pack(in / "absolute.tar.gz", {{kFile, kCorrect}, {"/tmp/" + kOutside, "x"}});
  pack(in / "climbs.zip", {{kFile, kCorrect}, {"../../" + kOutside, "x"}});
  pack(in / "climbs-backwards.zip", {{kFile, kCorrect}, {"..\\..\\" + kOutside, "x"}});
  pack(in / "twice.tar.gz", {{kFile, kCorrect}, {kFile, kWrong}});
  pack(in / "file-then-folder.tar.gz", {{kFile, kCorrect}, {"counter.cpp/inside", "x"}});
  pack(in / "folder-then-file.tar.gz", {{"counter.cpp/inside", "x"}, {kFile, kCorrect}});
  pack(in / "zip-bomb.zip", {{kFile, kCorrect}, {"zeros", std::string(64U << 20U, '\0')}});
  pack(in / "cut-zip.zip", {{kFile, kCorrect}, {"more", std::string(4096, 'm')}});
  cut_in_half(in / "cut-zip.zip");
  pack(in / "bomb.tar.gz", {{kFile, kCorrect}, {"zeros", std::string(64U << 20U, '\0')}});
  pack(in / "crowd.tar.gz", many_entries());
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "d/";
  pack(in / "deep.tar.gz", {{deep + kFile, kCorrect}});
  pack(in / "locked.zip", {{kFile, kCorrect}}, "secret");
  pack(in / "cut.tar.gz", {{kFile, kCorrect}, {"more", std::string(4096, 'm')}});
  cut_in_half(in / "cut.tar.gz");
  std::ofstream(in / "boasts.tar") << boastful_tar();
  std::ofstream(in / "says-less.zip") << zip_that_says(10, kCorrect);
  std::ofstream(in / "says-more.zip") << zip_that_says(4'000'000'000U, kCorrect);
  std::ofstream(in / "empty.zip");
  std::ofstream(in / "text.7z") << "this is no archive";
  return {{"absolute.tar.gz", "absolute name"},
          {"climbs.zip", "leads out of it"},
          {"climbs-backwards.zip", "leads out of it"},
          {"twice.tar.gz", "twice"},
          {"file-then-folder.tar.gz", "beneath a file of the same name"},
          {"folder-then-file.tar.gz", "twice"},
          {"zip-bomb.zip", "unpacks to more than"},
          {"cut-zip.zip", "is damaged"},
          {"bomb.tar.gz", "unpacks to more than"},
          {"crowd.tar.gz", "entries"},
          {"deep.tar.gz", "folders deep"},
          {"locked.zip", "password"},
          {"cut.tar.gz", "truncated"},
          {"boasts.tar", "is damaged"},
          {"says-less.zip", "is damaged"},
          {"says-more.zip", "is damaged"},
          {"empty.zip", "cannot be read"},
          {"text.7z", "cannot be read"}};
}

std::string student_of(const std::string& file) { return file.substr(0, file.find('.')); }

TEST_F(HostileArchives, AreRefusedByNameAndHarmNobody) {
  const std::vector<Refused> all = pack_refused(in());
  const Ran ran = grade();
  EXPECT_EQ(ran.status, 3) << ran.output;
  expect_the_honest_untouched();
  for (const Refused& refused : all) {
    const std::string line = row(student_of(refused.file));
    EXPECT_TRUE(contains(line, ",refused,0,")) << line;
    EXPECT_TRUE(contains(line, "`" + refused.file + "`")) << line;
    EXPECT_TRUE(contains(line, refused.says)) << line;
  }
  expect_nothing_left();
}

TEST_F(HostileArchives, AreMadeAsRealOnesAreButForTheLie) {
  const std::string honest = kCorrect;
  std::ofstream(in() / "says-the-truth.zip")
      << zip_that_says(static_cast<std::uint32_t>(honest.size()), honest);
  const Ran ran = grade();
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(row("says-the-truth"), ",pass,100,")) << row("says-the-truth");
}

TEST_F(HostileArchives, WithLinksAndPipesAreGradedFromTheirRegularFiles) {
  pack(in() / "links.tar.gz", {{"secret", "/etc/passwd", AE_IFLNK},
                               {"up", "..", AE_IFLNK},
                               {"hard", "", AE_IFREG, "/etc/passwd"},
                               {"pipe", "", AE_IFIFO},
                               {"zero", "", AE_IFCHR},
                               {kFile, kCorrect}});
  pack(in() / "through.tar.gz",
       {{"up", "../..", AE_IFLNK}, {"up/" + kOutside, "x"}, {kFile, kCorrect}});
  pack(in() / "points-elsewhere.tar.gz", {{kFile, "/etc/passwd", AE_IFLNK}});
  const Ran ran = grade();
  EXPECT_EQ(ran.status, 3) << ran.output;
  expect_the_honest_untouched();
  for (const char* name : {"links", "through"}) {
    EXPECT_TRUE(contains(row(name), ",pass,100,")) << row(name);
  }
  EXPECT_TRUE(contains(row("points-elsewhere"), ",refused,0,")) << row("points-elsewhere");
  expect_nothing_left();
}

TEST_F(HostileArchives, WithNamesThatNobodyTypesAreGradedAllTheSame) {
  pack(in() / "names.tar.gz", {{kFile, kCorrect},
                               {"-rf", "x"},
                               {"line\nbreak \"quoted\" 'twice'", "x"},
                               {"latin-\xe9\xff", "x"},
                               {std::string("\xc3\xa9t\xc3\xa9"), "x"}});
  pack(in() / "names-in-a-zip.zip", {{kFile, kCorrect}, {"latin-\xe9\xff", "x"}});
  pack(in() / "-dash first 'and' \"quotes\".zip", {{kFile, kCorrect}});
  pack(in() / "latin-\xe9.zip", {{kFile, kCorrect}});
  pack(course_.folder() / "inner.zip", {{kFile, kCorrect}});
  std::ifstream inner(course_.folder() / "inner.zip", std::ios::binary);
  const std::string nested(std::istreambuf_iterator<char>(inner), {});
  fs::remove(course_.folder() / "inner.zip");
  pack(in() / "nested.tar.gz", {{"work.zip", nested}});
  pack(in() / "nested-twice.tar.gz", {{"a.zip", nested}, {"b.zip", nested}});
  const Ran ran = grade();
  EXPECT_EQ(ran.status, 3) << ran.output;
  expect_the_honest_untouched();
  for (const char* name : {"names", "names-in-a-zip", "nested"}) {
    EXPECT_TRUE(contains(row(name), ",pass,100,")) << row(name);
  }
  EXPECT_TRUE(contains(row("nested-twice"), ",refused,0,")) << row("nested-twice");
  const std::string csv = course_.read("out/grades.csv");
  std::size_t passed = 0;
  for (std::size_t at = 0; (at = csv.find(",pass,100,", at)) != std::string::npos; ++at) ++passed;
  // Three honest ones, the three above, the one with a dash in front and the one that is no UTF-8.
  EXPECT_EQ(passed, 8U) << csv;
  expect_nothing_left();
}

}  // namespace
}  // namespace grader
