#include "check/patterns.hpp"

#include "check/check_fixtures.hpp"

namespace grader {
namespace {

using check_fixtures::event;
using check_fixtures::TraceBuilder;

// Naive definitions, as sentences with quantifiers over positions, to hold the checkers against.
// Traces are words over "a" and "b" with an attribute k.
struct Letter {
  char name;
  int key;
};
using Word = std::vector<Letter>;

bool same(const Letter& x, const Letter& y, bool by) { return !by || x.key == y.key; }

bool naive_precedence(const Word& w, bool by) {
  for (std::size_t j = 0; j < w.size(); ++j) {
    bool found = w[j].name != 'b';
    for (std::size_t i = 0; i < j; ++i) found = found || (w[i].name == 'a' && same(w[i], w[j], by));
    if (!found) return false;
  }
  return true;
}

bool naive_response(const Word& w, bool by) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    bool found = w[i].name != 'a';
    for (std::size_t j = i + 1; j < w.size(); ++j) {
      found = found || (w[j].name == 'b' && same(w[i], w[j], by));
    }
    if (!found) return false;
  }
  return true;
}

/// How many intervals contain position `at`: an `a` opens one, and the first later `b` of its key
/// that no earlier `a` of that key has taken closes it.
std::uint64_t naive_open_at(const Word& w, std::size_t at, bool by) {
  std::vector<bool> taken(w.size(), false);
  std::uint64_t open = 0;
  for (std::size_t i = 0; i <= at; ++i) {
    if (w[i].name != 'a') continue;
    std::size_t end = w.size();
    for (std::size_t j = i + 1; j < w.size() && end == w.size(); ++j) {
      if (w[j].name == 'b' && same(w[i], w[j], by) && !taken[j]) end = j;
    }
    if (end < w.size()) taken[end] = true;
    if (end > at) ++open;
  }
  return open;
}

std::uint64_t naive_most_open(const Word& w, bool by) {
  std::uint64_t most = 0;
  for (std::size_t at = 0; at < w.size(); ++at) most = std::max(most, naive_open_at(w, at, by));
  return most;
}

bool naive_fifo(const Word& w) {
  std::vector<std::size_t> in;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (w[i].name == 'a') in.push_back(i);
    if (w[i].name == 'b') out.push_back(i);
  }
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (k >= in.size() || in[k] > out[k] || w[in[k]].key != w[out[k]].key) return false;
  }
  return true;
}

Trace trace_of(const Word& w) {
  TraceBuilder builder;
  for (const Letter& letter : w) {
    builder.mark(std::string(1, letter.name), {{"k", std::to_string(letter.key)}});
  }
  return builder.trace();
}

Pattern pattern(PatternKind kind, bool by = false) {
  Pattern made;
  made.kind = kind;
  made.event = event("a");
  made.first = made.from = event("a");
  made.then = made.to = event("b");
  if (by) made.by = "k";
  return made;
}

bool holds(const Pattern& made, const Word& w) {
  return judge_pattern(made, trace_of(w)).outcome == Outcome::pass;
}

/// Every word of up to 6 letters, with 2 keys.
std::vector<Word> all_words() {
  constexpr Letter kLetters[] = {{'a', 1}, {'a', 2}, {'b', 1}, {'b', 2}};
  std::vector<Word> words = {{}};
  std::size_t begin = 0;
  for (int length = 1; length <= 6; ++length) {
    const std::size_t end = words.size();
    for (; begin < end; ++begin) {
      for (const Letter& letter : kLetters) {
        words.push_back(words[begin]);
        words.back().push_back(letter);
      }
    }
  }
  return words;
}

std::string text_of(const Word& w) {
  std::string text;
  for (const Letter& letter : w) text += letter.name + std::to_string(letter.key) + " ";
  return text;
}

TEST(Patterns, PrecedenceAgreesWithItsDefinitionOnEveryShortWord) {
  for (const Word& w : all_words()) {
    for (const bool by : {false, true}) {
      ASSERT_EQ(holds(pattern(PatternKind::precedence, by), w), naive_precedence(w, by))
          << text_of(w) << by;
    }
  }
}

TEST(Patterns, ResponseAgreesWithItsDefinitionOnEveryShortWord) {
  for (const Word& w : all_words()) {
    for (const bool by : {false, true}) {
      ASSERT_EQ(holds(pattern(PatternKind::response, by), w), naive_response(w, by))
          << text_of(w) << by;
    }
  }
}

