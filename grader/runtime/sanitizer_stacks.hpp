#pragma once

#include <pthread.h>

namespace grader::runtime {

/// A stack for a thread that ThreadSanitizer watches. Its state of a thread lies in the thread's
/// static storage, at the top of the stack: three quarters of a megabyte that the C library clears
/// at every start, page by page. This memory takes it in one huge page where the system has some.
class SanitizerStack {
 public:
  /// Has none unless the thread asks for nothing special (`attributes` is null) and the run had
  /// few such threads so far: the memory is not given back before the process ends.
  explicit SanitizerStack(const pthread_attr_t* attributes);
  SanitizerStack(const SanitizerStack&) = delete;
  SanitizerStack& operator=(const SanitizerStack&) = delete;
  ~SanitizerStack();

  /// What the thread is to be created with.
  [[nodiscard]] const pthread_attr_t* attributes() const { return chosen_; }

 private:
  pthread_attr_t own_;
  const pthread_attr_t* chosen_;
};

}  // namespace grader::runtime
