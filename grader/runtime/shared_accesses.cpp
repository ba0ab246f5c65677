#include "runtime/shared_accesses.hpp"

#include <algorithm>

#include "runtime/finding.hpp"
#include "runtime/shared_memory.hpp"

namespace grader::runtime {

SharedSpan shared_span;

namespace {

constexpr std::size_t kGranule = 8;
constexpr std::size_t kGranulesOfBlock = 64;
constexpr std::size_t kBlockBytes = kGranule * kGranulesOfBlock;

/// The last access of a thread to a granule; thread 0: there was none.
struct Access {
  std::uint32_t thread = 0;
  std::uint32_t bytes = 0;  ///< bit n: byte n of the granule
  std::uint64_t segment = 0;
  std::uint64_t location = 0;
};

struct Granule {
  Access write;
  Access reads[2];  ///< of two threads: one of them is not who writes next
};

}  // namespace

struct SharedBlock {
  std::uint64_t key = 0;  ///< of its first byte, in blocks
  SharedBlock* next = nullptr;
  Granule granules[kGranulesOfBlock];
};

namespace {

// Nobody can have been ordered after it, because its thread has not even reached its next step.
bool is_unordered(const Access& before, const Thread& self, std::uint32_t bytes) {
  if (before.thread == 0 || (before.bytes & bytes) == 0) return false;
  const Thread& other = *world().threads[before.thread - 1];
  if (other.process == self.process || other.segment != before.segment) return false;
  const Process& process = *world().processes[other.process - 1];
  return other.life == Life::running && !process.ended && !process.dead.load();
}

void report_race(const Thread& self, const Access& before, bool wrote, bool writes,
                 std::uint64_t location) {
  const Thread& other = *world().threads[before.thread - 1];
  Finding finding;
  finding.kind = protocol::FindingKind::data_race;
  finding.thread = &self;
  finding.sentence << "process " << std::uint64_t{self.process} << (writes ? " writes" : " reads");
  finding.at(location);
  finding.sentence << " the shared memory that process " << std::uint64_t{other.process}
                   << (wrote ? " has just written" : " has just read");
  finding.at(before.location);
  finding.sentence << ", and nothing orders the two";
  report(finding);
}

SharedBlock* block_of(std::uint64_t key) {
  World& w = world();
  SharedBlock** bucket = &w.shared_blocks[key % kSharedBuckets];
  for (SharedBlock* block = *bucket; block != nullptr; block = block->next) {
    if (block->key == key) return block;
  }
  if (w.shared_block_count >= kSharedBytesWatched / kBlockBytes) return nullptr;
  ++w.shared_block_count;
  auto* block = w.arena.make<SharedBlock>();
  block->key = key;
  block->next = *bucket;
  *bucket = block;
  return block;
}

void remember(Access& slot, const Thread& self, std::uint32_t bytes, std::uint64_t location) {
  const bool same = slot.thread == self.id && slot.segment == self.segment;
  slot = {self.id, same ? slot.bytes | bytes : bytes, self.segment, location};
}

Access& slot_for_read(Granule& granule, const Thread& self) {
  for (Access& read : granule.reads) {
    if (read.thread == self.id || read.thread == 0) return read;
  }
  const Thread& first = *world().threads[granule.reads[0].thread - 1];
  return granule.reads[first.segment == granule.reads[0].segment ? 1 : 0];
}

void note_granule(Thread& self, Granule& granule, std::uint32_t bytes, bool is_write,
                  std::uint64_t location) {
  if (is_unordered(granule.write, self, bytes)) {
    report_race(self, granule.write, true, is_write, location);
  }
  if (!is_write) return remember(slot_for_read(granule, self), self, bytes, location);
  for (const Access& read : granule.reads) {
    if (is_unordered(read, self, bytes)) report_race(self, read, false, true, location);
  }
  remember(granule.write, self, bytes, location);
}

}  // namespace

void note_shared_access(Thread& self, const volatile void* address, std::size_t size, bool is_write,
                        std::uint64_t location) {
  const Place place = place_of(address);
  if (place.process != 0) return;
  const std::uint64_t end = place.address + size;
  for (std::uint64_t at = place.address; at < end;) {
    SharedBlock* block = block_of(at / kBlockBytes);
    if (block == nullptr) return;
    const std::uint64_t next = std::min(end, (at / kGranule + 1) * kGranule);
    const std::uint32_t first = static_cast<std::uint32_t>(at % kGranule);
    const std::uint32_t bytes = ((1U << (next - at)) - 1) << first;
    note_granule(self, block->granules[at % kBlockBytes / kGranule], bytes, is_write, location);
    at = next;
  }
}

}  // namespace grader::runtime