TEST(Patterns, CountsOfOpenIntervalsAgreeWithTheirDefinitionOnEveryShortWord) {
  for (const Word& w : all_words()) {
    for (const bool by : {false, true}) {
      const std::uint64_t most = naive_most_open(w, by);
      Pattern at_most = pattern(PatternKind::at_most, by);
      at_most.count_max = 2;
      Pattern overlap = pattern(PatternKind::overlap, by);
      overlap.count_min = 2;
      Pattern exclusion = pattern(PatternKind::mutual_exclusion, by);
      exclusion.count_max = 1;
      ASSERT_EQ(holds(at_most, w), most <= 2) << text_of(w) << by;
      ASSERT_EQ(holds(overlap, w), most >= 2) << text_of(w) << by;
      ASSERT_EQ(holds(exclusion, w), most <= 1) << text_of(w) << by;
    }
  }
}

TEST(Patterns, FifoAgreesWithItsDefinitionOnEveryShortWord) {
  for (const Word& w : all_words()) {
    ASSERT_EQ(holds(pattern(PatternKind::fifo, true), w), naive_fifo(w)) << text_of(w);
  }
}

TEST(Patterns, CountingPatternsAgreeWithTheNumberOfEvents) {
  for (const Word& w : all_words()) {
    const auto count = std::count_if(w.begin(), w.end(), [](Letter l) { return l.name == 'a'; });
    Pattern bounded = pattern(PatternKind::bounded_existence);
    bounded.count_min = 1;
    bounded.count_max = 2;
    ASSERT_EQ(holds(pattern(PatternKind::absence), w), count == 0) << text_of(w);
    ASSERT_EQ(holds(pattern(PatternKind::existence), w), count > 0) << text_of(w);
    ASSERT_EQ(holds(bounded, w), count >= 1 && count <= 2) << text_of(w);
  }
}

TEST(Patterns, EachJudgesApartForEveryValue) {
  Pattern exclusion = pattern(PatternKind::mutual_exclusion);
  exclusion.each = "k";
  EXPECT_TRUE(holds(exclusion, {{'a', 1}, {'a', 2}, {'b', 1}, {'b', 2}}));
  EXPECT_FALSE(holds(exclusion, {{'a', 1}, {'a', 2}, {'a', 1}}));
  Pattern existence = pattern(PatternKind::existence);
  existence.each = "k";
  EXPECT_FALSE(holds(existence, {{'a', 1}, {'b', 2}}));
}

TEST(Patterns, ShowTheEventsThatBreakThem) {
  const Trace trace = trace_of({{'b', 3}, {'a', 3}});
  const PatternResult result = judge_pattern(pattern(PatternKind::precedence, true), trace);
  ASSERT_EQ(result.evidence.size(), 1U);
  EXPECT_EQ(result.evidence[0]->sequence, 0U);
  EXPECT_EQ(result.message, "`b` of k 3 happened before any `a` of the same k");
}

TEST(Patterns, SayThatWhatTheySpeakOfNeverHappened) {
  const Trace empty;
  for (const PatternKind kind : {PatternKind::precedence, PatternKind::response, PatternKind::fifo,
                                 PatternKind::mutual_exclusion, PatternKind::at_most}) {
    EXPECT_TRUE(judge_pattern(pattern(kind, true), empty).vacuous) << to_text(kind);
  }
  EXPECT_FALSE(judge_pattern(pattern(PatternKind::absence), empty).vacuous);
}

TEST(Selector, TellsMarksFromWhatTheHarnessSees) {
  TraceBuilder builder;
  builder.mark("thread.start").add(protocol::EventKind::thread_start);
  EXPECT_FALSE(matches(event("thread.start"), builder.trace()[0]));
  EXPECT_TRUE(matches(event("thread.start"), builder.trace()[1]));
}

TEST(Selector, ComparesAttributes) {
  TraceBuilder builder;
  builder.mark("a", {{"task", "3"}}, 7);
  const TraceEvent& marked = builder.trace()[0];
  EXPECT_TRUE(matches({"a", {{"task", "3"}, {"thread", "7"}}}, marked));
  EXPECT_FALSE(matches({"a", {{"task", "4"}}}, marked));
  EXPECT_FALSE(matches({"a", {{"other", "3"}}}, marked));
}

TEST(Selector, WritesAnEventAsALineWithTimeAndThread) {
  TraceBuilder builder;
  builder.mark("task.start", {{"task", "3"}}, 2);
  TraceEvent name;
  name.kind = protocol::EventKind::mark;
  name.name = "thread.name";
  name.text = "worker";
  name.thread = 2;
  Trace trace = builder.trace();
  trace.push_back(name);
  EXPECT_EQ(event_line(trace[0], RunNames(trace)),
            "0.000000 s  thread 2 (worker)  task.start task=3");
}

}  // namespace
}  // namespace grader
