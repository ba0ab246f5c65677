#include "cli/interrupt.hpp"

#include <csignal>

#include "workspace/scratch.hpp"

namespace grader {
namespace {

extern "C" void clean_up_and_die(int signal) {
  remove_scratch_directories_from_signal_handler();
  // SA_RESETHAND restored the default action: the shell sees the signal that ended us.
  raise(signal);
}

}  // namespace

void clean_up_on_interrupt() {
  struct sigaction action {};
  action.sa_handler = clean_up_and_die;
  action.sa_flags = SA_RESETHAND;
  sigfillset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

}  // namespace grader
