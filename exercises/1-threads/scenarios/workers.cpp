// Named workers: started, waited for, alive in between, and in the order that the lesson shows.
#include <map>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include "harness/scenario.hpp"
#include "threads.hpp"

namespace {

/// Marks what `run_all` says as an event a kind, with the name as attribute.
void mark(std::string_view said) {
  const std::size_t space = said.find(' ');
  const std::string name(said.substr(space == std::string_view::npos ? said.size() : space + 1));
  if (said.starts_with("starting ")) trace::event("starting", {{"worker", name}});
  if (said.starts_with("waiting ")) trace::event("waiting", {{"worker", name}});
  if (said.starts_with("ending ")) trace::event("ending", {{"worker", name}});
  if (said == "all over") trace::event("all.over");
}

}  // namespace

TEST(RunAll, StartsWaitsForAndIsOver) {
  run_all(
      {"ann", "bob", "cid"},
      [](std::string_view name) {
        trace::event("working", {{"worker", name}});
      },
      mark);
}

TEST(RunAll, WaitsForOneAfterTheOther) {
  // Each ends only when it is waited for: who is waited for too late, or without a word, never
  // ends.
  std::map<std::string, std::binary_semaphore> may_end;
  for (const char* name : {"ann", "bob", "cid"}) may_end.try_emplace(name, 0);
  run_all(
      {"ann", "bob", "cid"},
      [&](std::string_view name) { may_end.at(std::string(name)).acquire(); },
      [&](std::string_view said) {
        mark(said);
        if (said.starts_with("waiting ")) may_end.at(std::string(said.substr(8))).release();
      });
}

TEST(RunAll, LetsThemRunSideBySide) {
  // Each lets the other go on: workers that run one after the other wait here for ever.
  std::binary_semaphore ann_is_here(0);
  std::binary_semaphore bob_is_here(0);
  int met = 0;
  run_all(
      {"ann", "bob"},
      [&](std::string_view name) {
        (name == "ann" ? ann_is_here : bob_is_here).release();
        (name == "ann" ? bob_is_here : ann_is_here).acquire();
        if (name == "ann") met = 1;
      },
      mark);
  EXPECT_EQ(met, 1) << "run_all came back, and ann had not met bob";
}

TEST(Workers, AreAliveFromStartToEnd) {
  std::binary_semaphore go_on(0);
  Worker worker("ann", [&] { go_on.acquire(); });
  EXPECT_EQ(worker.name(), "ann");
  EXPECT_FALSE(worker.is_alive());
  worker.start();
  EXPECT_TRUE(worker.is_alive());
  go_on.release();
  worker.join();
  EXPECT_FALSE(worker.is_alive());
}

TEST(Workers, MayBeAskedWhileTheyEnd) {
  int worked = 0;
  Worker worker("ann", [&] { worked = 1; });
  worker.start();
  while (worker.is_alive()) std::this_thread::yield();
  worker.join();
  EXPECT_EQ(worked, 1);
}

TEST(Workers, WorkInAThreadOfTheirOwn) {
  std::thread::id there;
  Worker worker("ann", [&] { there = std::this_thread::get_id(); });
  worker.start();
  worker.join();
  EXPECT_NE(there, std::thread::id());
  EXPECT_NE(there, std::this_thread::get_id());
}

TEST(Workers, RefuseASecondStartAndAJoinBeforeTheFirst) {
  Worker worker("ann", [] {});
  EXPECT_THROW(worker.join(), std::logic_error);
  worker.start();
  EXPECT_THROW(worker.start(), std::logic_error);
  worker.join();
  worker.join();
}

TEST(Workers, AreWaitedForByTheirDestructor) {
  int worked = 0;
  {
    Worker worker("ann", [&] {
      std::this_thread::yield();
      worked = 1;
    });
    worker.start();
  }
  EXPECT_EQ(worked, 1);
}
