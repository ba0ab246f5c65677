#include "explore/trace_reader.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace grader {
namespace {

using protocol::ChannelHeader;
using protocol::Event;
using protocol::EventKind;

constexpr EventKind kLastKind = EventKind::call_site;
constexpr std::uint64_t kTextMax = 1U << 16U;  ///< of one event

const ChannelHeader& header(const ChannelView& view) {
  return *reinterpret_cast<const ChannelHeader*>(view.base);
}

std::string text_at(const ChannelView& view, std::uint64_t offset, std::uint64_t size) {
  const std::uint64_t capacity = view.sizes.text_bytes;
  if (offset >= capacity || size > capacity - offset) return {};
  // Worked out anew: the channel's own header may have been written over.
  const auto* start =
      reinterpret_cast<const char*>(view.base + protocol::channel_text_offset(view.sizes) + offset);
  return {start, std::min(size, kTextMax)};
}

/// "key=value;key=value".
std::vector<std::pair<std::string, std::string>> parse_attributes(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> attributes;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view item = text.substr(0, end);
    const std::size_t equals = item.find('=');
    if (equals != std::string_view::npos) {
      attributes.emplace_back(item.substr(0, equals), item.substr(equals + 1));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return attributes;
}

TraceEvent decode(const ChannelView& view, const Event& event, std::uint64_t sequence) {
  TraceEvent decoded;
  decoded.kind = event.kind;
  decoded.sequence = sequence;
  decoded.step = event.step;
  decoded.time_ns = event.time_ns;
  decoded.flags = event.flags;
  decoded.process = event.process;
  decoded.thread = event.thread;
  decoded.object = event.object;
  decoded.value = event.value;
  decoded.location = event.location;
  decoded.name.assign(event.name, strnlen(event.name, sizeof event.name));
  std::string text = text_at(view, event.text_offset, event.text_size);
  if (event.kind == EventKind::mark && decoded.name != "process.name" &&
      decoded.name != "thread.name") {
    decoded.attributes = parse_attributes(text);
  } else {
    decoded.text = std::move(text);
  }
  return decoded;
}

/// Gives kernel ids numbers in order of appearance.
class Renumbering {
 public:
  explicit Renumbering(std::uint32_t program) {
    if (program == 0) return;
    process(program);
    thread(program);
  }

  void apply(TraceEvent& event) {
    // A pid that starts again is another process.
    if (event.kind == EventKind::process_start && ended_.erase(event.process) > 0) {
      processes_.erase(event.process);
      threads_.erase(event.process);
    }
    const std::uint32_t kernel_process = event.process;
    event.process = process(kernel_process);
    event.thread = thread(event.thread);
    switch (event.kind) {
      case EventKind::process_start:
        event.value = known(event.value);
        break;
      case EventKind::process_reaped:
      case EventKind::process_exit:
      case EventKind::process_signalled:
        if (event.object != 0) {
          const auto kernel = static_cast<std::uint32_t>(event.object);
          event.object = process(kernel);
          ended_[kernel] = true;
        }
        break;
      case EventKind::signal_sent:
        event.object = static_cast<std::uint64_t>(known(static_cast<std::int64_t>(event.object)));
        break;
      case EventKind::mark:
        if (event.name == "process.name") {
          event.value = process(static_cast<std::uint32_t>(event.value));
        }
        break;
      default:
        break;
    }
  }

 private:
  std::uint32_t process(std::uint32_t kernel) { return number(processes_, next_process_, kernel); }
  std::uint32_t thread(std::uint32_t kernel) { return number(threads_, next_thread_, kernel); }

  static std::uint32_t number(std::map<std::uint32_t, std::uint32_t>& numbers, std::uint32_t& next,
                              std::uint32_t kernel) {
    const auto [place, fresh] = numbers.try_emplace(kernel, next);
    if (fresh) ++next;
    return place->second;
  }
  /// The number of a process that was seen; kill's group targets (negative) keep their sign.
  [[nodiscard]] std::int64_t known(std::int64_t kernel) const {
    const auto bits = static_cast<std::uint32_t>(kernel);  // any number may stand there
    const auto found = processes_.find(kernel < 0 ? 0U - bits : bits);
    if (found == processes_.end()) return 0;
    return kernel < 0 ? -std::int64_t{found->second} : std::int64_t{found->second};
  }

  std::map<std::uint32_t, std::uint32_t> processes_;
  std::map<std::uint32_t, std::uint32_t> threads_;
  std::map<std::uint32_t, bool> ended_;
  std::uint32_t next_process_ = 1;
  std::uint32_t next_thread_ = 1;
};

}  // namespace

Trace read_trace(const ChannelView& view, TraceIds ids, std::uint32_t program) {
  Trace trace;
  const std::uint64_t used = header(view).events_used.load(std::memory_order_acquire);
  const std::uint64_t count = std::min(used, view.sizes.events);
  Renumbering renumbering(program);
  const std::byte* const events = view.base + protocol::channel_events_offset();
  for (std::uint64_t i = 0; i < count; ++i) {
    Event event;
    std::memcpy(&event, events + i * sizeof(Event), sizeof event);
    // A writer that was killed leaves a hole.
    if (event.kind == EventKind::none || event.kind > kLastKind) continue;
    trace.push_back(decode(view, event, i));
    if (ids == TraceIds::kernel) renumbering.apply(trace.back());
  }
  return trace;
}

std::uint64_t lost_events(const ChannelView& view) {
  const std::uint64_t used = header(view).events_used.load(std::memory_order_acquire);
  return used > view.sizes.events ? used - view.sizes.events : 0;
}

Reports read_reports(const ChannelView& view) {
  const std::uint32_t used = header(view).reports_used.load(std::memory_order_acquire);
  const std::uint32_t count = std::min(used, protocol::kReportsMax);
  Reports reports;
  reports.lost = used - count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const protocol::ReportRecord record = header(view).reports[i];
    const std::string text = text_at(view, record.text_offset, record.text_size);
    // That there was one counts, even if there was no room for its text.
    reports.text += text.empty() ? "WARNING: ThreadSanitizer: data race\n" : text;
  }
  return reports;
}

