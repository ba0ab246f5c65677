// What Lock, Condition, Event and Queue must do between processes.
#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "processes.hpp"
#include "scenarios/surroundings.hpp"

using namespace std::chrono_literals;

namespace {

/// Alone in here, or it is seen.
void be_inside() {
  trace::event("inside.begin");
  std::this_thread::sleep_for(1ms);
  trace::event("inside.end");
}

/// `put` and `get`, marked for the judgement of their order.
void put_marked(Queue& queue, long item, int producer) {
  trace::event("call", {{"op", "push"}, {"value", item}, {"producer", producer}});
  const bool put = queue.put(item);
  trace::event("return", {{"result", put ? "ok" : "full"}, {"producer", producer}});
}

long get_marked(Queue& queue) {
  trace::event("call", {{"op", "pop"}});
  const std::optional<long> item = queue.get();
  trace::event("return", {{"result", item ? std::to_string(*item) : "empty"}});
  return item.value_or(-1);
}

}  // namespace

TEST(Lock, LetsOneProcessInAtATime) {
  Lock lock;
  SharedNumber sum;
  const auto add_twice = [&] {
    for (int i = 0; i < 2; ++i) {
      lock.acquire();
      const long before = *sum;
      be_inside();
      *sum = before + 1;
      lock.release();
    }
    return 0;
  };
  Process first("first", add_twice);
  Process second("second", add_twice);
  first.start();
  second.start();
  add_twice();
  first.join();
  second.join();
  EXPECT_EQ(*sum, 6);
}

TEST(Condition, WakesAProcessThatWaits) {
  Lock lock;
  Condition changed(lock);
  SharedNumber turn;
  const auto play = [&](long mine) {
    for (int i = 0; i < 2; ++i) {
      lock.acquire();
      while (*turn % 2 != mine) changed.wait();
      be_inside();
      ++*turn;
      changed.notify_one();
      lock.release();
    }
    return 0;
  };
  Process second("second", [&] { return play(1); });
  second.start();
  play(0);
  second.join();
  EXPECT_EQ(*turn, 4);
}

TEST(Condition, LosesNoNotification) {
  Lock lock;
  Condition changed(lock);
  SharedNumber tokens;
  const auto take_one = [&] {
    lock.acquire();
    while (*tokens == 0) changed.wait();
    --*tokens;
    lock.release();
    return 0;
  };
  Process first("first", take_one);
  Process second("second", take_one);
  first.start();
  second.start();
  for (int i = 0; i < 2; ++i) {
    lock.acquire();
    ++*tokens;
    changed.notify_one();
    lock.release();
  }
  first.join();
  second.join();
  EXPECT_EQ(*tokens, 0);
}

TEST(Condition, NotifiesAll) {
  Lock lock;
  Condition opened(lock);
  SharedNumber open;
  const auto wait_until_open = [&] {
    lock.acquire();
    while (*open == 0) opened.wait();
    be_inside();
    lock.release();
    return 0;
  };
  Process first("first", wait_until_open);
  Process second("second", wait_until_open);
  first.start();
  second.start();
  std::this_thread::sleep_for(1s);
  lock.acquire();
  *open = 1;
  opened.notify_all();
  lock.release();
  first.join();
  second.join();
}

TEST(Event, IsOneFlagForAllProcesses) {
  Event event;
  EXPECT_FALSE(event.is_set());
  Process raises("raises", [&] {
    event.set();
    event.set();
    return 0;
  });
  raises.start();
  raises.join();
  EXPECT_TRUE(event.is_set()) << "another process raised it";
  event.wait();
  EXPECT_TRUE(event.wait_for(24h));
  Process lowers("lowers", [&] {
    const bool was_set = event.is_set();
    event.clear();
    return was_set ? 0 : 1;
  });
  lowers.start();
  lowers.join();
  EXPECT_EQ(lowers.exitcode(), 0);
  EXPECT_FALSE(event.is_set()) << "another process lowered it";
  EXPECT_FALSE(event.wait_for(50ms)) << "a flag that was lowered again let it go";
}

TEST(Event, HoldsProcessesBackUntilItIsSet) {
  Event event;
  const auto wait = [&] {
    event.wait();
    trace::event("let.go");
    return 0;
  };
  const auto wait_with_limit = [&] {
    const bool was_set = event.wait_for(24h);
    trace::event("let.go");
    return was_set ? 0 : 1;
  };
  Process first("first", wait);
  Process second("second", wait_with_limit);
  first.start();
  second.start();
  std::this_thread::sleep_for(5s);
  trace::event("set");
  event.set();
  first.join();
  second.join();
  EXPECT_EQ(second.exitcode(), 0);
}

TEST(Event, MayBeUsedByAllAtOnce) {
  Event event;
  Process asks("asks", [&] {
    event.is_set();
    event.wait_for(1s);
    return 0;
  });
  Process lowers("lowers", [&] {
    event.clear();
    event.is_set();
    return 0;
  });
  asks.start();
  lowers.start();
  event.set();
  event.set();
  asks.join();
  lowers.join();
}

