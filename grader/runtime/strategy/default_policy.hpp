#pragma once

#include <cstdint>

#include "protocol/default_policy.hpp"
#include "runtime/strategy/strategy.hpp"

namespace grader::runtime {

using protocol::kNoCandidate;

template <typename Allowed>
std::uint32_t default_choice(const ChoicePoint& point, Allowed allowed) {
  return protocol::default_choice(point.previous_thread, point.previous_yielded, point.candidates,
                                  allowed);
}

inline std::uint32_t default_choice(const ChoicePoint& point) {
  return default_choice(point, [](const Candidate&) { return true; });
}

}  // namespace grader::runtime
