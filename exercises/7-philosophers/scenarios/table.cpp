// What a table must do: both forks or none, nobody beside somebody who eats, nobody waits for more.
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "philosophers.hpp"
#include "polling.hpp"

using namespace std::chrono_literals;

namespace {

/// Eats for a second with forks that are held already, and marks which.
void eat_marked(const Table& table, int seat) {
  const int left = seat;
  const int right = (seat + 1) % table.seats();
  trace::event("fork.up", {{"fork", left}, {"seat", seat}});
  trace::event("fork.up", {{"fork", right}, {"seat", seat}});
  std::this_thread::sleep_for(1s);
  trace::event("fork.down", {{"fork", left}, {"seat", seat}});
  trace::event("fork.down", {{"fork", right}, {"seat", seat}});
}

}  // namespace

TEST(Seats, AreThoseThatWereAskedFor) {
  for (const int seats : {2, 5}) {
    const Table table(seats);
    EXPECT_EQ(table.seats(), seats);
    for (int seat = 0; seat < seats; ++seat) EXPECT_EQ(table.mood(seat), Mood::kThinking);
    EXPECT_THROW(table.mood(seats), std::out_of_range);
    EXPECT_THROW(table.mood(-1), std::out_of_range);
  }
  EXPECT_THROW(Table(1), std::invalid_argument);
}

TEST(Table, TakesBothForksAndPutsThemBack) {
  Table table(5);
  EXPECT_EQ(table.seats(), 5);
  for (int seat = 0; seat < 5; ++seat) {
    EXPECT_EQ(table.mood(seat), Mood::kThinking);
    table.take_forks(seat);
    EXPECT_EQ(table.mood(seat), Mood::kEating);
    table.put_forks(seat);
    EXPECT_EQ(table.mood(seat), Mood::kThinking);
  }
}

TEST(Table, TriesForBothForksOrNone) {
  Table table(5);
  table.take_forks(0);
  EXPECT_FALSE(table.try_take_forks(1));
  EXPECT_FALSE(table.try_take_forks(4)) << "the last seat is beside the first";
  EXPECT_EQ(table.mood(1), Mood::kThinking);
  EXPECT_TRUE(table.try_take_forks(2)) << "a try that failed must leave no fork taken";
  EXPECT_FALSE(table.try_take_forks(3));
  table.put_forks(0);
  EXPECT_FALSE(table.try_take_forks(1)) << "the fork to the right is still in use";
  EXPECT_TRUE(table.try_take_forks(4)) << "a try that failed must leave no fork taken";
  table.put_forks(2);
  table.put_forks(4);
}

TEST(Table, DoesNotTryPastAHungryNeighbour) {
  Table table(4);
  table.take_forks(0);
  std::thread hungry([&] {
    table.take_forks(1);
    table.put_forks(1);
  });
  EXPECT_TRUE(eventually([&] { return table.mood(1) == Mood::kHungry; }));
  const bool taken = table.try_take_forks(2);
  EXPECT_FALSE(taken) << "both forks of seat 2 are free, but seat 1 is hungry";
  if (taken) table.put_forks(2);  // or the hungry one would wait for ever
  table.put_forks(0);
  hungry.join();
  EXPECT_TRUE(table.try_take_forks(2));
  table.put_forks(2);
}

TEST(Table, RefusesWhatMakesNoSense) {
  EXPECT_THROW(Table(1), std::invalid_argument);
  EXPECT_THROW(Table(-3), std::invalid_argument);
  Table table(2);
  EXPECT_THROW(table.take_forks(2), std::out_of_range);
  EXPECT_THROW(table.try_take_forks(-1), std::out_of_range);
  EXPECT_THROW(table.put_forks(2), std::out_of_range);
  EXPECT_THROW(table.mood(-1), std::out_of_range);
  EXPECT_THROW(table.put_forks(0), std::logic_error);
  table.take_forks(0);
  EXPECT_THROW(table.take_forks(0), std::logic_error);
  EXPECT_THROW(table.try_take_forks(0), std::logic_error);
  EXPECT_EQ(table.mood(0), Mood::kEating);
  table.put_forks(0);
  EXPECT_THROW(table.put_forks(0), std::logic_error);
  EXPECT_TRUE(table.try_take_forks(1)) << "a refused call must leave everything as it was";
  table.put_forks(1);
}

TEST(Ring, KeepsNeighboursApart) {
  Table table(4);
  std::vector<std::thread> philosophers;
  for (int seat = 0; seat < 4; ++seat) {
    philosophers.emplace_back([&table, seat] {
      for (int meal = 0; meal < 2; ++meal) {
        table.take_forks(seat);
        eat_marked(table, seat);
        table.put_forks(seat);
      }
    });
  }
  for (std::thread& philosopher : philosophers) philosopher.join();
}

TEST(Ring, KeepsTwoAtATableForTwoApart) {
  Table table(2);
  std::thread other([&] {
    table.take_forks(1);
    eat_marked(table, 1);
    table.put_forks(1);
  });
  for (int meal = 0; meal < 2; ++meal) {
    if (!table.try_take_forks(0)) table.take_forks(0);
    eat_marked(table, 0);
    table.put_forks(0);
  }
  other.join();
}

TEST(Company, OfANeighboursNeighbourIsPossible) {
  Table table(5);
  const auto eat_once = [&](int seat) {
    table.take_forks(seat);
    trace::event("eat.start", {{"seat", seat}});
    std::this_thread::sleep_for(1s);
    trace::event("eat.end", {{"seat", seat}});
    table.put_forks(seat);
  };
  std::thread first(eat_once, 0);
  std::thread second(eat_once, 2);
  first.join();
  second.join();
}

TEST(Company, OfHungryStrangersMakesNobodyWait) {
  Table table(5);
  table.take_forks(0);
  std::thread hungry([&] {
    table.take_forks(1);
    table.put_forks(1);
  });
  EXPECT_TRUE(eventually([&] { return table.mood(1) == Mood::kHungry; }));
  table.take_forks(3);  // seats 2 and 4 are thinking: there is nobody to wait for
  EXPECT_EQ(table.mood(3), Mood::kEating);
  table.put_forks(3);
  EXPECT_EQ(table.mood(1), Mood::kHungry);
  table.put_forks(0);
  hungry.join();
}