TEST(Queue, GivesWhatWasPutInThatOrder) {
  Queue queue(2);
  Process child("producer", [&] {
    for (long i = 1; i <= 5; ++i) {
      if (!queue.put(i * i)) return 1;
    }
    return 0;
  });
  child.start();
  for (long i = 1; i <= 5; ++i) EXPECT_EQ(queue.get(), i * i);
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
}

TEST(Queue, GivesEachNumberToOneOfManyProcesses) {
  Queue queue(1);
  Mailbox taken;
  const auto consume = [&] {
    for (int i = 0; i < 2; ++i) taken.leave(get_marked(queue));
    return 0;
  };
  Process producer("producer", [&] {
    for (long i = 1; i <= 2; ++i) put_marked(queue, i, 1);
    return 0;
  });
  Process first("first", consume);
  Process second("second", consume);
  first.start();
  second.start();
  producer.start();
  for (long i = 11; i <= 12; ++i) put_marked(queue, i, 2);
  for (Process* process : {&producer, &first, &second}) process->join();
  std::vector<long> numbers = taken.empty();
  std::sort(numbers.begin(), numbers.end());
  EXPECT_EQ(numbers, (std::vector<long>{1, 2, 11, 12}));
}

TEST(Queue, GivesWhatIsInsideAfterItWasClosed) {
  Queue queue(3);
  EXPECT_TRUE(queue.put(1));
  EXPECT_TRUE(queue.put(2));
  queue.close();
  EXPECT_FALSE(queue.put(3));
  Process child("consumer", [&] { return static_cast<int>(queue.get().value_or(9)); });
  child.start();
  child.join();
  EXPECT_EQ(child.exitcode(), 1);
  EXPECT_EQ(queue.get(), 2);
  EXPECT_EQ(queue.get(), std::nullopt);
  EXPECT_EQ(queue.get(), std::nullopt);
}

TEST(Queue, MayBeClosedAtAnyTime) {
  Queue queue(1);
  Process uses("uses", [&] {
    queue.put(1);
    queue.get();
    queue.get();
    return 0;
  });
  Process closes("closes", [&] {
    queue.close();
    return 0;
  });
  uses.start();
  closes.start();
  uses.join();
  closes.join();
  EXPECT_FALSE(queue.put(2)) << "a queue that is closed takes no more";
}

TEST(Queue, LosesNothingWithAConsumerThatIsKilled) {
  Queue queue(10);
  Mailbox taken;
  for (long i = 1; i <= 4; ++i) queue.put(i);
  Process killed("killed", [&] {
    taken.leave(queue.get().value_or(-1));
    for (;;) std::this_thread::sleep_for(24h);
    return 0;
  });
  killed.start();
  EXPECT_EQ(taken.pick_up(), 1);
  killed.terminate();
  killed.join();
  Process other("other", [&] {
    for (int i = 0; i < 2; ++i) taken.leave(queue.get().value_or(-1));
    return 0;
  });
  other.start();
  other.join();
  EXPECT_EQ(taken.empty(), (std::vector<long>{2, 3}));
  EXPECT_EQ(queue.get(), 4);
}

TEST(Liveness, ClosingAQueueLetsAllConsumersGo) {
  Queue queue(1);
  const auto consume = [&] { return queue.get() ? 1 : 0; };
  Process first("first", consume);
  Process second("second", consume);
  first.start();
  second.start();
  std::this_thread::sleep_for(1s);
  queue.close();
  first.join();
  second.join();
}

TEST(Liveness, ClosingAQueueLetsAllProducersGo) {
  Queue queue(1);
  queue.put(0);
  const auto produce = [&] { return queue.put(1) ? 1 : 0; };
  Process first("first", produce);
  Process second("second", produce);
  first.start();
  second.start();
  std::this_thread::sleep_for(1s);
  queue.close();
  first.join();
  second.join();
  EXPECT_EQ(first.exitcode(), 0);
  EXPECT_EQ(second.exitcode(), 0);
}

TEST(Liveness, AnEventLetsAllGo) {
  Event event;
  const auto wait = [&] {
    event.wait();
    return 0;
  };
  Process first("first", wait);
  Process second("second", wait);
  first.start();
  second.start();
  event.set();
  first.join();
  second.join();
}

TEST(Liveness, EverybodyGetsThroughACrowdedQueue) {
  Queue queue(1);
  const auto produce = [&] { return queue.put(1) ? 0 : 1; };
  const auto consume = [&] { return queue.get() ? 0 : 1; };
  std::vector<std::unique_ptr<Process>> all;
  for (int i = 0; i < 3; ++i) all.push_back(std::make_unique<Process>("consumer", consume));
  for (int i = 0; i < 3; ++i) all.push_back(std::make_unique<Process>("producer", produce));
  for (const auto& process : all) {
    process->start();
    if (process == all[2]) std::this_thread::sleep_for(1s);  // all consumers wait
  }
  for (const auto& process : all) process->join();
}
