#include "check/linearizability.hpp"

#include <algorithm>
#include <random>

#include "check/check_fixtures.hpp"
#include "check/patterns.hpp"

namespace grader {
namespace {

constexpr std::size_t kStepsMax = 1'000'000;

/// Tries every order of every choice of calls that contains all that returned.
bool explained_by_brute_force(const History& history, const Specification& specification) {
  for (std::size_t chosen = 0; chosen < (std::size_t{1} << history.size()); ++chosen) {
    std::vector<std::size_t> order;
    bool complete = true;
    for (std::size_t i = 0; i < history.size(); ++i) {
      const bool in = ((chosen >> i) & 1U) != 0;
      if (in) order.push_back(i);
      complete = complete && (in || history[i].end == kNeverReturned);
    }
    if (!complete) continue;
    do {
      bool good = true;
      for (std::size_t a = 0; a < order.size() && good; ++a) {
        for (std::size_t b = a + 1; b < order.size() && good; ++b) {
          good = history[order[b]].end > history[order[a]].begin;
        }
      }
      ObjectState state = specification.initial();
      for (std::size_t i = 0; i < order.size() && good; ++i) {
        good = specification.apply(state, history[order[i]].call);
      }
      if (good) return true;
    } while (std::next_permutation(order.begin(), order.end()));
  }
  return false;
}

struct Vocabulary {
  const char* specification;
  std::vector<Call> calls;  ///< operation and value
  std::vector<std::string> results;
};

const std::vector<Vocabulary>& vocabularies() {
  static const std::vector<Vocabulary> all = {
      {"queue", {{"push", "1"}, {"push", "2"}, {"pop", ""}}, {"ok", "1", "2", "empty"}},
      {"stack", {{"push", "1"}, {"push", "2"}, {"pop", ""}}, {"ok", "1", "2", "empty"}},
      {"bounded_queue", {{"push", "1"}, {"pop", ""}}, {"ok", "1", "full", "empty"}},
      {"counter", {{"add", "1"}, {"get", ""}}, {"", "0", "1", "2"}},
      {"register", {{"write", "1"}, {"read", ""}, {"cas", "0:2"}}, {"", "0", "1", "2", "true"}},
      {"lock",
       {{"lock", ""}, {"try_lock", ""}, {"unlock", ""}},
       {"ok", "true", "false", "refused"}}};
  return all;
}

/// A random history of up to 5 calls by up to 3 callers, as three clocks ticking at random.
History random_history(const Vocabulary& vocabulary, std::mt19937& random) {
  const auto pick = [&](std::size_t size) {
    return std::uniform_int_distribution<std::size_t>(0, size - 1)(random);
  };
  History history;
  std::vector<std::size_t> open(3, kNeverReturned);
  const std::size_t calls = 1 + pick(5);
  for (std::size_t position = 0; position < 40; ++position) {
    std::size_t& mine = open[pick(open.size())];
    if (mine != kNeverReturned) {
      history[mine].end = position;
      history[mine].call.returned = true;
      history[mine].call.result = vocabulary.results[pick(vocabulary.results.size())];
      mine = kNeverReturned;
    } else if (history.size() < calls) {
      Call call = vocabulary.calls[pick(vocabulary.calls.size())];
      call.caller = std::to_string(&mine - open.data());
      call.returned = false;
      mine = history.size();
      history.push_back({call, position, kNeverReturned});
    } else if (pick(8) == 0) {
      break;  // what is still open never returns
    }
  }
  return history;
}

TEST(Linearizability, AgreesWithBruteForceOnGeneratedHistories) {
  std::mt19937 random(1);
  std::size_t explained = 0;
  std::size_t unexplained = 0;
  for (const Vocabulary& vocabulary : vocabularies()) {
    const auto specification = make_specification(vocabulary.specification, 1);
    for (int i = 0; i < 3000; ++i) {
      const History history = random_history(vocabulary, random);
      const bool expected = explained_by_brute_force(history, *specification);
      const Linearizability decided = decide_linearizability(history, *specification, kStepsMax);
      ASSERT_EQ(decided == Linearizability::yes, expected) << vocabulary.specification << i;
      ASSERT_NE(decided, Linearizability::undecided);
      ++(expected ? explained : unexplained);
    }
  }
  EXPECT_GT(explained, 1000U);
  EXPECT_GT(unexplained, 1000U);
}

TEST(Linearizability, ShowsTheShortestBeginningThatFails) {
  std::mt19937 random(2);
  const Vocabulary& vocabulary = vocabularies().front();
  const auto specification = make_specification("queue", 0);
  int failing = 0;
  for (int i = 0; i < 1000; ++i) {
    const History history = random_history(vocabulary, random);
    if (explained_by_brute_force(history, *specification)) continue;
    ++failing;
    History part = shortest_failing_prefix(history, *specification, kStepsMax);
    ASSERT_FALSE(explained_by_brute_force(part, *specification));
    // Taking back its last return explains it.
    const auto last = std::max_element(part.begin(), part.end(), [](const auto& a, const auto& b) {
      return (a.end == kNeverReturned ? 0 : a.end) < (b.end == kNeverReturned ? 0 : b.end);
    });
    last->end = kNeverReturned;
    last->call.returned = false;
    ASSERT_TRUE(explained_by_brute_force(part, *specification));
  }
  EXPECT_GT(failing, 100);
}

TEST(Linearizability, DecidesALongHistoryOfManyCallers) {
  // 200 rounds in each of which 4 callers push at once, then 4 pop at once.
  History history;
  for (std::size_t round = 0; round < 200; ++round) {
    for (std::size_t i = 0; i < 8; ++i) {
      const bool push = i < 4;
      const std::string value = std::to_string(round * 4 + i % 4);
      const std::size_t begin = round * 16 + (push ? 0 : 8) + i % 4;
      history.push_back({{push ? "push" : "pop", push ? value : "", push ? "ok" : value, "", true},
                         begin,
                         begin + 4});
    }
  }
  const auto queue = make_specification("queue", 0);
  EXPECT_EQ(decide_linearizability(history, *queue, kStepsMax), Linearizability::yes);
  std::swap(history[4].call.result, history[12].call.result);
  EXPECT_EQ(decide_linearizability(history, *queue, kStepsMax), Linearizability::no);
}

TEST(Linearizability, GivesUpRatherThanAssume) {
  History history;
  for (std::size_t i = 0; i < 12; ++i) {
    history.push_back({{"push", std::to_string(i), "ok", "", true}, i, 100 + i});
  }
  history.push_back({{"pop", "", "none of these", "", true}, 200, 201});
  const auto queue = make_specification("queue", 0);
  EXPECT_EQ(decide_linearizability(history, *queue, 1000), Linearizability::undecided);
}

Pattern queue_pattern() {
  Pattern made;
  made.kind = PatternKind::linearizable;
  made.specification = "queue";
  made.from = check_fixtures::event("call");
  made.to = check_fixtures::event("return");
  return made;
}

TEST(LinearizablePattern, ReadsTheHistoryFromTheTrace) {
  check_fixtures::TraceBuilder builder;
  builder.mark("call", {{"op", "push"}, {"value", "7"}}, 2)
      .mark("call", {{"op", "pop"}}, 3)
      .mark("return", {{"result", "7"}}, 3)
      .mark("return", {}, 2);
  EXPECT_EQ(judge_pattern(queue_pattern(), builder.trace()).outcome, Outcome::pass);
}

TEST(LinearizablePattern, ShowsTheHistoryThatNoOrderExplains) {
  check_fixtures::TraceBuilder builder;
  builder.mark("call", {{"op", "push"}, {"value", "7"}}, 2)
      .mark("return", {}, 2)
      .mark("call", {{"op", "pop"}}, 3)
      .mark("return", {{"result", "empty"}}, 3)
      .mark("call", {{"op", "pop"}}, 3)
      .mark("return", {{"result", "7"}}, 3);
  const PatternResult result = judge_pattern(queue_pattern(), builder.trace());
  EXPECT_EQ(result.outcome, Outcome::fail);
  ASSERT_EQ(result.details.size(), 3U);
  EXPECT_EQ(result.details[1], "thread 2: push(7) -> done   [event 0 to 1]");
  EXPECT_EQ(result.details[2], "thread 3: pop() -> empty   [event 2 to 3]");
}

TEST(LinearizablePattern, DoesNotJudgeAHistoryThatItCannotRead) {
  check_fixtures::TraceBuilder builder;
  builder.mark("call", {{"op", "shove"}}, 2);
  EXPECT_EQ(judge_pattern(queue_pattern(), builder.trace()).outcome, Outcome::inconclusive);
  check_fixtures::TraceBuilder lone;
  lone.mark("return", {{"result", "7"}}, 2);
  EXPECT_EQ(judge_pattern(queue_pattern(), lone.trace()).outcome, Outcome::inconclusive);
}

}  // namespace
}  // namespace grader
