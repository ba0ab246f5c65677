#include "runtime/thread_sanitizer.hpp"

#include <pthread.h>

#include <cstddef>

#include "runtime/local.hpp"
#include "runtime/next_definition.hpp"

namespace grader::runtime {
namespace {

using Start = void (*)();
using Annotate = void (*)(void*);
Annotate release_function = nullptr;
Annotate acquire_function = nullptr;
protocol::DetectorFunctions functions_of_reports;

template <typename Function>
void find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(find_next_definition(name));
}

}  // namespace

bool start_thread_sanitizer() {
  // The light handlers have no such function.
  if (find_next_definition("__tsan_read8_pc") == nullptr) return false;
  const auto start = reinterpret_cast<Start>(find_next_definition("__tsan_init"));
  if (start != nullptr) start();
  release_function = reinterpret_cast<Annotate>(find_next_definition("__tsan_release"));
  acquire_function = reinterpret_cast<Annotate>(find_next_definition("__tsan_acquire"));
  find(functions_of_reports.data, "__tsan_get_report_data");
  find(functions_of_reports.stack, "__tsan_get_report_stack");
  find(functions_of_reports.access, "__tsan_get_report_mop");
  return true;
}

const protocol::DetectorFunctions& detector_functions() { return functions_of_reports; }

// Its own thread starts with the first thread that anybody asks for, got or not, and ends when a
// sandbox is announced (__sanitizer_sandbox_on_notify of the sanitizers' public interface).
void settle_thread_sanitizer() {
  const auto announce =
      reinterpret_cast<Annotate>(find_next_definition("__sanitizer_sandbox_on_notify"));
  if (!local.thread_sanitizer || announce == nullptr) return;
  constexpr std::size_t kMoreThanThereIs = std::size_t{1} << 46U;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kMoreThanThereIs);
  pthread_t none = 0;
  if (NEXT(pthread_create)(
          &none, &attributes, [](void*) -> void* { return nullptr; }, nullptr) == 0) {
    NEXT(pthread_join)(none, nullptr);
  }
  pthread_attr_destroy(&attributes);
  announce(nullptr);
}

void sanitizer_release(const volatile void* address) {
  if (release_function != nullptr) release_function(const_cast<void*>(address));
}

void sanitizer_acquire(const volatile void* address) {
  if (acquire_function != nullptr) acquire_function(const_cast<void*>(address));
}

void publish_flag(char* flag) {
  using Store = void (*)(volatile void*, char, int);
  static NextSlot store = {"__tsan_atomic8_store", nullptr};
  next_definition<Store>(store)(flag, 1, __ATOMIC_RELEASE);
}

}  // namespace grader::runtime
