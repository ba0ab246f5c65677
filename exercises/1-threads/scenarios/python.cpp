// The critical section of the lesson: whole words with the lock, mixed letters without.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "harness/scenario.hpp"
#include "threads.hpp"

namespace {

/// Collects the letters, and marks where each word begins and ends.
class Page {
 public:
  void put(char letter) {
    if (letter == 'P') trace::event("word.start");
    {
      const std::lock_guard lock(mutex_);
      text_ += letter;
    }
    if (letter == ' ') trace::event("word.end");
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

/// A short sleep of random length, the same in every run.
class RandomPause {
 public:
  void operator()() {
    int length_ms = 0;
    {
      const std::lock_guard lock(mutex_);
      length_ms = std::uniform_int_distribution(0, 3)(random_);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(length_ms));
  }

 private:
  std::mutex mutex_;
  std::minstd_rand random_{42};
};

std::string print(int threads, bool locked) {
  Page page;
  RandomPause pause;
  print_python(
      threads, locked, [&page](char letter) { page.put(letter); }, [&pause] { pause(); });
  return page.text();
}

}  // namespace

TEST(Python, StaysWholeWithTheLock) {
  const std::string text = print(5, true);
  std::printf("%s\n", text.c_str());
  EXPECT_EQ(text, "<PYTHON PYTHON PYTHON PYTHON PYTHON >");
}

TEST(Python, LosesNoLetterWithoutTheLock) {
  const std::string text = print(2, false);
  ASSERT_EQ(text.size(), 16U) << text;
  EXPECT_EQ(text.front(), '<');
  EXPECT_EQ(text.back(), '>');
  for (const char letter : std::string("PYTHON ")) {
    EXPECT_EQ(std::count(text.begin(), text.end(), letter), 2) << letter << " in " << text;
  }
}
