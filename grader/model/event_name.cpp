#include "model/event_name.hpp"

#include <algorithm>

namespace grader {
namespace {

using protocol::EventKind;

struct NamedKind {
  EventKind kind;
  const char* name;
};

constexpr NamedKind kNamedKinds[] = {
    {EventKind::process_start, "process.start"},
    {EventKind::process_exec, "process.exec"},
    {EventKind::process_exit, "process.exit"},
    {EventKind::process_signalled, "process.signalled"},
    {EventKind::process_reaped, "process.reaped"},
    {EventKind::thread_create, "thread.create"},
    {EventKind::thread_start, "thread.start"},
    {EventKind::thread_exit, "thread.exit"},
    {EventKind::thread_join, "thread.join"},
    {EventKind::thread_detach, "thread.detach"},
    {EventKind::lock, "lock"},
    {EventKind::lock_failed, "lock.failed"},
    {EventKind::unlock, "unlock"},
    {EventKind::read_lock, "lock.read"},
    {EventKind::wait_begin, "wait.begin"},
    {EventKind::wait_end, "wait.end"},
    {EventKind::notify_one, "notify.one"},
    {EventKind::notify_all, "notify.all"},
    {EventKind::semaphore_wait, "semaphore.wait"},
    {EventKind::semaphore_post, "semaphore.post"},
    {EventKind::barrier_wait, "barrier.wait"},
    {EventKind::once, "once"},
    {EventKind::sleep, "sleep"},
    {EventKind::wake, "wake"},
    {EventKind::yield, "yield"},
    {EventKind::signal_sent, "signal.sent"},
    {EventKind::signal_delivered, "signal.delivered"},
    {EventKind::pipe_create, "pipe.create"},
    {EventKind::pipe_read, "pipe.read"},
    {EventKind::pipe_write, "pipe.write"},
    {EventKind::output, "output"},
    {EventKind::test_assertion, "test.assertion"},
    {EventKind::test_end, "test.end"},
};

}  // namespace

const char* event_name(EventKind kind) {
  const auto* found = std::find_if(std::begin(kNamedKinds), std::end(kNamedKinds),
                                   [&](const NamedKind& named) { return named.kind == kind; });
  return found != std::end(kNamedKinds) ? found->name : nullptr;
}

std::optional<EventKind> event_kind(std::string_view name) {
  const auto* found = std::find_if(std::begin(kNamedKinds), std::end(kNamedKinds),
                                   [&](const NamedKind& named) { return named.name == name; });
  if (found == std::end(kNamedKinds)) return std::nullopt;
  return found->kind;
}

const std::vector<std::string>& event_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const NamedKind& named : kNamedKinds) all.emplace_back(named.name);
    return all;
  }();
  return names;
}

}  // namespace grader
