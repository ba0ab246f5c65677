#include "explore/portfolio.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace grader {

using protocol::Candidate;
using protocol::ProfileEntry;
using protocol::StrategyKind;

namespace {

// SplitMix64's finaliser: neighbouring schedules get unrelated seeds.
std::uint64_t scramble(std::uint64_t z) {
  z += 0x9E37'79B9'7F4A'7C15ULL;
  z = (z ^ (z >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D0'49BB'1331'11EBULL;
  return z ^ (z >> 31U);
}

bool is_life(protocol::EventKind operation) {
  using protocol::EventKind;
  return operation >= EventKind::process_start && operation <= EventKind::thread_detach;
}

// Turns of the portfolio; what each is for is told in docs/strategies.md.
constexpr std::array kTurns = {StrategyKind::surw, StrategyKind::pct,        StrategyKind::surw,
                               StrategyKind::pos,  StrategyKind::surw,       StrategyKind::surw,
                               StrategyKind::surw, StrategyKind::random_walk};

// Most bugs are of depth 2 or 3 (Burckhardt et al.); a few need more.
constexpr std::array<std::uint32_t, 8> kDepths = {2, 3, 2, 3, 4, 2, 3, 5};

// Of this many of the portfolio's PCT runs one, the first, lets the newest thread go first.
constexpr std::uint64_t kPctTurnsANewestFirst = 4;

}  // namespace

Profile::Profile(const std::vector<protocol::Decision>& log) {
  struct Users {
    std::set<std::uint32_t> threads;
    std::set<std::uint64_t> sites;
    bool changed = false;
  };
  std::map<std::uint64_t, Users> objects;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint32_t> counts;
  for (const protocol::Decision& d : log) {
    if (d.final()) break;
    ++steps_;
    const Candidate& taken = d.taken();
    if (taken.kind != protocol::CandidateKind::step || taken.location == 0) continue;
    ++counts[{taken.location, taken.thread}];
    // The life of threads has its order: sampling it would waste most draws.
    if (is_life(taken.operation)) continue;
    for (const std::uint64_t object : {taken.object, taken.object_2}) {
      if (object == 0) continue;
      Users& users = objects[object];
      users.threads.insert(taken.thread);
      users.sites.insert(taken.location);
      users.changed = users.changed || taken.is_write;
    }
  }
  for (const auto& [key, count] : counts) entries_.push_back({key.second, count, key.first});
  for (const auto& [object, users] : objects) {
    if (users.threads.size() < 2 || !users.changed) continue;
    shared_sites_.emplace_back(users.sites.begin(), users.sites.end());
  }
}

std::vector<ProfileEntry> Profile::draw_interesting(std::uint64_t seed) const {
  if (shared_sites_.empty()) return {};
  const std::uint64_t number = scramble(seed ^ 0x5355'5257ULL);
  std::set<std::uint64_t> sites;
  if (number % 8 == 0) {
    for (const auto& object : shared_sites_) sites.insert(object.begin(), object.end());
  } else {
    const auto& object = shared_sites_[(number / 8) % shared_sites_.size()];
    sites.insert(object.begin(), object.end());
  }
  std::vector<ProfileEntry> drawn;
  std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(drawn),
               [&](const ProfileEntry& e) { return sites.count(e.location) > 0; });
  return drawn;
}

PlannedRun plan_run(std::optional<StrategyKind> strategy, std::uint64_t seed, std::uint64_t k) {
  PlannedRun run;
  run.seed = scramble(scramble(seed) ^ k);
  if (k == 0) return run;
  run.strategy = strategy.value_or(kTurns[(k - 1) % kTurns.size()]);
  run.depth = kDepths[scramble(run.seed) % kDepths.size()];
  const bool is_newest_first = (k - 1) / kTurns.size() % kPctTurnsANewestFirst == 0;
  if (!strategy && run.strategy == StrategyKind::pct && is_newest_first) run.depth = 0;
  return run;
}

}  // namespace grader
