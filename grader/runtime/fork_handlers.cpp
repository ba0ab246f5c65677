#include "runtime/fork_handlers.hpp"

#include <pthread.h>

#include <cerrno>
#include <cstddef>

#include "runtime/local.hpp"
#include "runtime/next_definition.hpp"

namespace grader::runtime {
namespace {

using Handler = void (*)();

struct Handlers {
  Handler prepare;
  Handler parent;
  Handler child;
};

constexpr std::size_t kHandlersMax = 256;
Handlers handlers[kHandlersMax];
std::size_t handler_count = 0;

void call(Handler handler) {
  if (handler != nullptr) handler();
}

}  // namespace

void run_handlers_before_fork() {
  for (std::size_t i = handler_count; i > 0; --i) call(handlers[i - 1].prepare);
}

void run_handlers_in_parent() {
  for (std::size_t i = 0; i < handler_count; ++i) call(handlers[i].parent);
}

void run_handlers_in_child() {
  for (std::size_t i = 0; i < handler_count; ++i) call(handlers[i].child);
}

}  // namespace grader::runtime

using namespace grader::runtime;

extern "C" int __register_atfork(Handler prepare, Handler parent, Handler child, void* library);

// What pthread_atfork comes to. Handlers of libraries that set themselves up before the run, and of
// a library that is unloaded, stay the C library's.
GRADER_INTERPOSED int __register_atfork(Handler prepare, Handler parent, Handler child,
                                        void* library) {
  if (controlled() == nullptr) return NEXT(__register_atfork)(prepare, parent, child, library);
  if (handler_count == kHandlersMax) return ENOMEM;
  handlers[handler_count++] = {prepare, parent, child};
  return 0;
}
