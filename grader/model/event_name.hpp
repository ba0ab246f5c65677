#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/event.hpp"

namespace grader {

/// The name by which rubrics and reports call what the harness or the runtime sees:
/// "thread.start", "process.exit", "output", … nullptr for kinds that have none (mark, closing).
const char* event_name(protocol::EventKind kind);

/// The kind that `name` stands for; nothing when it is not one of the names above, and so the name
/// of a mark.
std::optional<protocol::EventKind> event_kind(std::string_view name);

/// Every such name, in the order of EventKind.
const std::vector<std::string>& event_names();

}  // namespace grader
