#include "explore/minimise.hpp"

#include <algorithm>
#include <tuple>

#include "protocol/default_policy.hpp"

namespace grader {

using protocol::Candidate;
using protocol::CandidateKind;
using protocol::Decision;
using protocol::ScheduleBlock;

namespace {

using Log = std::vector<Decision>;
using Blocks = std::vector<ScheduleBlock>;

bool yielded(const Decision& d) { return (d.head.flags & protocol::kPreviousYielded) != 0; }

bool has_step(const Decision& d, std::uint32_t thread) {
  return std::any_of(d.candidates.begin(), d.candidates.end(), [&](const Candidate& c) {
    return c.thread == thread && c.kind == CandidateKind::step;
  });
}

bool any_step(const Decision& d) {
  return std::any_of(d.candidates.begin(), d.candidates.end(),
                     [](const Candidate& c) { return c.kind == CandidateKind::step; });
}

class Minimiser {
 public:
  Minimiser(const Log& failing, const TrySchedule& run, std::uint64_t runs_max)
      : run_(run), runs_max_(runs_max) {
    best_.log = failing;
    best_.cost = schedule_cost(failing);
  }

  MinimisedSchedule minimise() {
    shorten();
    while (best_.runs < runs_max_ && (merge_some() || drop_some())) {
    }
    return std::move(best_);
  }

 private:
  // Keeps the schedule when it fails in the same way and is cheaper.
  bool improves(const Blocks& blocks) {
    if (best_.runs >= runs_max_) return false;
    ++best_.runs;
    std::optional<Log> log = run_(blocks);
    if (!log) return false;
    const ScheduleCost cost = schedule_cost(*log);
    if (!cost.is_less_than(best_.cost)) return false;
    best_.log = std::move(*log);
    best_.cost = cost;
    return true;
  }

  // The shortest beginning, by doubling, after which the default policy still runs into it.
  void shorten() {
    const Blocks blocks = to_blocks(best_.log);
    for (std::size_t kept = 0; kept < blocks.size(); kept = kept == 0 ? 1 : 2 * kept) {
      if (improves(Blocks(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(kept)))) {
        return;
      }
    }
  }

  // Brings the next block of the same thread forward, or this one back to it.
  bool merge_some() {
    const Blocks blocks = to_blocks(best_.log);
    for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
      std::size_t next = i + 1;
      while (next < blocks.size() &&
             (blocks[next].thread != blocks[i].thread || blocks[next].kind != blocks[i].kind)) {
        ++next;
      }
      if (next == blocks.size()) continue;
      Blocks forward = blocks;
      forward[i].steps += forward[next].steps;
      forward.erase(forward.begin() + static_cast<std::ptrdiff_t>(next));
      if (improves(forward)) return true;
      Blocks back = blocks;
      back[next].steps += back[i].steps;
      back.erase(back.begin() + static_cast<std::ptrdiff_t>(i));
      if (improves(back)) return true;
    }
    return false;
  }

  // Leaves a block to the default policy, or all that follow it.
  bool drop_some() {
    const Blocks blocks = to_blocks(best_.log);
    for (std::size_t i = blocks.size(); i > 0; --i) {
      const auto at = static_cast<std::ptrdiff_t>(i - 1);
      if (improves(Blocks(blocks.begin(), blocks.begin() + at))) return true;
      Blocks without = blocks;
      without.erase(without.begin() + at);
      if (improves(without)) return true;
    }
    return false;
  }

  const TrySchedule& run_;
  std::uint64_t runs_max_;
  MinimisedSchedule best_;
};

}  // namespace

bool ScheduleCost::is_less_than(const ScheduleCost& other) const {
  return std::tuple(preemptions + environment, switches) <
         std::tuple(other.preemptions + other.environment, other.switches);
}

bool preempts(const Log& log, std::size_t i) {
  const Decision& d = log[i];
  return i > 0 && !d.final() && d.taken().thread != d.head.previous_thread && !yielded(d) &&
         has_step(d, d.head.previous_thread);
}

ScheduleCost schedule_cost(const Log& log) {
  ScheduleCost cost;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].final()) break;
    const Candidate& taken = log[i].taken();
    if (taken.kind != CandidateKind::step && any_step(log[i])) {
      ++cost.environment;
    } else if (preempts(log, i)) {
      ++cost.preemptions;
    }
    if (i > 0 && taken.thread != log[i].head.previous_thread) ++cost.switches;
  }
  return cost;
}

Blocks to_blocks(const Log& log) {
  Blocks blocks;
  for (const Decision& d : log) {
    if (d.final()) break;
    const Candidate& taken = d.taken();
    if (!blocks.empty() && blocks.back().thread == taken.thread &&
        blocks.back().kind == taken.kind) {
      ++blocks.back().steps;
    } else {
      blocks.push_back({taken.thread, taken.kind, {}, 1});
    }
  }
  return blocks;
}

std::vector<protocol::Schedule::Pick> to_picks(const Log& log) {
  std::vector<protocol::Schedule::Pick> picks;
  std::uint64_t question = 0;
  for (const Decision& d : log) {
    if (d.final()) break;
    if (d.candidates.size() < 2) continue;
    const std::uint32_t usual = protocol::default_choice(
        d.head.previous_thread, yielded(d), d.candidates, [](const Candidate&) { return true; });
    if (usual != d.head.taken) picks.push_back({question, d.head.taken});
    ++question;
  }
  return picks;
}

MinimisedSchedule minimise(const Log& failing, const TrySchedule& run, std::uint64_t runs_max) {
  return Minimiser(failing, run, runs_max).minimise();
}

}  // namespace grader
