// What goes through the three pipes, and what must not get stuck in them.
#include <csignal>
#include <string>

#include "harness/scenario.hpp"
#include "popen.hpp"

namespace {

/// More than two pipes and the buffer of cat hold together.
const std::string kMuch(400'000, 'x');

}  // namespace

TEST(Communicate, CarriesInputToOutput) {
  Popen child({{"tr", "a-z", "A-Z"}});
  EXPECT_EQ(child.communicate("hello\nworld\n").out, "HELLO\nWORLD\n");
  EXPECT_EQ(child.returncode(), 0);
}

TEST(Communicate, EndsTheInputOfAChildThatIsGivenNone) {
  Popen child({{"wc", "-c"}});
  EXPECT_EQ(child.communicate().out, "0\n");
}

TEST(Communicate, KeepsEveryByte) {
  const std::string bytes("zero \0 newline \n high \xff end", 26);
  Popen child({{"cat"}});
  EXPECT_EQ(child.communicate(bytes).out, bytes);
}

TEST(Communicate, OutlivesAChildThatDoesNotRead) {
  Popen child({{"true"}});
  const Output output = child.communicate(kMuch);
  EXPECT_EQ(output.out, "");
  EXPECT_EQ(child.returncode(), 0);
}

TEST(Communicate, LeavesSigpipeToTheChildren) {
  std::signal(SIGPIPE, SIG_DFL);
  Popen child(Command::shell("yes | head -n 2"));
  const Output output = child.communicate();
  EXPECT_EQ(output.out, "y\ny\n");
  EXPECT_EQ(output.err, "") << "yes was not ended by SIGPIPE";
}

TEST(FullPipes, OfBothOutputsAreEmptiedInTurn) {
  Popen child(
      Command::shell("dd if=/dev/zero bs=150000 count=1 status=none >&2;"
                     "dd if=/dev/zero bs=150000 count=1 status=none;"
                     "echo over >&2"));
  const Output output = child.communicate();
  EXPECT_EQ(output.out.size(), 150'000U);
  EXPECT_EQ(output.err.size(), 150'005U);
}

TEST(FullPipes, AreEmptiedWhileInputIsWritten) {
  Popen child({{"cat"}});
  const Output output = child.communicate(kMuch);
  EXPECT_TRUE(output.out == kMuch) << output.out.size() << " bytes of " << kMuch.size();
}

TEST(FullPipes, EndThoughABrotherLives) {
  // The younger child must not hold a copy of the pipes of the elder.
  Popen elder({{"cat"}});
  Popen younger({{"cat"}});
  EXPECT_EQ(elder.communicate("to the end").out, "to the end");
  EXPECT_EQ(younger.communicate("and on").out, "and on");
}
