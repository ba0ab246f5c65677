#include "model/observation.hpp"

#include <cstring>

namespace grader {
namespace {

struct ToText {
  std::string operator()(const Exited& end) const {
    return "exited with status " + std::to_string(end.code);
  }
  std::string operator()(const Signalled& end) const {
    const char* name = sigabbrev_np(end.signal);
    return "was killed by " +
           (name ? "SIG" + std::string(name) : "signal " + std::to_string(end.signal));
  }
  std::string operator()(const Deadlocked&) const { return "deadlocked"; }
  std::string operator()(const Livelocked&) const { return "ran for ever without progress"; }
  std::string operator()(const LimitExceeded& end) const {
    return "exceeded its " + end.limit + " limit";
  }
  std::string operator()(const SandboxFailed& end) const {
    return "could not be run by the grader: " + end.reason;
  }
};

}  // namespace

std::string to_text(const Termination& termination) { return std::visit(ToText{}, termination); }

}  // namespace grader
