#include "model/verdict.hpp"

namespace grader {

const char* to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::inconclusive:
      return "inconclusive";
    case Outcome::fail:
      return "fail";
    case Outcome::error:
      return "error";
    case Outcome::skipped:
      return "skipped";
  }
  return "error";
}

Outcome merge(Outcome a, Outcome b) {
  if (a == Outcome::skipped) return b;
  if (b == Outcome::skipped) return a;
  return a < b ? b : a;
}

}  // namespace grader
