#include "batch/archive.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/ordinary_user.hpp"
#include "base/posix.hpp"
#include "batch/packed_archive.hpp"
#include "batch/temporary_directory.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing_support::TemporaryDirectory;
using Entry = testing_support::PackedEntry;

/// Writes archives as a student's tools (or an attacker's) would, and unpacks them.
class Unpack : public testing::Test {
 protected:
  fs::path pack(const std::vector<Entry>& entries, const std::string& name = "a.tar.gz") {
    const fs::path path = directory_.path() / name;
    testing_support::pack(path, entries);
    return path;
  }

  Status unpack_into(const fs::path& archive, const ArchiveLimits& limits = {}) {
    fs::create_directory(destination());
    return unpack(archive, destination(), limits);
  }

  /// The refusal of an archive of these entries.
  std::string refusal(const std::vector<Entry>& entries, const ArchiveLimits& limits = {}) {
    const Status status = unpack_into(pack(entries), limits);
    if (status.ok()) return "accepted";
    EXPECT_EQ(status.error().kind, ErrorKind::invalid_submission);
    return status.error().message;
  }

  fs::path destination() { return directory_.path() / "out"; }

  TemporaryDirectory directory_;
};

TEST_F(Unpack, TakesFilesInFoldersFromZipAndTar) {
  for (const std::string name : {"a.zip", "a.tar.gz"}) {
    fs::remove_all(destination());
    const Status status = unpack_into(
        pack({{"lab/a.cpp", "int a;"}, {"./b.cpp", ""}, {"empty", "", AE_IFDIR}}, name));
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(*read_file(destination() / "lab/a.cpp"), "int a;");
    EXPECT_TRUE(fs::is_regular_file(destination() / "b.cpp"));
  }
}

TEST_F(Unpack, KeepsNamesBeyondAscii) {
  const Status status = unpack_into(pack({{"Zoë/é.cpp", "x"}}, "a.zip"));
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_TRUE(fs::exists(destination() / "Zoë/é.cpp"));
}

TEST_F(Unpack, LeavesOutWhatIsNoRegularFile) {
  ASSERT_TRUE(unpack_into(pack({{"passwords", "/etc/passwd", AE_IFLNK},
                                {"pipe", "", AE_IFIFO},
                                {"device", "", AE_IFCHR},
                                {"__MACOSX/a.cpp", "x"},
                                {".git/config", "x"},
                                {"a.cpp", "x"}}))
                  .ok());
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(destination())) {
    found.push_back(entry.path().filename());
  }
  EXPECT_EQ(found, std::vector<std::string>{"a.cpp"});
}

TEST_F(Unpack, NeverWritesThroughALinkOfItsOwn) {
  // The link is left out, so the file lands in a folder of that name.
  ASSERT_TRUE(unpack_into(pack({{"out", directory_.path(), AE_IFLNK}, {"out/planted", "x"}})).ok());
  EXPECT_FALSE(fs::exists(directory_.path() / "planted"));
}

TEST_F(Unpack, RefusesNamesThatLeadOut) {
  EXPECT_EQ(refusal({{"../planted", "x"}}),
            "the archive `a.tar.gz` holds `../planted`, which leads out of it");
  EXPECT_FALSE(fs::exists(directory_.path() / "planted"));
  EXPECT_NE(refusal({{"a/../../planted", "x"}}).find("leads out"), std::string::npos);
  EXPECT_NE(refusal({{"..\\planted", "x"}}).find("leads out"), std::string::npos);
}

TEST_F(Unpack, RefusesTheSameNameTwiceAndFilesBeneathFiles) {
  EXPECT_NE(refusal({{"b.cpp", "x"}, {"b.cpp", "y"}}).find("`b.cpp` twice"), std::string::npos);
  fs::remove_all(destination());
  EXPECT_NE(refusal({{"c", "x"}, {"c/d", "y"}}).find("beneath a file"), std::string::npos);
}

TEST_F(Unpack, DoesNotBlameTheArchiveForAFolderThatCannotBeWritten) {
  fs::create_directory(destination());
  fs::permissions(destination(), fs::perms::owner_read | fs::perms::owner_exec);
  const fs::path archive = pack({{"folder/a.cpp", "x"}});
  fs::permissions(directory_.path(), fs::perms::all);
  ASSERT_TRUE(testing_support::give_to_ordinary_user(destination().c_str()));
  const Status status = [&] {
    const testing_support::OrdinaryUser user;
    return unpack(archive, destination(), {});
  }();
  fs::permissions(destination(), fs::perms::owner_all);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().kind, ErrorKind::invalid_submission) << status.error().message;
}

TEST_F(Unpack, RefusesWhatGrowsBeyondItsLimits) {
  EXPECT_EQ(refusal({{"big", std::string(3U << 20U, '\0')}}, {1U << 20U, 10, 16}),
            "the archive `a.tar.gz` unpacks to more than 1 MiB");
  EXPECT_EQ(refusal({{"1", ""}, {"2", ""}, {"3", ""}}, {1U << 20U, 2, 16}),
            "the archive `a.tar.gz` holds more than 2 entries");
  EXPECT_EQ(refusal({{"a/b/c/d", ""}}, {1U << 20U, 10, 2}),
            "the archive `a.tar.gz` is nested 3 folders deep; at most 2 are accepted");
}

TEST_F(Unpack, RefusesWhatIsNoArchive) {
  const fs::path path = directory_.path() / "a.zip";
  ASSERT_TRUE(write_file_atomically(path, "this is no archive").ok());
  EXPECT_FALSE(unpack_into(path).ok());
  EXPECT_FALSE(unpack_into(directory_.path() / "no_such.zip").ok());
}

TEST_F(Unpack, SurvivesDamageAnywhere) {
  const std::string good =
      *read_file(pack({{"a/b.cpp", std::string(500, 'x')}, {"c", "y"}}, "g.zip"));
  std::mt19937 random(1);
  std::size_t refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    for (int i = 0; i < 4; ++i) bad[random() % bad.size()] = static_cast<char>(random() % 256);
    if (round % 3 == 0) bad.resize(random() % bad.size());
    ASSERT_TRUE(write_file_atomically(directory_.path() / "bad.zip", bad).ok());
    fs::remove_all(destination());
    refused += unpack_into(directory_.path() / "bad.zip").ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 0U);
}

TEST(ArchiveName, IsToldByItsEnding) {
  for (const char* name : {"a.zip", "A.ZIP", "a.tar.gz", "a.tgz", "dir/a.tar.xz", "a.7z"}) {
    EXPECT_TRUE(is_archive_name(name)) << name;
  }
  for (const char* name : {"a.cpp", "zip", "a.zip.txt", "a.gz"}) {
    EXPECT_FALSE(is_archive_name(name)) << name;
  }
}

}  // namespace
}  // namespace grader
