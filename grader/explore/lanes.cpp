#include "explore/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "explore/minimise.hpp"

namespace grader {
namespace {

using protocol::CandidateKind;
using protocol::EventKind;

constexpr std::size_t kColumnMin = 22;
constexpr std::size_t kStepWidth = 6;
constexpr std::size_t kRunShown = 6;  ///< of steps in a row of one thread: so many at either end

struct Row {
  std::uint64_t step = 0;
  std::uint32_t thread = 0;
  std::string text;
  bool is_note = false;  ///< a preemption or the like, not a step
};

std::string verb_of(EventKind kind) {
  static const std::map<EventKind, std::string> kVerbs = {
      {EventKind::process_start, "starts"},
      {EventKind::process_exec, "exec"},
      {EventKind::process_exit, "process exits"},
      {EventKind::process_signalled, "killed by a signal"},
      {EventKind::process_reaped, "reap process"},
      {EventKind::thread_create, "create thread"},
      {EventKind::thread_start, "starts"},
      {EventKind::thread_exit, "ends"},
      {EventKind::thread_join, "join thread"},
      {EventKind::thread_detach, "detach thread"},
      {EventKind::lock, "lock"},
      {EventKind::lock_failed, "lock fails"},
      {EventKind::unlock, "unlock"},
      {EventKind::read_lock, "read-lock"},
      {EventKind::wait_begin, "wait"},
      {EventKind::wait_end, "wakes"},
      {EventKind::notify_one, "notify one"},
      {EventKind::notify_all, "notify all"},
      {EventKind::semaphore_wait, "semaphore wait"},
      {EventKind::semaphore_post, "semaphore post"},
      {EventKind::barrier_wait, "barrier"},
      {EventKind::once, "once"},
      {EventKind::futex_wait, "atomic wait"},
      {EventKind::futex_wake, "atomic notify"},
      {EventKind::sleep, "sleep"},
      {EventKind::wake, "sleep is over"},
      {EventKind::yield, "yield"},
      {EventKind::timer, "timer"},
      {EventKind::atomic_load, "atomic load"},
      {EventKind::atomic_store, "atomic store"},
      {EventKind::atomic_update, "atomic update"},
      {EventKind::fence, "fence"},
      {EventKind::memory_read, "read"},
      {EventKind::memory_write, "write"},
      {EventKind::signal_sent, "send signal"},
      {EventKind::signal_delivered, "signal"},
      {EventKind::pipe_create, "pipe"},
      {EventKind::pipe_read, "read pipe"},
      {EventKind::pipe_write, "write pipe"},
      {EventKind::descriptor_close, "close"},
      {EventKind::descriptor_wait, "wait for descriptor"},
      {EventKind::output, "print"},
      {EventKind::mark, "mark"},
      {EventKind::test_assertion, "assertion fails"},
      {EventKind::blocked, "BLOCKED"},
      {EventKind::thread_cancel, "cancel thread"},
      {EventKind::unsupported, "calls"},
  };
  const auto found = kVerbs.find(kind);
  return found == kVerbs.end() ? std::string() : found->second;
}

std::string printable(const std::string& text) {
  std::string clean;
  for (const char c : text.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    clean += c == '\n' ? std::string("\\n") : byte < 32 || byte == 127 ? "?" : std::string(1, c);
  }
  return clean;
}

std::string describe(const TraceEvent& event, const std::string& place) {
  std::string text = verb_of(event.kind);
  if (text.empty()) return text;
  switch (event.kind) {
    case EventKind::process_start:
      return fmt::format("process {} starts", event.process);
    case EventKind::thread_create:
    case EventKind::thread_join:
    case EventKind::thread_detach:
    case EventKind::thread_cancel:
      text += fmt::format(" {}", event.value);
      break;
    case EventKind::process_exit:
      text += fmt::format(" with {}", event.value);
      break;
    case EventKind::wait_end:
      if (event.value == protocol::kSpurious)
        text += " for nothing";
      else if (event.value != 0)
        text += " by time-out";
      break;
    case EventKind::output:
      text += fmt::format(" \"{}\"", printable(event.text));
      break;
    case EventKind::mark:
    case EventKind::unsupported:
    case EventKind::call_site:
      text += " " + printable(event.name);
      break;
    case EventKind::sleep:
      text += fmt::format(" {} ms", event.value / 1'000'000);
      break;
    default:
      if (event.object != 0) text += fmt::format(" #{}", event.object);
      break;
  }
  if (!place.empty()) text += " " + place;
  return text;
}

// What the schedule did at a step beyond letting the next operation happen.
std::string note_of(const std::vector<protocol::Decision>& log, std::size_t i) {
  const protocol::Decision& d = log[i];
  switch (d.taken().kind) {
    case CandidateKind::timeout:
      return "(its time is up)";
    case CandidateKind::spurious_wake:
      return "(woken for nothing)";
    case CandidateKind::try_failure:
      return "(the try fails)";
    case CandidateKind::signal:
      return "(a signal arrives)";
    case CandidateKind::step:
      break;
  }
  return {};
}

std::string place_in(const Failure& failure, std::uint64_t location) {
  const auto found = failure.places.find(location);
  if (found == failure.places.end() || found->second.line == 0) return {};
  const std::string& file = found->second.file;
  return fmt::format("{}:{}", file.substr(file.rfind('/') + 1), found->second.line);
}

// What a thread waited for at the end of the run; a join names the thread by its creation.
TraceEvent waiting_of(const Failure& failure, const protocol::Candidate& blocked) {
  TraceEvent waiting;
  waiting.kind = blocked.operation;
  waiting.object = blocked.object;
  for (const TraceEvent& event : failure.trace) {
    const bool creates = event.kind == EventKind::thread_create && event.object == blocked.object;
    if (creates) waiting.value = event.value;
  }
  return waiting;
}

std::vector<Row> make_rows(const Failure& failure) {
  std::map<std::uint64_t, std::vector<Row>> notes;  // by the step that they come before
  for (std::size_t i = 0; i < failure.decisions.size(); ++i) {
    const protocol::Decision& d = failure.decisions[i];
    if (d.final()) break;
    if (preempts(failure.decisions, i)) {
      notes[d.head.step].push_back({0, d.head.previous_thread, "-- preempted here --", true});
    }
    const std::string note = note_of(failure.decisions, i);
    if (!note.empty()) notes[d.head.step].push_back({0, d.taken().thread, note, true});
  }
  std::vector<Row> rows;
  std::uint64_t told = 0;
  for (const TraceEvent& event : failure.trace) {
    const std::string text = describe(event, place_in(failure, event.location));
    if (text.empty()) continue;
    for (auto note = notes.upper_bound(told); note != notes.end() && note->first <= event.step;
         ++note) {
      rows.insert(rows.end(), note->second.begin(), note->second.end());
    }
    told = std::max(told, event.step);
    rows.push_back({event.step, event.thread, text, false});
  }
  if (!failure.decisions.empty() && failure.decisions.back().final()) {
    for (const protocol::Candidate& c : failure.decisions.back().candidates) {
      const std::string what = describe(waiting_of(failure, c), place_in(failure, c.location));
      rows.push_back({0, c.thread, "BLOCKED: " + what, true});
    }
  }
  return rows;
}

// Leaves out the middle of long stretches of one thread, then of the whole.
std::vector<Row> abridge(const std::vector<Row>& rows, std::size_t rows_max) {
  std::vector<Row> kept;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && rows[end].thread == rows[begin].thread && !rows[end].is_note) ++end;
    if (end == begin) ++end;
    const std::size_t length = end - begin;
    for (std::size_t i = begin; i < end; ++i) {
      const bool shown =
          length <= 2 * kRunShown + 1 || i < begin + kRunShown || i >= end - kRunShown;
      if (shown) {
        kept.push_back(rows[i]);
      } else if (i == begin + kRunShown) {
        kept.push_back(
            {0, rows[i].thread, fmt::format("... {} more steps", length - 2 * kRunShown), true});
      }
    }
    begin = end;
  }
  if (kept.size() <= rows_max) return kept;
  const std::size_t head = rows_max / 4;
  const std::size_t left_out = kept.size() - rows_max;
  std::vector<Row> cut(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(head));
  cut.push_back({0, 0, fmt::format("... {} rows left out", left_out), true});
  cut.insert(cut.end(), kept.begin() + static_cast<std::ptrdiff_t>(head + left_out), kept.end());
  return cut;
}

