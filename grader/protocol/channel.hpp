#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "protocol/decision.hpp"
#include "protocol/event.hpp"
#include "protocol/finding.hpp"
#include "protocol/run_options.hpp"

namespace grader::protocol {

// The channel is one sparse memory file that the grader, the harness and the runtime map. The
// grader writes the options, the program under test's processes append events, text and findings.
// Everything here is inline, allocates nothing and calls nothing but memcpy, so that the runtime
// may use it at any point of a program's life, and what was written survives the writer's death.

constexpr std::uint64_t kChannelMagic = 0x6772'6164'6572'0001ULL;
constexpr std::uint32_t kChannelVersion = 2;
constexpr const char* kChannelVariable = "GRADER_CHANNEL";  ///< environment: path of the file
constexpr std::uint32_t kModulesMax = 256;
constexpr std::uint32_t kFindingsMax = 128;
constexpr std::uint32_t kReportsMax = 200;

/// One entry of a recorded schedule: which of the candidates at a choice point was taken.
struct Choice {
  std::uint32_t candidate;   ///< index taken
  std::uint32_t candidates;  ///< how many there were; replay checks that it still agrees, 0: any
};

/// An object file that code locations refer to.
struct Module {
  std::uint64_t path_offset;  ///< in the text region
  std::uint32_t path_size;
  std::uint32_t reserved;
};

/// A report of ThreadSanitizer's, in the words of its log (detector_report.hpp): the log itself is
/// the program's to change, and what was said here cannot be taken back by removing a file.
struct ReportRecord {
  std::uint64_t text_offset;  ///< in the text region
  std::uint32_t text_size;    ///< 0: the region was full, or the writer died
  std::uint32_t reserved;
};

/// How the runtime saw the run end. The wait status alone cannot tell a deadlock from a kill.
enum class RunEnd : std::uint32_t {
  unknown = 0,  ///< nobody wrote it: the run died, or was killed from outside
  exited,
  deadlocked,
  livelocked,
  limit_exceeded,  ///< more threads and processes alive than may be
  replay_diverged,
  abandoned,  ///< the search knew what follows, and cut the run short
};

struct RunSummary {
  std::atomic<RunEnd> end;
  std::atomic<std::uint32_t> threads_max;          ///< threads alive at once
  std::atomic<std::uint64_t> steps;                ///< scheduling points passed
  std::atomic<std::uint64_t> choices;              ///< entries written to the choices region
  std::atomic<std::uint64_t> happens_before_hash;  ///< equal: same order of synchronisation
  std::atomic<std::uint64_t> trace_hash;           ///< equal: same schedule, step by step
  std::atomic<std::int64_t> virtual_time_ns;       ///< at the end of the run
  std::atomic<std::uint64_t> arena_used;
};

struct ChannelHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_size;
  std::uint64_t total_size;
  std::uint64_t events_offset, events_capacity;        ///< in Events
  std::uint64_t text_offset, text_capacity;            ///< in bytes
  std::uint64_t choices_offset, choices_capacity;      ///< in Choices
  std::uint64_t decisions_offset, decisions_capacity;  ///< in bytes; see DecisionHead
  std::uint64_t hints_offset, hints_capacity;          ///< in bytes; see Channel::profile()
  std::uint64_t arena_offset, arena_capacity;          ///< in bytes; the runtime's own memory
  RunOptions options;
  RunSummary summary;
  std::atomic<std::int64_t>
      start_time_ns;  ///< native runs: CLOCK_MONOTONIC when the run began; 0 unset
  std::atomic<std::uint64_t> events_used;  ///< may pass the capacity: then events were lost
  std::atomic<std::uint64_t> text_used;
  std::atomic<std::uint64_t> decisions_used;  ///< may pass the capacity: then the last were lost
  std::atomic<std::uint32_t> modules_used;
  std::atomic<std::uint32_t> findings_used;
  std::atomic<std::uint32_t> reports_used;  ///< may pass kReportsMax: then the last were lost
  Module modules[kModulesMax];
  FindingRecord findings[kFindingsMax];
  ReportRecord reports[kReportsMax];
};

/// Sizes of a channel's regions. Untouched pages cost nothing, so the defaults are generous.
struct ChannelSizes {
  std::uint64_t events = 1U << 20U;
  std::uint64_t text_bytes = 64U << 20U;
  std::uint64_t choices = 4U << 20U;
  std::uint64_t decision_bytes = 256U << 20U;
  std::uint64_t hint_bytes = 16U << 20U;
  std::uint64_t arena_bytes = 1ULL << 30U;
};

constexpr std::uint64_t round_up_to_page(std::uint64_t bytes) { return (bytes + 4095U) & ~4095ULL; }

constexpr std::uint64_t channel_events_offset() { return round_up_to_page(sizeof(ChannelHeader)); }

constexpr std::uint64_t channel_text_offset(const ChannelSizes& sizes) {
  return channel_events_offset() + round_up_to_page(sizes.events * sizeof(Event));
}

constexpr std::uint64_t channel_total_size(const ChannelSizes& sizes) {
  return channel_text_offset(sizes) + round_up_to_page(sizes.text_bytes) +
         round_up_to_page(sizes.choices * sizeof(Choice)) + round_up_to_page(sizes.decision_bytes) +
         round_up_to_page(sizes.hint_bytes) + round_up_to_page(sizes.arena_bytes);
}

/// A mapped channel. Does not own the mapping.
class Channel {
 public:
  Channel() = default;
  explicit Channel(void* base) : base_(static_cast<std::byte*>(base)) {}

