#pragma once

#include <cstddef>
#include <cstdint>

namespace grader::runtime {

/// A call that has not returned yet: the address in the caller at which it will go on, and the
/// caller's stack pointer there. The word below that is the return address itself.
struct Frame {
  std::uintptr_t address = 0;
  std::uintptr_t stack_pointer = 0;
};

/// What unwinding has found so far in this process: how far above a frame its caller's is, and what
/// the caller was. To read the tables of the unwinder costs some microseconds a frame, and a
/// program makes its calls from few places.
///
/// A frame whose size varies (alloca) is told by the word where the return address should be: only
/// a caller that was met there before is believed.
class KnownFrames {
 public:
  /// Notes that `caller` was the frame above `frame`.
  void note(const Frame& frame, const Frame& caller);

  /// Notes that unwinding ends with `frame`, as it does with a thread's first function.
  void note_outermost(const Frame& frame);

  /// Forgets all: other code may be loaded where a frame's was.
  void forget();

  enum class Above { unknown, caller, nobody };
  /// Makes `frame` its caller's where that is known.
  [[nodiscard]] Above go_up(Frame& frame) const;

 private:
  static constexpr std::size_t kSlots = 512;  ///< a power of two; what finds no room is not noted
  static constexpr std::size_t kProbes = 8;
  /// No larger frame is noted, so that what is read lies within the stack, or little above its end
  /// where the thread's own block or the environment is.
  static constexpr std::uintptr_t kSizeMax = 1024;

  struct Slot {
    std::uintptr_t address = 0;  ///< 0: free
    std::uintptr_t caller = 0;   ///< 0: this frame is the outermost
    std::uintptr_t size = 0;
  };

  static std::size_t first_slot(std::uintptr_t address);
  void keep(const Slot& known);

  Slot slots_[kSlots];
};

}  // namespace grader::runtime
