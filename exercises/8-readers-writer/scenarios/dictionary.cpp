// What a dictionary that many threads use must do.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "harness/scenario.hpp"
#include "readers_writer.hpp"
#include "waiting.hpp"

using namespace std::chrono_literals;

namespace {

std::string meaning_of(const Dictionary& dictionary, const std::string& word) {
  std::string seen = "not there";
  const bool found = dictionary.visit(word, [&](const std::string& meaning) { seen = meaning; });
  EXPECT_EQ(found, seen != "not there");
  return seen;
}

}  // namespace

TEST(Dictionary, MakesEachWordOnce) {
  Dictionary dictionary;
  std::atomic<int> made = 0;
  const auto make = [&] {
    std::this_thread::sleep_for(200ms);
    return "meaning " + std::to_string(++made);
  };
  EXPECT_EQ(meaning_of(dictionary, "mutex"), "not there");
  const auto ask = [&] { EXPECT_EQ(dictionary.find_or_add("mutex", make), "meaning 1"); };
  std::thread first(ask);
  std::thread second(ask);
  std::thread looker([&] {
    const std::string seen = meaning_of(dictionary, "mutex");
    EXPECT_TRUE(seen == "not there" || seen == "meaning 1") << seen;
  });
  const int words = dictionary.size();
  EXPECT_TRUE(words == 0 || words == 1) << words;
  first.join();
  second.join();
  looker.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(dictionary.size(), 1);
  EXPECT_EQ(meaning_of(dictionary, "mutex"), "meaning 1");
  EXPECT_EQ(dictionary.find_or_add("thread", make), "meaning 2");
  EXPECT_EQ(dictionary.size(), 2);
}

TEST(Dictionary, OutlivesExceptions) {
  Dictionary dictionary;
  const auto fail = [] { throw std::runtime_error("no idea"); };
  EXPECT_THROW(dictionary.find_or_add("lock",
                                      [&] {
                                        fail();
                                        return std::string();
                                      }),
               std::runtime_error);
  EXPECT_EQ(dictionary.size(), 0) << "there is nothing to keep";
  elsewhere([&] { EXPECT_EQ(dictionary.find_or_add("lock", [] { return "a bolt"; }), "a bolt"); });
  EXPECT_THROW(dictionary.visit("lock", [&](const std::string&) { fail(); }), std::runtime_error);
  elsewhere([&] { EXPECT_EQ(dictionary.find_or_add("key", [] { return "opens"; }), "opens"); });
  EXPECT_EQ(dictionary.size(), 2);
}

TEST(Dictionary, RefusesToChangeWhileItIsLookedAt) {
  Dictionary dictionary;
  dictionary.find_or_add("read", [] { return "look"; });
  const bool found = dictionary.visit("read", [&](const std::string&) {
    EXPECT_THROW(dictionary.find_or_add("write", [] { return "change"; }), std::logic_error);
  });
  EXPECT_TRUE(found);
  EXPECT_EQ(dictionary.size(), 1);
  EXPECT_EQ(dictionary.find_or_add("write", [] { return "change"; }), "change");
}

TEST(Lookers, KeepNobodyWaiting) {
  Dictionary dictionary;
  dictionary.find_or_add("read", [] { return "look"; });
  std::atomic<int> came = 0;
  std::thread looker;
  std::thread finder;
  dictionary.visit("read", [&](const std::string&) {
    looker = std::thread([&] { came += dictionary.visit("read", [](const std::string&) {}); });
    finder = std::thread(
        [&] { came += dictionary.find_or_add("read", [] { return "never made"; }) == "look"; });
    let_others_go_on();
    EXPECT_EQ(came, 2) << "who looks up a word that is there waited for somebody who looks";
  });
  looker.join();
  finder.join();
  EXPECT_EQ(came, 2);
}
