// The two programs of the lesson, and what comes out of processes that print.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "processes.hpp"
#include "scenarios/surroundings.hpp"

using namespace std::chrono_literals;

TEST(Lesson, TellsEvenNumbersOrOddOnes) {
  constexpr int kLimit = 5;
  constexpr long kBase = 1000;
  Mailbox mailbox;
  even_or_odd(kLimit, [&](int number) {
    if (number < 2) trace::event("tell.begin");
    mailbox.leave(getpid() * kBase + number);
    std::this_thread::sleep_for(1s);
    if (number >= kLimit - 2) trace::event("tell.end");
  });
  std::map<long, std::vector<long>> told;
  for (const long both : mailbox.empty()) told[both / kBase].push_back(both % kBase);
  EXPECT_EQ(told.size(), 2) << "two processes are to tell numbers";
  EXPECT_FALSE(told.contains(getpid())) << "the parent told numbers itself";
  for (const auto& [pid, numbers] : told) {
    const std::vector<long> even{0, 2, 4};
    const std::vector<long> odd{1, 3};
    EXPECT_EQ(numbers, pid % 2 == 0 ? even : odd) << "of process " << pid;
  }
}

TEST(Lesson, AsksHowYouAre) { how_are_you(); }

TEST(Printing, ComesOutOnce) {
  std::printf("the parent begins, ");
  std::cout << "and goes on\n";
  Process child("child", [] {
    std::printf("the child says this, ");
    std::cout << "and that\n";
    return 0;
  });
  std::printf("then ");
  child.start();
  child.join();
  std::cout << "and the parent ends\n";
}

TEST(Printing, IsNotLostWhenRunThrows) {
  Process child("child", []() -> int {
    std::printf("last words\n");
    throw 1;
  });
  child.start();
  child.join();
}