std::string fit(std::string text, std::size_t width) {
  if (text.size() > width) {
    text.resize(width > 2 ? width - 2 : 0);
    text += "..";
  }
  return text;
}

class Drawing {
 public:
  Drawing(const std::vector<Row>& rows, const Trace& trace, const LanesStyle& style)
      : style_(style) {
    for (const TraceEvent& event : trace) {
      if (event.kind == EventKind::process_start) processes_[event.thread] = event.process;
    }
    std::set<std::uint32_t> threads;
    for (const Row& row : rows) {
      if (row.thread != 0) threads.insert(row.thread);
    }
    for (const std::uint32_t thread : threads) {
      const std::size_t column = columns_.size();
      columns_[thread] = column;
    }
    const std::size_t room = style.width > kStepWidth ? style.width - kStepWidth : 0;
    column_width_ = columns_.empty() ? room : room / columns_.size();
    is_folded_ = column_width_ < kColumnMin;
  }

  std::string draw(const std::vector<Row>& rows) {
    head();
    for (const Row& row : rows) draw_row(row);
    return std::move(text_);
  }

 private:
  void head() {
    if (is_folded_) return;
    text_ += fmt::format("{:>{}}", "step ", kStepWidth);
    std::string line;
    for (const auto& [thread, column] : columns_) {
      line += fmt::format("{:<{}}", fit(name_of(thread), column_width_ - 1), column_width_);
    }
    text_ += trimmed(line) + "\n";
  }

