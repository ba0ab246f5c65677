#pragma once

#include "base/fd.hpp"
#include "base/result.hpp"

namespace grader::sandbox {

/// A memory file with the filter of system calls in the kernel's form (BPF), as bubblewrap reads
/// it. It refuses what no exercise needs and what breaks out of sandboxes elsewhere: sockets of
/// networks, name spaces and mounts, tracing other processes, kernel facilities with a long record
/// of faults. What is refused fails with EPERM; the rest is allowed.
/// Source: seccomp(2), libseccomp's seccomp_rule_add(3).
Result<Fd> make_seccomp_filter();

}  // namespace grader::sandbox
