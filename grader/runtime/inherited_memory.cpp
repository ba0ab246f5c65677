#include "runtime/inherited_memory.hpp"

#include "runtime/objects.hpp"

namespace grader::runtime {
namespace {

bool is_held(const Object& object) {
  switch (object.kind) {
    case ObjectKind::mutex:
    case ObjectKind::rwlock:
    case ObjectKind::spin:
    case ObjectKind::file:
    case ObjectKind::once:
      return object.owner != nullptr || !object.readers.empty();
    default:
      return false;
  }
}

// By id, so that the copies are numbered alike in every run.
void collect_held(World& w, std::uint32_t process, ArenaVector<Object*>& held) {
  for (Object* head : w.buckets) {
    for (Object* object = head; object != nullptr; object = object->next_in_bucket) {
      if (object->process != process || !is_held(*object)) continue;
      std::uint32_t at = held.size();
      while (at > 0 && held[at - 1]->id > object->id) --at;
      held.insert(w.arena, at, object);
    }
  }
}

void copy_lock(World& w, const Object& lock, Thread& parent, Thread& child) {
  Object& copy = object_at(lock.kind, reinterpret_cast<const void*>(lock.address), child);
  copy.recursive = lock.recursive;
  copy.error_checking = lock.error_checking;
  copy.robust = lock.robust;
  copy.depth = lock.depth;
  copy.owner_location = lock.owner_location;
  copy.owner = lock.owner == &parent ? &child : lock.owner;
  if (copy.owner == &child) child.held.push_back(w.arena, &copy);
  for (const Hold& hold : lock.readers) {
    const bool is_own = hold.thread == &parent;
    copy.readers.push_back(w.arena, {is_own ? &child : hold.thread, hold.location});
    if (is_own) child.held.push_back(w.arena, &copy);
  }
}

}  // namespace

void inherit_locks(Thread& parent, Thread& child) {
  World& w = world();
  ArenaVector<Object*> held;
  collect_held(w, parent.process, held);
  Process* const own = local.process;
  local.process = w.processes[child.process - 1];
  for (const Object* lock : held) copy_lock(w, *lock, parent, child);
  local.process = own;
}

void forget_memory(const Process& process) {
  for (Object*& head : world().buckets) {
    Object** link = &head;
    while (*link != nullptr) {
      if ((*link)->process == process.id) {
        *link = (*link)->next_in_bucket;
      } else {
        link = &(*link)->next_in_bucket;
      }
    }
  }
}

}  // namespace grader::runtime
