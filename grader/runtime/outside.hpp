#pragma once

#include "runtime/world.hpp"

// Programs that the runtime cannot enter: static ones and set-user-id ones. They run in real time
// and hold the baton while they do something. When they wait for something that those inside may
// have to do, those inside go on; virtual time moves only while they wait.
namespace grader::runtime {

constexpr std::int64_t kLookEveryMs = 5;      ///< how often the undertaker looks at them
constexpr std::uint32_t kLooksToBelieve = 2;  ///< before somebody who waits is said to wait

/// Whether all of those outside wait for something other than the clock or a child of theirs.
bool everybody_outside_waits(const World& w);

/// Whether time-outs may not come now.
bool time_waits_for_outside();

/// Nobody inside can go on: whether that may change by what somebody outside does.
bool await_outside();

}  // namespace grader::runtime
