#include "runtime/finding.hpp"

#include <cstring>

#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

using protocol::FindingKind;
using protocol::FindingRecord;

const char* noun_of(const Object& object) {
  switch (object.kind) {
    case ObjectKind::mutex:
      return "mutex ";
    case ObjectKind::rwlock:
      return "read-write lock ";
    case ObjectKind::spin:
      return "spin lock ";
    case ObjectKind::condition:
      return "condition variable ";
    case ObjectKind::semaphore:
      return "semaphore ";
    case ObjectKind::barrier:
      return "barrier ";
    case ObjectKind::once:
      return "one-time initialisation ";
    case ObjectKind::futex:
      return "atomic variable ";
    case ObjectKind::thread:
      return "the end of ";
    case ObjectKind::file:
      return "file ";
    case ObjectKind::stream:
      return object.value != 0 ? "socket " : "pipe ";
    case ObjectKind::children:
      return "the end of a child of process ";
    case ObjectKind::memory:
      break;
  }
  return "object ";
}

bool is_told(const Sentence& sentence) {
  const protocol::ChannelHeader& h = local.channel.header();
  const std::uint32_t used = h.findings_used.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < used && i < protocol::kFindingsMax; ++i) {
    const FindingRecord& f = h.findings[i];
    if (f.text_size == sentence.size() &&
        std::memcmp(local.channel.text() + f.text_offset, sentence.text(), f.text_size) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

Sentence& Sentence::operator<<(const char* text) {
  while (*text != '\0' && size_ + 1 < sizeof text_) text_[size_++] = *text++;
  return *this;
}

Sentence& Sentence::operator<<(std::uint64_t number) {
  char digits[21];
  char* at = digits + sizeof digits;
  *--at = '\0';
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return *this << at;
}

Sentence& Sentence::operator<<(const Thread& thread) {
  *this << "thread " << std::uint64_t{thread.id};
  if (thread.id == 1) return *this << " (main)";
  if (thread.name[0] != '\0') *this << " (" << thread.name << ")";
  return *this;
}

Sentence& Sentence::operator<<(const Object& object) {
  *this << noun_of(object);
  if (object.thread != nullptr) return *this << *object.thread;
  return *this << std::uint64_t{object.id};
}

void Finding::at(std::uint64_t location) {
  if (location == 0 || location_count == protocol::kFindingLocations) return;
  sentence << " at {" << std::uint64_t{location_count} << "}";
  locations[location_count++] = location;
}

void report(const Finding& finding) {
  if (is_told(finding.sentence)) return;
  protocol::ChannelHeader& h = local.channel.header();
  const std::uint32_t index = h.findings_used.load(std::memory_order_relaxed);
  if (index >= protocol::kFindingsMax) return;
  FindingRecord& record = h.findings[index];
  record.kind = finding.kind;
  record.thread = finding.thread != nullptr ? finding.thread->id : 0;
  record.step = world().step;
  record.object = finding.object != nullptr ? finding.object->id : 0;
  record.text_size = static_cast<std::uint32_t>(finding.sentence.size());
  record.text_offset = local.channel.append_text(finding.sentence.text(), record.text_size);
  record.location_count = finding.location_count;
  std::memcpy(record.locations, finding.locations, sizeof record.locations);
  h.findings_used.store(index + 1, std::memory_order_release);
}

void report_misuse(const Thread& thread, const Object& object, const char* what,
                   std::uint64_t location) {
  Finding finding;
  finding.kind = FindingKind::misuse;
  finding.thread = &thread;
  finding.object = &object;
  finding.sentence << thread << " " << what << " " << object;
  finding.at(location);
  if (object.owner != nullptr && object.owner != &thread) {
    finding.sentence << ", which " << *object.owner << " locked";
    finding.at(object.owner_location);
  }
  report(finding);
}

void report_unsupported(const Thread& thread, const char* function, const char* why,
                        std::uint64_t location) {
  record_text(thread, EventKind::unsupported, 0, why, std::strlen(why), function);
  Finding finding;
  finding.kind = FindingKind::unsupported_call;
  finding.thread = &thread;
  finding.sentence << thread << " called " << function << ": " << why;
  finding.at(location);
  report(finding);
}

}  // namespace grader::runtime
