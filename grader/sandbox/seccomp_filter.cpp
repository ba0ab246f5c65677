#include "sandbox/seccomp_filter.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "base/posix.hpp"

namespace grader::sandbox {
namespace {

constexpr std::uint32_t kRefuse = SCMP_ACT_ERRNO(EPERM);

// By name: a kernel or architecture without one of them has nothing to refuse.
constexpr std::array kRefused = {
    // name spaces, mounts, other roots
    "mount", "umount2", "umount", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsmount",
    "fsconfig", "fspick", "move_mount", "open_tree", "mount_setattr", "name_to_handle_at",
    "open_by_handle_at", "quotactl", "quotactl_fd", "swapon", "swapoff",
    // other processes' memory and descriptors
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "process_madvise",
    // facilities of the kernel with a long record of faults
    "bpf", "perf_event_open", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "userfaultfd", "keyctl", "add_key", "request_key", "vmsplice", "lookup_dcookie",
    // the machine itself
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "acct", "syslog", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
    "setdomainname", "iopl", "ioperm", "modify_ldt", "nfsservctl", "vhangup"};

constexpr std::array kFamilies = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG};

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

Error filter_error(const char* what, int code) {
  return errno_error(fmt::format("making the filter of system calls: {}", what), -code);
}

Status refuse_calls(void* filter) {
  for (const char* name : kRefused) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) continue;
    const int code = seccomp_rule_add(filter, kRefuse, call, 0);
    if (code < 0) return filter_error(name, code);
  }
  return success();
}

Status refuse_arguments(void* filter) {
  for (const int family : kFamilies) {
    const int code = seccomp_rule_add(filter, kRefuse, SCMP_SYS(socket), 1,
                                      SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)));
    if (code < 0) return filter_error("socket", code);
  }
  // A new user name space is the door to all other ones. The flags are in clone's first argument;
  // clone3's are in memory, which no filter sees: the C library falls back to clone.
  const auto newuser = static_cast<scmp_datum_t>(CLONE_NEWUSER);
  int code = seccomp_rule_add(filter, kRefuse, SCMP_SYS(clone), 1,
                              SCMP_A0(SCMP_CMP_MASKED_EQ, newuser, newuser));
  if (code < 0) return filter_error("clone", code);
  code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  if (code < 0) return filter_error("clone3", code);
  // Typing into the terminal of whoever started the grader.
  code = seccomp_rule_add(filter, kRefuse, SCMP_SYS(ioctl), 1,
                          SCMP_A1(SCMP_CMP_MASKED_EQ, 0xFFFFFFFFU, TIOCSTI));
  if (code < 0) return filter_error("ioctl", code);
  return success();
}

}  // namespace

Result<Fd> make_seccomp_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  if (filter == nullptr) return Error{ErrorKind::environment, "libseccomp cannot make a filter"};
  // A tree instead of a list: each call of a program is looked up. Older kernels may not have it.
  constexpr std::uint32_t kAsTree = 2;
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, kAsTree);
  GRADER_CHECK(refuse_calls(filter.get()));
  GRADER_CHECK(refuse_arguments(filter.get()));
  GRADER_TRY(memory, make_memory_file("seccomp"));
  const int code = seccomp_export_bpf(filter.get(), memory.get());
  if (code < 0) return filter_error("writing it", code);
  if (lseek(memory.get(), 0, SEEK_SET) != 0) return errno_error("rewinding the filter");
  return std::move(memory);
}

}  // namespace grader::sandbox
