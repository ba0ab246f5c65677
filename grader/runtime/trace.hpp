#pragma once

#include "runtime/controller.hpp"

namespace grader::runtime {

/// Appends an event of `thread` outside its operations.
void record(const Thread& thread, EventKind kind, std::int64_t value,
            const Object* object = nullptr, std::uint64_t location = 0);

/// The same with a text and a name; `name` may be null.
void record_text(const Thread& thread, EventKind kind, std::int64_t value, const char* text,
                 std::size_t size, const char* name = nullptr);

/// Appends the event of the step that `thread` was just chosen for.
void record_step(const Thread& thread, CandidateKind kind);

}  // namespace grader::runtime
