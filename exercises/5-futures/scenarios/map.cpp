// The lesson's own program: many values, some at a time, in order.
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "futures.hpp"
#include "harness/scenario.hpp"

using namespace std::chrono_literals;

TEST(Map, ReturnsResultsInTheOrderOfTheValues) {
  Pool pool(2);
  const std::vector<int> squares =
      map(pool,
          [](int value) {
            std::this_thread::sleep_for(value * 1min);  // the first are the last to end
            return value * value;
          },
          {3, 2, 1});
  EXPECT_EQ(squares, (std::vector<int>{9, 4, 1}));
}

TEST(Map, WaitsForAllBeforeItThrows) {
  std::atomic<int> ended{0};
  Pool pool(2);
  try {
    map(pool,
        [&](int value) {
          std::this_thread::sleep_for(value * 1min);
          ++ended;
          if (value > 1) throw std::runtime_error(std::to_string(value));
          return value;
        },
        {1, 3, 2, 4});
    ADD_FAILURE() << "map() returned although three of its four calls threw";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "3");
  }
  EXPECT_EQ(ended, 4) << "map() left before all of its calls had ended";
}

TEST(Lesson, TwelveTasksOfASecondFourAtATime) {
  Pool pool(4);
  map(pool,
      [](int value) {
        trace::event("second.start", {{"task", value}});
        std::this_thread::sleep_for(1s);
        trace::event("second.end", {{"task", value}});
        return value;
      },
      {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}