  // Sentences call a thread by its number, and a process by the process's.
  [[nodiscard]] std::string name_of(std::uint32_t thread) const {
    if (thread == 1) return "thread 1 (main)";
    const auto process = processes_.find(thread);
    if (process == processes_.end()) return fmt::format("thread {}", thread);
    return fmt::format("thread {}, process {}", thread, process->second);
  }

  void draw_row(const Row& row) {
    std::string line = row.step == 0 ? std::string(kStepWidth, ' ')
                                     : fmt::format("{:>{}} ", row.step, kStepWidth - 1);
    if (row.thread == 0) {
      text_ += line + row.text + "\n";
      return;
    }
    const std::size_t column = columns_[row.thread];
    if (is_folded_) {
      line += fmt::format("thread {:<3} ", row.thread);
    } else {
      line.append(column * column_width_, ' ');
    }
    const std::size_t room = is_folded_
                                 ? style_.width - std::min<std::size_t>(style_.width, line.size())
                                 : column_width_ - 1;
    text_ += line + painted(fit(row.text, room), column, row.is_note) + "\n";
  }

  [[nodiscard]] std::string painted(const std::string& text, std::size_t column, bool note) const {
    if (!style_.colour) return text;
    if (note) return "\033[1;31m" + text + "\033[0m";
    return fmt::format("\033[{}m{}\033[0m", 32 + column % 5, text);
  }

  static std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }

  const LanesStyle& style_;
  std::map<std::uint32_t, std::size_t> columns_;
  std::map<std::uint32_t, std::uint32_t> processes_;  ///< by their main threads
  std::size_t column_width_ = 0;
  bool is_folded_ = false;
  std::string text_;
};

}  // namespace

std::string draw_lanes(const Failure& failure, const LanesStyle& style) {
  const std::vector<Row> rows = abridge(make_rows(failure), style.rows_max);
  return Drawing(rows, failure.trace, style).draw(rows);
}

}  // namespace grader
