#pragma once

#include "model/enclosure.hpp"

namespace grader {

/// Name spaces by bubblewrap, a filter of system calls, and a control group where this machine has
/// them. A missing bubblewrap or filter is an error; a missing control group is not (see
/// sandbox/layers.hpp, which tells the user).
Result<Enclosure> enclose(const EnclosureRequest& request);

}  // namespace grader