  /// Writes a fresh header over `base`, which must be `channel_total_size(sizes)` zero bytes.
  static Channel format(void* base, const ChannelSizes& sizes) {
    auto* h = static_cast<ChannelHeader*>(base);
    h->magic = kChannelMagic;
    h->version = kChannelVersion;
    h->header_size = sizeof(ChannelHeader);
    h->total_size = channel_total_size(sizes);
    h->events_offset = channel_events_offset();
    h->events_capacity = sizes.events;
    h->text_offset = channel_text_offset(sizes);
    h->text_capacity = sizes.text_bytes;
    h->choices_offset = h->text_offset + round_up_to_page(sizes.text_bytes);
    h->choices_capacity = sizes.choices;
    h->decisions_offset = h->choices_offset + round_up_to_page(sizes.choices * sizeof(Choice));
    h->decisions_capacity = sizes.decision_bytes;
    h->hints_offset = h->decisions_offset + round_up_to_page(sizes.decision_bytes);
    h->hints_capacity = sizes.hint_bytes;
    h->arena_offset = h->hints_offset + round_up_to_page(sizes.hint_bytes);
    h->arena_capacity = sizes.arena_bytes;
    h->options = RunOptions{};
    return Channel(base);
  }

  [[nodiscard]] bool valid() const {
    return base_ != nullptr && header().magic == kChannelMagic &&
           header().version == kChannelVersion && header().header_size == sizeof(ChannelHeader);
  }
  [[nodiscard]] ChannelHeader& header() const { return *reinterpret_cast<ChannelHeader*>(base_); }
  [[nodiscard]] Event* events() const { return at<Event>(header().events_offset); }
  [[nodiscard]] char* text() const { return at<char>(header().text_offset); }
  [[nodiscard]] Choice* choices() const { return at<Choice>(header().choices_offset); }
  [[nodiscard]] std::byte* decisions() const { return at<std::byte>(header().decisions_offset); }
  /// What the grader tells a strategy, one array behind the other: RunOptions::profile_size
  /// ProfileEntries, sleeping_size Candidates, blocks_size ScheduleBlocks.
  [[nodiscard]] ProfileEntry* profile() const { return at<ProfileEntry>(header().hints_offset); }
  [[nodiscard]] Candidate* sleeping() const {
    return reinterpret_cast<Candidate*>(profile() + header().options.profile_size);
  }
  [[nodiscard]] ScheduleBlock* blocks() const {
    return reinterpret_cast<ScheduleBlock*>(sleeping() + header().options.sleeping_size);
  }
  [[nodiscard]] std::byte* arena() const { return at<std::byte>(header().arena_offset); }

  /// Copies `size` bytes into the text region and returns their offset; when the region is full the
  /// text is dropped and `size` becomes 0.
  std::uint64_t append_text(const char* bytes, std::uint32_t& size) const {
    ChannelHeader& h = header();
    const std::uint64_t offset = h.text_used.fetch_add(size, std::memory_order_relaxed);
    if (offset + size > h.text_capacity) {
      size = 0;
      return 0;
    }
    std::memcpy(text() + offset, bytes, size);
    return offset;
  }

  /// Appends `event`, giving it its sequence number. Events past the capacity are counted, not
  /// kept.
  void append(Event event) const {
    ChannelHeader& h = header();
    event.sequence = h.events_used.fetch_add(1, std::memory_order_acq_rel);
    if (event.sequence >= h.events_capacity) return;
    std::memcpy(events() + event.sequence, &event, sizeof event);
  }

  /// Appends a report. Those past kReportsMax are counted, not kept.
  void append_report(const char* bytes, std::uint32_t size) const {
    ChannelHeader& h = header();
    const std::uint32_t index = h.reports_used.fetch_add(1, std::memory_order_acq_rel);
    if (index >= kReportsMax) return;
    h.reports[index] = {};
    h.reports[index].text_offset = append_text(bytes, size);
    h.reports[index].text_size = size;
  }

  /// Appends what was decided at one step; see DecisionHead. Records past the capacity are counted,
  /// not kept.
  void append_decision(DecisionHead head, const Candidate* candidates) const {
    ChannelHeader& h = header();
    const std::uint64_t size = sizeof head + head.candidates * sizeof(Candidate);
    const std::uint64_t offset = h.decisions_used.fetch_add(size, std::memory_order_acq_rel);
    if (offset + size > h.decisions_capacity) return;
    std::memcpy(decisions() + offset, &head, sizeof head);
    if (head.candidates == 0) return;
    std::memcpy(decisions() + offset + sizeof head, candidates,
                head.candidates * sizeof(Candidate));
  }

 private:
  template <typename T>
  [[nodiscard]] T* at(std::uint64_t offset) const {
    return reinterpret_cast<T*>(base_ + offset);
  }
  std::byte* base_ = nullptr;
};

/// Makes a formatted channel ready for the next run: whatever the last one wrote is forgotten, the
/// sizes and the options stay. Costs nothing to speak of: regions are not cleared.
inline void reset_channel(const Channel& channel) {
  ChannelHeader& h = channel.header();
  h.summary.end = RunEnd::unknown;
  h.summary.threads_max = 0;
  h.summary.steps = 0;
  h.summary.choices = 0;
  h.summary.happens_before_hash = 0;
  h.summary.trace_hash = 0;
  h.summary.virtual_time_ns = 0;
  h.summary.arena_used = 0;
  h.start_time_ns = 0;
  h.events_used = 0;
  h.text_used = 0;
  h.decisions_used = 0;
  h.modules_used = 0;
  h.findings_used = 0;
  h.reports_used = 0;
}

}  // namespace grader::protocol
