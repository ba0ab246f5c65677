#pragma once

#include "check/check.hpp"

namespace grader {

// One function a check. All but check_build share what judge_runs verifies of every run.

/// Verifies: the submission compiled and linked; with `warnings`, that the compiler warned at most
/// so often. Not: that the code does anything.
Verdict check_build(const Criterion&, const BuildCheck&, const CheckInput&);

/// Verifies: no assertion of the scenario failed in any run, plain or under ThreadSanitizer, and
/// the program then ended with status 0 (or ThreadSanitizer's 66); no child of it was reported to
/// crash. Not: races, leaks, misuse.
Verdict check_test(const Criterion&, const TestCheck&, const CheckInput&);

/// Verifies: ThreadSanitizer reported no data race (nor use of freed memory, which is one) in its
/// runs of each scenario, and none was found otherwise. Not: races on orders of synchronisation
/// that were not run, nor those hidden inside code compiled without instrumentation.
Verdict check_race(const Criterion&, const RaceCheck&, const CheckInput&);

/// Verifies: no run deadlocked, lost a wake-up, went on for ever, or misused a primitive. Natively
/// a deadlock shows as a time-out. Not: deadlocks on schedules that were not run.
Verdict check_deadlock(const Criterion&, const DeadlockCheck&, const CheckInput&);

/// Verifies: `always` patterns in every run, `sometimes` patterns in at least one run of each
/// scenario, on the trace; and that what `always` patterns speak of happened at all. Not: the
/// order of things that nobody marks.
Verdict check_ordering(const Criterion&, const OrderingCheck&, const CheckInput&);

/// Verifies: how named processes ended, who was left unreaped or alive, the program's own status,
/// how many children lived at once, SIGTERM before SIGKILL, reaping before reporting. Not:
/// processes that the harness or the runtime did not see start (static or set-user-id programs).
Verdict check_exit_code(const Criterion&, const ExitCodeCheck&, const CheckInput&);

/// Verifies: what each run wrote to standard output. Not: standard error, nor when it was written.
Verdict check_output(const Criterion&, const OutputCheck&, const CheckInput&);

/// Verifies: the virtual time from first `from` to last `to` in the best run of each scenario, or a
/// benchmark's ratio to the reference. Not: real time.
Verdict check_speed(const Criterion&, const SpeedCheck&, const CheckInput&);

}  // namespace grader
