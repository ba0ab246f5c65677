#include "batch/pool.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace grader {

void run_pool(unsigned jobs, std::size_t count, const std::function<void(std::size_t)>& work,
              const std::function<bool()>& stop) {
  if (jobs == 0) jobs = std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next{0};
  const auto serve = [&] {
    while (!stop()) {
      const std::size_t mine = next++;
      if (mine >= count) return;
      work(mine);
    }
  };
  std::vector<std::jthread> workers;
  const std::size_t helpers = std::min<std::size_t>(jobs, count);
  for (std::size_t i = 1; i < helpers; ++i) workers.emplace_back(serve);
  serve();
}

}  // namespace grader
