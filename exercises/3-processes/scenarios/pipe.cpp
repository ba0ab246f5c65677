// What a Pipe must do: carry whole messages, and tell when nobody is left at the other end.
#include <filesystem>
#include <string>
#include <thread>

#include "harness/scenario.hpp"
#include "processes.hpp"
#include "scenarios/surroundings.hpp"

using namespace std::chrono_literals;

namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

}  // namespace

TEST(Pipe, CarriesMessagesAsTheyAre) {
  const std::string odd_bytes("a\0b\n\xff", 5);
  Pipe pipe;
  Process child("sender", [&] {
    return pipe.send("one") && pipe.send("") && pipe.send(odd_bytes) && pipe.send("\n") ? 0 : 1;
  });
  child.start();
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
  EXPECT_EQ(pipe.receive(), "one");
  EXPECT_EQ(pipe.receive(), "");
  EXPECT_EQ(pipe.receive(), odd_bytes);
  EXPECT_EQ(pipe.receive(), "\n");
}

TEST(Pipe, CarriesMoreThanItHolds) {
  const std::string much(150'000, 'x');
  Pipe pipe;
  Process child("sender", [&] { return pipe.send(much) && pipe.send("end") ? 0 : 1; });
  child.start();
  const auto received = pipe.receive();
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->size(), much.size());
  EXPECT_TRUE(*received == much);
  EXPECT_EQ(pipe.receive(), "end");
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
}

TEST(Pipe, GoesThereAndAnotherOneBack) {
  Pipe there;
  Pipe back;
  Process child("echo", [&] {
    int messages = 0;
    for (; messages < 2; ++messages) {
      const auto message = there.receive();
      if (!message || !back.send("<" + *message + ">")) break;
    }
    return messages;
  });
  child.start();
  EXPECT_TRUE(there.send("ping"));
  EXPECT_EQ(back.receive(), "<ping>");
  EXPECT_TRUE(there.send("pong"));
  EXPECT_EQ(back.receive(), "<pong>");
  child.join();
  EXPECT_EQ(child.exitcode(), 2);
}

TEST(PipeEnds, TheLastSenderEndsTheMessages) {
  Pipe pipe;
  Process child("sender", [&] {
    pipe.close_receiving();
    return pipe.send("last") ? 0 : 1;
  });
  child.start();
  pipe.close_sending();
  EXPECT_EQ(pipe.receive(), "last");
  EXPECT_EQ(pipe.receive(), std::nullopt);
  EXPECT_EQ(pipe.receive(), std::nullopt);
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
}

TEST(PipeEnds, ASenderThatIsKilledEndsThemToo) {
  Pipe pipe;
  Process child("sender", [&] {
    pipe.send("first");
    for (;;) std::this_thread::sleep_for(24h);
    return 0;
  });
  child.start();
  pipe.close_sending();
  EXPECT_EQ(pipe.receive(), "first");
  child.terminate();
  EXPECT_EQ(pipe.receive(), std::nullopt);
}

TEST(PipeEnds, WithoutAReceiverSendingFails) {
  Pipe pipe;
  Process child("receiver", [&] {
    pipe.close_sending();
    const auto message = pipe.receive();
    return message == "heard" ? 0 : 1;
  });
  child.start();
  pipe.close_receiving();
  EXPECT_TRUE(pipe.send("heard"));
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
  EXPECT_FALSE(pipe.send("unheard"));
  EXPECT_FALSE(pipe.send("unheard"));
}

TEST(PipeEnds, AClosedEndRefuses) {
  Pipe sending;
  sending.close_sending();
  sending.close_sending();
  EXPECT_FALSE(sending.send("x"));
  EXPECT_EQ(sending.receive(), std::nullopt);
  Pipe receiving;
  EXPECT_TRUE(receiving.send("x"));
  receiving.close_receiving();
  receiving.close_receiving();
  EXPECT_EQ(receiving.receive(), std::nullopt);
}

TEST(NothingLeft, OfPipesAndProcesses) {
  const auto use = [] {
    Pipe pipe;
    Pipe half_closed;
    half_closed.close_sending();
    Queue queue(2);
    Event event;
    Lock lock;
    Condition condition(lock);
    Process child("child", [&] { return pipe.send("x") ? 0 : 1; });
    child.start();
    EXPECT_EQ(pipe.receive(), "x");
    child.join();
    EXPECT_TRUE(child.join_for(1ms));
  };
  use();  // what is made once and kept, is there afterwards
  const std::size_t before = open_descriptors();
  use();
  EXPECT_EQ(open_descriptors(), before) << "file descriptors are open that were not before";
}
