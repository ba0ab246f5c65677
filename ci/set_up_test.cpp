// Runs the set-up script on a machine made of scripts: what is installed, who we are, and what
// apt-get manages to do is decided by the test.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace grader {
namespace {

namespace fs = std::filesystem;

class SetUpScript : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/set-up-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    machine_ = pattern;
    fs::create_directories(machine_ / "bin");
    write("list", "# names\nalpha check\nbeta  check\ngamma test\n");
    write("status", "");
    write("installed", "");
    fs::last_write_time(machine_ / "list",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    fs::last_write_time(machine_ / "status",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    command("dpkg-query", "sed 's/^/installed /' '" + machine_.string() + "/installed'");
    command("id", "echo 0");
    command("sudo", "exit 1");
    command("apt-get", "exit 0");
  }

  void TearDown() override { fs::remove_all(machine_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(machine_ / name) << text;
  }

  /// Puts a shell script in front of the machine's own command.
  void command(const std::string& name, const std::string& body) {
    write("bin/" + name, "#!/bin/sh\n" + body + "\n");
    fs::permissions(machine_ / "bin" / name, fs::perms::owner_all);
  }

  /// An apt-get that writes down how it was called, and installs what it is told to.
  void let_apt_install() {
    command("apt-get", "echo \"$@\" >>'" + machine_.string() +
                           "/calls'\n[ \"$1\" = install ] || exit 0\nfor word; do case $word in -*|"
                           "install) ;; *) echo $word >>'" +
                           machine_.string() + "/installed' ;; esac; done");
  }

  /// Runs the script and keeps what it printed in `output_`. Returns its exit status.
  int run(const std::string& purpose) {
    const std::string at = machine_.string();
    const std::string line = "PATH='" + at + "/bin':$PATH GRADER_PACKAGES='" + at +
                             "/list' GRADER_STAMP='" + at + "/stamp' GRADER_DPKG_STATUS='" + at +
                             "/status' '" GRADER_SOURCE_DIR "/ci/install_packages.sh' " + purpose +
                             " 2>&1 </dev/null";
    FILE* pipe = ::popen(line.c_str(), "r");
    output_.clear();
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output_ += static_cast<char>(c);
    return WEXITSTATUS(::pclose(pipe));
  }

  std::string read(const std::string& name) {
    std::ifstream stream(machine_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  fs::path machine_;
  std::string output_;
};

TEST_F(SetUpScript, IsSilentWhenAllPackagesAreThere) {
  write("installed", "alpha\nbeta\n");
  EXPECT_EQ(run("check"), 0);
  EXPECT_EQ(output_, "");
  EXPECT_TRUE(fs::exists(machine_ / "stamp"));
}

TEST_F(SetUpScript, AsksForTheTestPackagesOnlyToTest) {
  write("installed", "alpha\nbeta\n");
  command("id", "echo 1000");
  EXPECT_EQ(run("check"), 0);
  fs::remove(machine_ / "stamp");
  EXPECT_EQ(run("test"), 1);
  EXPECT_NE(output_.find("gamma"), std::string::npos) << output_;
}

TEST_F(SetUpScript, PrintsTheOneLineToTypeWithoutRoot) {
  write("installed", "alpha\n");
  command("id", "echo 1000");
  EXPECT_EQ(run("check"), 1);
  EXPECT_NE(output_.find("  sudo apt-get install --yes --no-install-recommends beta\n"),
            std::string::npos)
      << output_;
  EXPECT_FALSE(fs::exists(machine_ / "stamp"));
}

TEST_F(SetUpScript, InstallsOnlyWhatIsMissingAsRoot) {
  write("installed", "alpha\n");
  let_apt_install();
  EXPECT_EQ(run("check"), 0) << output_;
  EXPECT_EQ(read("installed"), "alpha\nbeta\n");
  EXPECT_NE(read("calls").find("update"), std::string::npos);
}

TEST_F(SetUpScript, InstallsBySudoThatAsksForNoPassword) {
  command("id", "echo 1000");
  command("sudo", "shift; exec \"$@\"");
  let_apt_install();
  EXPECT_EQ(run("check"), 0) << output_;
  EXPECT_EQ(read("installed"), "alpha\nbeta\n");
}

TEST_F(SetUpScript, FailsAndSaysSoWhenAptCannotInstall) {
  command("apt-get", "echo 'E: no network'; exit 100");
  EXPECT_EQ(run("check"), 1);
  EXPECT_NE(output_.find("E: no network"), std::string::npos) << output_;
  EXPECT_NE(output_.find("could not install alpha beta"), std::string::npos) << output_;
}

TEST_F(SetUpScript, LooksAtNothingWhileItsStampIsNewer) {
  write("installed", "alpha\nbeta\n");
  EXPECT_EQ(run("check"), 0);
  write("installed", "");  // would be found missing, if it looked
  EXPECT_EQ(run("check"), 0);
  EXPECT_EQ(output_, "");
}

TEST_F(SetUpScript, LooksAgainWhenThePackagesOfTheMachineChanged) {
  write("installed", "alpha\nbeta\n");
  EXPECT_EQ(run("check"), 0);
  write("installed", "alpha\n");
  fs::last_write_time(machine_ / "status",
                      fs::file_time_type::clock::now() + std::chrono::hours(1));
  command("id", "echo 1000");
  EXPECT_EQ(run("check"), 1);
}

TEST_F(SetUpScript, RefusesAPurposeThatItDoesNotKnow) { EXPECT_EQ(run("holiday"), 2); }

}  // namespace
}  // namespace grader
