#include "explore/session_pool.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

namespace grader {

Result<SessionPool::Sessions> SessionPool::lend(const ControlledProgram& program, unsigned count) {
  Sessions& idle = program.runtime == RuntimeKind::plain ? plain_ : sanitized_;
  const std::size_t taken = std::min<std::size_t>(std::max(1U, count), idle.size());
  Sessions sessions(std::make_move_iterator(idle.begin()),
                    std::make_move_iterator(idle.begin() + static_cast<std::ptrdiff_t>(taken)));
  idle.erase(idle.begin(), idle.begin() + static_cast<std::ptrdiff_t>(taken));
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  while (sessions.size() < std::max(1U, count)) {
    const auto core = static_cast<int>(sessions.size() % cores);
    GRADER_TRY(session, ControlledSession::start(program, core));
    sessions.push_back(std::make_unique<ControlledSession>(std::move(session)));
  }
  return sessions;
}

void SessionPool::give_back(Sessions sessions) {
  if (sessions.empty()) return;
  Sessions& idle = sessions.front()->sanitized() ? sanitized_ : plain_;
  // In front: the next borrower gets them in the same order, each on its own core.
  idle.insert(idle.begin(), std::make_move_iterator(sessions.begin()),
              std::make_move_iterator(sessions.end()));
}

}  // namespace grader
