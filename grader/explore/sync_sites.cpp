#include "explore/sync_sites.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

namespace grader {
namespace {

using protocol::EventKind;
using protocol::SyncCall;

constexpr std::size_t kHexDigits = 16;

struct Frame {
  std::uint64_t location;
  std::uint64_t hash;  ///< of this call and those below it
};

std::optional<std::uint64_t> read_word(std::string_view text, std::size_t at) {
  if (at + kHexDigits > text.size()) return std::nullopt;
  std::uint64_t word = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + kHexDigits, word, 16);
  if (error != std::errc() || end != begin + kHexDigits) return std::nullopt;
  return word;
}

std::vector<Frame> read_frames(std::string_view text) {
  std::vector<Frame> frames;
  for (std::size_t at = 0; at < text.size(); at += 2 * kHexDigits) {
    const auto location = read_word(text, at);
    const auto hash = read_word(text, at + kHexDigits);
    if (!location || !hash) break;
    frames.push_back({*location, *hash});
  }
  return frames;
}

std::optional<SyncCall> read_call(std::string_view name) {
  for (std::size_t i = 0; i < std::size(protocol::kSyncCallNames); ++i) {
    if (protocol::kSyncCallNames[i] == name) return static_cast<SyncCall>(i);
  }
  return std::nullopt;
}

bool is_library_header(const std::string& file) { return file.starts_with("/usr/"); }

// Where the member functions of std::atomic are. What other parts of the library do with atomics
// (owners of a shared_ptr, waiters of a latch) is not the student's doing.
bool is_atomic_header(const std::string& file) {
  return file.ends_with("/atomic") || file.ends_with("/atomic_base.h");
}

// A function is known by its name; its parameters would fill lines.
SourceLocation named_shortly(SourceLocation at) {
  if (at.function.find("operator()") == std::string::npos) {
    at.function.resize(std::min(at.function.size(), at.function.find('(')));
  }
  return at;
}

// What the compiler copied into several callers is as many call sites, at one line.
SourceLocation named_with_caller(const SourceLocation& at, const SourceLocation& outermost) {
  SourceLocation named = named_shortly(at);
  const std::string caller = named_shortly(outermost).function;
  if (caller != named.function && outermost.file == at.file) named.function += " from " + caller;
  return named;
}

class SiteReader {
 public:
  SiteReader(const ChannelView& view, const ReportSources& sources, Symbolizer& symbolizer)
      : view_(view), sources_(sources), symbolizer_(symbolizer) {}

  std::optional<SyncSite> read(const TraceEvent& event) {
    const std::optional<SyncCall> call = read_call(event.name);
    if (!call) return std::nullopt;
    for (const Frame& frame : read_frames(event.text)) {
      const std::string module = read_module(view_, protocol::location_module(frame.location));
      const std::vector<SourceLocation> inlined =
          symbolizer_.frames(module, protocol::location_offset(frame.location));
      for (const SourceLocation& at : inlined) {
        if (is_students(at.file)) {
          return SyncSite{*call, frame.hash, named_with_caller(at, inlined.back()), false};
        }
        if (!is_library_header(at.file)) return std::nullopt;  // a scenario's own, called back
        if (*call == SyncCall::update && !is_atomic_header(at.file)) return std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool is_students(const std::string& file) const {
    return std::find(sources_.student_files.begin(), sources_.student_files.end(), file) !=
           sources_.student_files.end();
  }

  const ChannelView& view_;
  const ReportSources& sources_;
  Symbolizer& symbolizer_;
};

}  // namespace

std::vector<SyncSite> read_sync_sites(const Trace& trace, const ChannelView& view,
                                      const ReportSources& sources, Symbolizer& symbolizer) {
  SiteReader reader(view, sources, symbolizer);
  std::vector<SyncSite> sites;
  std::map<std::uint32_t, std::size_t> last_lock;  // a thread's, while it did nothing else since
  for (const TraceEvent& event : trace) {
    if (event.kind == EventKind::lock || event.kind == EventKind::read_lock) continue;
    if (event.kind != EventKind::call_site) {
      last_lock.erase(event.thread);
      continue;
    }
    const bool is_lock = read_call(event.name) == SyncCall::lock;
    const auto before = last_lock.find(event.thread);
    if (is_lock && before != last_lock.end()) sites[before->second].adjacent = true;
    if (before != last_lock.end()) last_lock.erase(before);
    const std::optional<SyncSite> site = reader.read(event);
    if (!site) continue;
    sites.push_back(*site);
    if (is_lock) last_lock[event.thread] = sites.size() - 1;
  }
  std::sort(sites.begin(), sites.end());
  sites.erase(std::unique(sites.begin(), sites.end()), sites.end());
  return sites;
}

}  // namespace grader
