#include "runtime/objects.hpp"

#include "runtime/hash.hpp"
#include "runtime/location.hpp"
#include "runtime/shared_memory.hpp"

namespace grader::runtime {
namespace {

constexpr std::uint32_t kFirstBuckets = 64;

std::uint32_t bucket_of(const World& w, std::uint32_t process, std::uint64_t address) {
  return static_cast<std::uint32_t>(mix(process, address)) & (w.buckets.size() - 1);
}

void make_buckets(World& w, std::uint32_t count) {
  w.buckets.clear();
  for (std::uint32_t i = 0; i < count; ++i) w.buckets.push_back(w.arena, nullptr);
}

void put_into_bucket(World& w, Object& object) {
  Object*& head = w.buckets[bucket_of(w, object.process, object.address)];
  object.next_in_bucket = head;
  head = &object;
}

void grow_table(World& w) {
  Object* all = nullptr;
  for (Object*& head : w.buckets) {
    while (head != nullptr) {
      Object* object = head;
      head = object->next_in_bucket;
      object->next_in_bucket = all;
      all = object;
    }
  }
  make_buckets(w, 2 * w.buckets.size());
  while (all != nullptr) {
    Object* next = all->next_in_bucket;
    put_into_bucket(w, *all);
    all = next;
  }
}

// What an object is to the hash of the happens-before relation: where a static one lies, or who
// used it first and when. The same in every schedule with the same order of synchronisation.
std::uint64_t birth_of(ObjectKind kind, std::uint64_t address, const Thread* user) {
  const std::uint64_t place = address != 0 ? location_of_data(address) : 0;
  if (place != 0) return mix(static_cast<std::uint64_t>(kind), place);
  if (user == nullptr) return mix(static_cast<std::uint64_t>(kind), 0);
  auto* mutable_user = const_cast<Thread*>(user);
  return mix(user->chain, mix(user->id, ++mutable_user->births));
}

}  // namespace

void start_objects() { make_buckets(world(), kFirstBuckets); }

Object* find_object(ObjectKind kind, const volatile void* address) {
  World& w = world();
  const auto [process, key] = place_of(address);
  Object* object = w.buckets[bucket_of(w, process, key)];
  while (object != nullptr &&
         (object->address != key || object->process != process || object->kind != kind)) {
    object = object->next_in_bucket;
  }
  return object;
}

Object* new_object(ObjectKind kind, const Thread* user) {
  World& w = world();
  Object* object = w.arena.make<Object>();
  object->id = ++w.objects;
  object->kind = kind;
  object->birth = birth_of(kind, 0, user);
  return object;
}

Object& object_at(ObjectKind kind, const volatile void* address, const Thread& user) {
  Object* found = find_object(kind, address);
  if (found != nullptr) return *found;
  World& w = world();
  if (w.objects >= w.buckets.size()) grow_table(w);
  Object* object = w.arena.make<Object>();
  object->id = ++w.objects;
  object->kind = kind;
  const Place place = place_of(address);
  object->process = place.process;
  object->address = place.address;
  object->birth = birth_of(kind, place.process != 0 ? place.address : 0, &user);
  put_into_bucket(w, *object);
  return *object;
}

void forget_object(Object& object) {
  World& w = world();
  Object** link = &w.buckets[bucket_of(w, object.process, object.address)];
  while (*link != nullptr && *link != &object) link = &(*link)->next_in_bucket;
  if (*link == &object) *link = object.next_in_bucket;
}

void reset_object(Object& object) {
  object.owner = nullptr;
  object.depth = 0;
  object.readers.clear();
  object.tokens.clear();
  object.notify_thread = 0;
  object.owner_died = false;
  object.arrived = 0;
  object.value = 0;
}

void note_thread_handle(Thread& thread) {
  const auto* key = reinterpret_cast<const void*>(thread.handle);
  Object* old = find_object(ObjectKind::thread, key);
  if (old != nullptr) forget_object(*old);
  thread.object->address = thread.handle;
  thread.object->process = thread.process;
  put_into_bucket(world(), *thread.object);
}

Thread* thread_of_handle(pthread_t handle) {
  Object* object = find_object(ObjectKind::thread, reinterpret_cast<const void*>(handle));
  return object != nullptr ? object->thread : nullptr;
}

}  // namespace grader::runtime
