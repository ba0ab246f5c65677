// What a dinner must do: everybody eats, nobody is passed over again and again, nobody starves.
#include <array>
#include <atomic>
#include <chrono>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "philosophers.hpp"
#include "polling.hpp"

using namespace std::chrono_literals;

namespace {

/// Sits between two others, gets hungry once, and tells how often each of them sat down meanwhile.
class Between {
 public:
  Between(Table& table, int seat) : table_(table), seat_(seat) {}

  bool is_hungry() const { return table_.mood(seat_) == Mood::kHungry; }

  /// Takes the forks of `neighbour`. Returns 1 when this seat was hungry all the while, else 0.
  int pass(int neighbour) const {
    const bool before = is_hungry();
    table_.take_forks(neighbour);
    return before && is_hungry() ? 1 : 0;
  }

  void eat_once() const {
    table_.take_forks(seat_);
    table_.put_forks(seat_);
  }

 private:
  Table& table_;
  int seat_;
};

}  // namespace

TEST(Dinner, GivesEverybodyAllTheirMeals) {
  std::array<std::atomic<int>, 3> thoughts{};
  std::array<std::atomic<int>, 3> meals{};
  dine(
      3, 2, [&](int seat) { ++thoughts.at(static_cast<std::size_t>(seat)); },
      [&](int seat) { ++meals.at(static_cast<std::size_t>(seat)); });
  for (std::size_t seat = 0; seat < 3; ++seat) {
    EXPECT_EQ(thoughts[seat], 2) << "seat " << seat;
    EXPECT_EQ(meals[seat], 2) << "seat " << seat;
  }
  EXPECT_THROW(dine(1, 1, {}, {}), std::invalid_argument);
}

TEST(Dinner, GoesOnSideBySide) {
  dine(
      4, 1,
      [](int seat) {
        trace::event("think.start", {{"seat", seat}});
        std::this_thread::sleep_for(1s);
        trace::event("think.end", {{"seat", seat}});
      },
      [](int seat) {
        trace::event("eat.start", {{"seat", seat}, {"pair", seat / 2}});
        std::this_thread::sleep_for(1s);
        trace::event("eat.end", {{"seat", seat}, {"pair", seat / 2}});
      });
  trace::event("dinner.over");
}

TEST(Fairness, TwoNeighboursDoNotTakeTurnsPastTheThird) {
  Table table(5);
  const Between between(table, 1);
  std::array<std::atomic<bool>, 3> done{};
  // Each keeps its forks until the other one has come, so that seat 1 never finds both free.
  const auto rest_of_meal = [&](int seat, int other) {
    EXPECT_TRUE(eventually([&] {
      return done.at(static_cast<std::size_t>(other)) || table.mood(other) != Mood::kThinking;
    }));
    table.put_forks(seat);
  };
  const auto take_turns = [&](int seat, int other) {
    int passed = 0;
    for (int meal = 0; meal < 5; ++meal) {
      passed += between.pass(seat);
      rest_of_meal(seat, other);
    }
    done.at(static_cast<std::size_t>(seat)) = true;
    EXPECT_LE(passed, 2) << "seat 1 was hungry while seat " << seat << " sat down that often";
  };
  table.take_forks(0);
  std::thread hungry([&] { between.eat_once(); });
  EXPECT_TRUE(eventually([&] { return between.is_hungry(); }));
  std::thread second([&] { take_turns(2, 0); });
  rest_of_meal(0, 2);
  take_turns(0, 2);
  second.join();
  hungry.join();
}

TEST(Fairness, NobodySitsDownAgainAndAgainBesideAHungryOne) {
  Table table(5);
  // Who has had many meals is no less hungry: what counts is who has waited longer.
  for (int meal = 0; meal < 4; ++meal) {
    table.take_forks(1);
    table.put_forks(1);
  }
  const Between between(table, 1);
  table.take_forks(0);
  std::thread hungry([&] { between.eat_once(); });
  EXPECT_TRUE(eventually([&] { return between.is_hungry(); }));
  std::thread other([&] {
    int passed = 0;
    for (int meal = 0; meal < 4; ++meal) {
      passed += between.pass(2);
      table.put_forks(2);
    }
    EXPECT_LE(passed, 2) << "seat 1 was hungry while seat 2 sat down that often";
  });
  std::this_thread::sleep_for(20s);
  table.put_forks(0);
  hungry.join();
  other.join();
}

TEST(Liveness, AllReachForTheirForksAtOnce) {
  Table table(3);
  std::vector<std::thread> philosophers;
  for (int seat = 0; seat < 3; ++seat) {
    philosophers.emplace_back([&table, seat] {
      for (int meal = 0; meal < 2; ++meal) {
        table.take_forks(seat);
        table.put_forks(seat);
      }
    });
  }
  for (std::thread& philosopher : philosophers) philosopher.join();
}

TEST(Liveness, BothNeighboursComeToEatWhenTheForksAreBack) {
  Table table(5);
  table.take_forks(1);
  std::counting_semaphore<2> eating(0);
  std::binary_semaphore enough(0);
  const auto eat_with_the_other = [&](int seat) {
    table.take_forks(seat);
    eating.release();
    if (seat == 0) enough.acquire();
    table.put_forks(seat);
  };
  std::thread left(eat_with_the_other, 0);
  std::thread right(eat_with_the_other, 2);
  EXPECT_TRUE(
      eventually([&] { return table.mood(0) == Mood::kHungry && table.mood(2) == Mood::kHungry; }));
  table.put_forks(1);
  eating.acquire();
  eating.acquire();
  enough.release();
  left.join();
  right.join();
}
