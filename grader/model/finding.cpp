#include "model/finding.hpp"

namespace grader {

const char* to_text(FindingKind kind) {
  switch (kind) {
    case FindingKind::none:
      return "none";
    case FindingKind::data_race:
      return "data_race";
    case FindingKind::deadlock:
      return "deadlock";
    case FindingKind::lost_wakeup:
      return "lost_wakeup";
    case FindingKind::livelock:
      return "livelock";
    case FindingKind::assertion:
      return "assertion";
    case FindingKind::ordering:
      return "ordering";
    case FindingKind::exit_code:
      return "exit_code";
    case FindingKind::crash:
      return "crash";
    case FindingKind::misuse:
      return "misuse";
    case FindingKind::leak:
      return "leak";
    case FindingKind::timeout:
      return "timeout";
    case FindingKind::unsupported_call:
      return "unsupported_call";
    case FindingKind::uncontrolled:
      return "uncontrolled";
    case FindingKind::tampering:
      return "tampering";
  }
  return "none";
}

}  // namespace grader
