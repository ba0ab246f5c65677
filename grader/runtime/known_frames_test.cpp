#include "runtime/known_frames.hpp"

#include <gtest/gtest.h>

#include <array>

namespace grader::runtime {
namespace {

using Above = KnownFrames::Above;

constexpr std::uintptr_t kPlace = 0x1000;
constexpr std::uintptr_t kCaller = 0x2000;
constexpr std::uintptr_t kOtherCaller = 0x3000;

/// A stack of words whose frames are as large as a test wants them.
class Stack {
 public:
  [[nodiscard]] Frame at(std::size_t word, std::uintptr_t address) {
    return {address, reinterpret_cast<std::uintptr_t>(&words_[word])};
  }

  /// As `at`, and the word below is the return address.
  [[nodiscard]] Frame called_from(std::size_t word, std::uintptr_t address) {
    words_[word - 1] = address;
    return at(word, address);
  }

 private:
  std::array<std::uintptr_t, 256> words_{};
};

void expect_same(const Frame& one, const Frame& other) {
  EXPECT_EQ(one.address, other.address);
  EXPECT_EQ(one.stack_pointer, other.stack_pointer);
}

TEST(KnownFrames, FindACallerThatWasMetBeforeAlsoElsewhereOnTheStack) {
  KnownFrames known;
  Stack stack;
  known.note(stack.at(1, kPlace), stack.called_from(5, kCaller));
  Frame frame = stack.at(101, kPlace);
  const Frame caller = stack.called_from(105, kCaller);
  ASSERT_EQ(known.go_up(frame), Above::caller);
  expect_same(frame, caller);
}

TEST(KnownFrames, KnowNobodyWhomTheyWereNotTold) {
  const KnownFrames known;
  Stack stack;
  Frame frame = stack.at(1, kPlace);
  EXPECT_EQ(known.go_up(frame), Above::unknown);
  expect_same(frame, stack.at(1, kPlace));
}

TEST(KnownFrames, DoNotBelieveAnotherWordWhereTheReturnAddressWas) {
  KnownFrames known;
  Stack stack;
  known.note(stack.at(1, kPlace), stack.called_from(5, kCaller));
  static_cast<void>(stack.called_from(105, kOtherCaller));
  Frame frame = stack.at(101, kPlace);
  EXPECT_EQ(known.go_up(frame), Above::unknown);
}

TEST(KnownFrames, TellTheCallersOfOnePlaceApart) {
  KnownFrames known;
  Stack stack;
  known.note(stack.at(1, kPlace), stack.called_from(5, kCaller));
  known.note(stack.at(11, kPlace), stack.called_from(15, kOtherCaller));
  Frame one = stack.at(1, kPlace);
  Frame other = stack.at(11, kPlace);
  ASSERT_EQ(known.go_up(one), Above::caller);
  ASSERT_EQ(known.go_up(other), Above::caller);
  EXPECT_EQ(one.address, kCaller);
  EXPECT_EQ(other.address, kOtherCaller);
}

TEST(KnownFrames, EndAtTheOutermost) {
  KnownFrames known;
  Stack stack;
  known.note_outermost(stack.at(5, kCaller));
  Frame frame = stack.at(105, kCaller);
  EXPECT_EQ(known.go_up(frame), Above::nobody);
}

TEST(KnownFrames, AreForgottenWithTheCodeThatTheyWereIn) {
  KnownFrames known;
  Stack stack;
  known.note(stack.at(1, kPlace), stack.called_from(5, kCaller));
  known.note_outermost(stack.at(5, kCaller));
  known.forget();
  Frame inner = stack.at(1, kPlace);
  Frame outer = stack.at(5, kCaller);
  EXPECT_EQ(known.go_up(inner), Above::unknown);
  EXPECT_EQ(known.go_up(outer), Above::unknown);
}

TEST(KnownFrames, NoteNoneThatIsTooLargeOrWhoseReturnAddressIsElsewhere) {
  KnownFrames known;
  Stack stack;
  known.note(stack.at(1, kPlace), stack.called_from(200, kCaller));
  known.note(stack.at(2, kOtherCaller), stack.at(6, kCaller));
  Frame large = stack.at(1, kPlace);
  Frame elsewhere = stack.at(2, kOtherCaller);
  EXPECT_EQ(known.go_up(large), Above::unknown);
  EXPECT_EQ(known.go_up(elsewhere), Above::unknown);
}

TEST(KnownFrames, StayRightWhenThereAreMoreThanTheyHaveRoomFor) {
  KnownFrames known;
  Stack stack;
  const Frame caller = stack.called_from(5, kCaller);
  for (std::uintptr_t place = kPlace; place < kPlace + 5000; ++place) {
    known.note(stack.at(1, place), caller);
  }
  int found = 0;
  for (std::uintptr_t place = kPlace; place < kPlace + 5000; ++place) {
    Frame frame = stack.at(1, place);
    if (known.go_up(frame) != Above::caller) continue;
    expect_same(frame, caller);
    ++found;
  }
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace grader::runtime