HarnessRecord read_harness_record(const Trace& trace, std::uint64_t key) {
  HarnessRecord record;
  bool failed = false;
  bool ended_well = false;
  for (const TraceEvent& event : trace) {
    if (event.kind == EventKind::test_assertion) failed = true;
    if (event.kind == EventKind::test_end) ended_well = event.value == 0;
    if (event.kind == EventKind::closing && static_cast<std::uint64_t>(event.value) == key) {
      record.closed = true;
    }
  }
  record.passed = record.closed && ended_well && !failed;
  return record;
}

std::vector<RuntimeFinding> read_findings(const ChannelView& view) {
  std::vector<RuntimeFinding> found;
  const std::uint32_t used = header(view).findings_used.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < std::min(used, protocol::kFindingsMax); ++i) {
    protocol::FindingRecord record;
    std::memcpy(&record, &header(view).findings[i], sizeof record);
    if (record.kind == FindingKind::none || record.kind > FindingKind::tampering) continue;
    RuntimeFinding finding;
    finding.finding.kind = record.kind;
    finding.finding.message = text_at(view, record.text_offset, record.text_size);
    finding.step = record.step;
    const std::uint32_t locations = std::min(record.location_count, protocol::kFindingLocations);
    finding.location_codes.assign(record.locations, record.locations + locations);
    found.push_back(std::move(finding));
  }
  return found;
}

std::string read_module(const ChannelView& view, std::uint32_t index) {
  const std::uint32_t used = header(view).modules_used.load(std::memory_order_acquire);
  if (index == 0 || index > std::min(used, protocol::kModulesMax)) return {};
  protocol::Module module;
  std::memcpy(&module, &header(view).modules[index - 1], sizeof module);
  return text_at(view, module.path_offset, module.path_size);
}

}  // namespace grader
