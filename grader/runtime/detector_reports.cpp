// ThreadSanitizer calls __tsan_on_report after each report that it has printed, on the thread that
// ran into it and with its lock for reports held. Its log is a file that the program can change or
// fill up; what is noted here stays.
#include "protocol/detector_report.hpp"
#include "runtime/local.hpp"
#include "runtime/location.hpp"
#include "runtime/thread_sanitizer.hpp"

extern "C" __attribute__((visibility("default"))) void __tsan_on_report(void* report) {
  using namespace grader;
  static protocol::DetectorReport writer;  // under ThreadSanitizer's lock
  if (runtime::local.world == nullptr || !runtime::local.channel.valid()) return;
  const runtime::Uncontrolled scope;
  writer.append_to(runtime::local.channel, runtime::detector_functions(), report,
                   runtime::file_place_of);
}
