#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace grader {

/// A value, or the Error that stands in its way. Errors are values here: no exception crosses a
/// function boundary of the project.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// The value; only when ok().
  T& value() & { return *value_or_die(); }
  const T& value() const& { return *const_cast<Result*>(this)->value_or_die(); }
  T&& value() && { return std::move(*value_or_die()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return value_or_die(); }
  const T* operator->() const { return const_cast<Result*>(this)->value_or_die(); }

  /// The error; only when !ok().
  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  T* value_or_die() {
    assert(ok());
    return std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

/// Success without a value.
struct Unit {};
using Status = Result<Unit>;
inline Status success() { return Status(Unit{}); }

}  // namespace grader

/// Leaves the enclosing function with the error of `expression`, or declares `name` with its value.
#define GRADER_TRY(name, expression)                     \
  auto name##_result = (expression);                     \
  if (!name##_result.ok()) return name##_result.error(); \
  auto& name = *name##_result

/// Leaves the enclosing function with the error of `expression`, a Status.
#define GRADER_CHECK(expression)                                      \
  do {                                                                \
    if (auto status_of_check = (expression); !status_of_check.ok()) { \
      return status_of_check.error();                                 \
    }                                                                 \
  } while (false)
