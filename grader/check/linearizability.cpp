#include "check/linearizability.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <unordered_set>

namespace grader {
namespace {

/// Which calls are done, and what state they led to.
struct Configuration {
  std::vector<std::uint64_t> done;
  ObjectState state;
  bool operator==(const Configuration&) const = default;
};

struct ConfigurationHash {
  std::size_t operator()(const Configuration& configuration) const {
    std::size_t hash = configuration.state.size();
    const auto mix = [&hash](std::size_t value) {
      hash ^= value + 0x9E37'79B9'7F4A'7C15ULL + (hash << 6U) + (hash >> 2U);
    };
    for (std::uint64_t word : configuration.done) mix(word);
    for (const std::string& word : configuration.state) mix(std::hash<std::string>{}(word));
    return hash;
  }
};

/// A call or a return in the doubly linked list of those not yet explained. 0 is the list's head.
struct Entry {
  std::size_t call = 0;  ///< index in the history
  bool is_return = false;
  std::size_t match = 0;  ///< a call's return
  std::size_t previous = 0;
  std::size_t next = 0;  ///< 0: the end
};

class Search {
 public:
  Search(const History& history, const Specification& specification)
      : history_(history), specification_(specification) {
    link_entries();
    configuration_.done.resize(history.size() / 64 + 1);
    configuration_.state = specification.initial();
    for (const TimedCall& call : history) unexplained_ += call.end != kNeverReturned ? 1 : 0;
  }

  Linearizability run(std::size_t steps_max) {
    std::size_t at = entries_[0].next;
    for (std::size_t steps = 0; unexplained_ > 0; ++steps) {
      if (steps == steps_max) return Linearizability::undecided;
      if (at != 0 && !entries_[at].is_return) {
        at = try_call(at) ? entries_[0].next : entries_[at].next;
        continue;
      }
      // A call returned, or none is left to try, before all were explained: the last choice was
      // wrong.
      if (taken_.empty()) return Linearizability::no;
      at = entries_[undo()].next;
    }
    return Linearizability::yes;
  }

 private:
  struct Taken {
    std::size_t entry;
    ObjectState state_before;
  };

  void link_entries() {
    struct Point {
      std::size_t position;
      bool is_return;
      std::size_t call;
    };
    std::vector<Point> points;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      points.push_back({history_[i].begin, false, i});
      points.push_back({history_[i].end, true, i});
    }
    std::stable_sort(points.begin(), points.end(),
                     [](const Point& a, const Point& b) { return a.position < b.position; });
    entries_.resize(points.size() + 1);
    std::vector<std::size_t> entry_of_call(history_.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      Entry& entry = entries_[i + 1];
      entry.call = points[i].call;
      entry.is_return = points[i].is_return;
      entry.previous = i;
      entry.next = i + 1 < points.size() ? i + 2 : 0;
      if (entry.is_return) {
        entries_[entry_of_call[entry.call]].match = i + 1;
      } else {
        entry_of_call[entry.call] = i + 1;
      }
    }
    entries_[0].next = points.empty() ? 0 : 1;
  }

  /// Takes the call as the next in order, if it may be and leads somewhere new.
  bool try_call(std::size_t at) {
    const std::size_t call = entries_[at].call;
    ObjectState before = configuration_.state;
    if (specification_.apply(configuration_.state, history_[call].call)) {
      configuration_.done[call / 64] |= std::uint64_t{1} << (call % 64);
      if (seen_.insert(configuration_).second) {
        taken_.push_back({at, std::move(before)});
        unlink(at);
        unlink(entries_[at].match);
        if (history_[call].end != kNeverReturned) --unexplained_;
        return true;
      }
      configuration_.done[call / 64] &= ~(std::uint64_t{1} << (call % 64));
    }
    configuration_.state = std::move(before);
    return false;
  }

  /// Takes the last choice back and returns its entry.
  std::size_t undo() {
    Taken last = std::move(taken_.back());
    taken_.pop_back();
    const std::size_t call = entries_[last.entry].call;
    configuration_.state = std::move(last.state_before);
    configuration_.done[call / 64] &= ~(std::uint64_t{1} << (call % 64));
    relink(entries_[last.entry].match);
    relink(last.entry);
    if (history_[call].end != kNeverReturned) ++unexplained_;
    return last.entry;
  }

  void unlink(std::size_t at) {
    const Entry& entry = entries_[at];
    entries_[entry.previous].next = entry.next;
    if (entry.next != 0) entries_[entry.next].previous = entry.previous;
  }
  void relink(std::size_t at) {
    const Entry& entry = entries_[at];
    entries_[entry.previous].next = at;
    if (entry.next != 0) entries_[entry.next].previous = at;
  }

  const History& history_;
  const Specification& specification_;
  std::vector<Entry> entries_;
  Configuration configuration_;
  std::unordered_set<Configuration, ConfigurationHash> seen_;
  std::vector<Taken> taken_;
  std::size_t unexplained_ = 0;
};

/// The part of `history` before `position`.
History prefix(const History& history, std::size_t position) {
  History part;
  for (const TimedCall& call : history) {
    if (call.begin >= position) continue;
    part.push_back(call);
    if (call.end >= position) {
      part.back().end = kNeverReturned;
      part.back().call.returned = false;
    }
  }
  return part;
}

}  // namespace

Linearizability decide_linearizability(const History& history, const Specification& specification,
                                       std::size_t steps_max) {
  return Search(history, specification).run(steps_max);
}

History shortest_failing_prefix(const History& history, const Specification& specification,
                                std::size_t steps_max) {
  std::vector<std::size_t> ends;
  for (const TimedCall& call : history) {
    if (call.end != kNeverReturned) ends.push_back(call.end + 1);
  }
  std::sort(ends.begin(), ends.end());
  // Only a return can make a beginning fail. Below `low` none does, at `high` one does.
  std::size_t low = 0;
  std::size_t high = ends.empty() ? 0 : ends.size() - 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const bool fails = decide_linearizability(prefix(history, ends[middle]), specification,
                                              steps_max) == Linearizability::no;
    if (fails) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return ends.empty() ? history : prefix(history, ends[high]);
}

}  // namespace grader
