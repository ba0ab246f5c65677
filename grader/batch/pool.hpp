#pragma once

#include <cstddef>
#include <functional>

namespace grader {

/// Calls `work(i)` for each i below `count`, in that order of starting, at most `jobs` at once (0:
/// one a core), and returns when all that were started have ended. Once `stop()` says true nothing
/// further is started. Both are called from several threads at once.
void run_pool(unsigned jobs, std::size_t count, const std::function<void(std::size_t)>& work,
              const std::function<bool()>& stop);

}  // namespace grader
