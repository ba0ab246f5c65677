// The native runs' counterpart of runtime/detector_reports.cpp: what ThreadSanitizer reports is
// noted in the channel too, where removing its log does not undo it.
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <climits>

#include "harness/channel_writer.hpp"
#include "protocol/detector_report.hpp"

namespace grader::harness {
namespace {

protocol::DetectorFunctions g_functions;
char g_program[PATH_MAX];

template <typename Function>
void find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

__attribute__((constructor)) void find_detector() {
  find(g_functions.data, "__tsan_get_report_data");
  find(g_functions.stack, "__tsan_get_report_stack");
  find(g_functions.access, "__tsan_get_report_mop");
  const ssize_t size = readlink("/proc/self/exe", g_program, sizeof g_program - 1);
  g_program[size > 0 ? size : 0] = '\0';
}

protocol::FilePlace place_of(std::uint64_t address) {
  Dl_info info{};
  link_map* module = nullptr;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  if (dladdr1(reinterpret_cast<void*>(address), &info, reinterpret_cast<void**>(&module),
              RTLD_DL_LINKMAP) == 0 ||
      module == nullptr) {
    return {nullptr, address};
  }
  // The program itself has no name in the loader's list.
  const bool is_program = module->l_name == nullptr || *module->l_name == '\0';
  return {is_program ? g_program : module->l_name, address - module->l_addr};
}

}  // namespace
}  // namespace grader::harness

extern "C" void __tsan_on_report(void* report);

extern "C" void __tsan_on_report(void* report) {
  using namespace grader;
  static protocol::DetectorReport writer;  // under ThreadSanitizer's lock
  const protocol::Channel channel = harness::channel();
  if (!channel.valid() || harness::g_functions.data == nullptr) return;
  writer.append_to(channel, harness::g_functions, report, harness::place_of);
}
