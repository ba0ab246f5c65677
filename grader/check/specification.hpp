#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grader {

/// One call of an operation on a shared object, as its history shows it.
struct Call {
  std::string operation;
  std::string value{};   ///< argument; empty when there is none
  std::string result{};  ///< what it returned; meaningless while `returned` is false
  std::string caller{};  ///< who called: for locks
  bool returned = true;
};

/// A state of a sequential object, as words: comparable and cheap to copy.
using ObjectState = std::vector<std::string>;

/// A sequential object: what each call does and returns when calls come one after another.
class Specification {
 public:
  virtual ~Specification() = default;
  [[nodiscard]] virtual ObjectState initial() const { return {}; }
  /// Applies `call` to `state`. False when it cannot return what it returned in that state; a
  /// call that has not returned may return anything. `state` is then left as it may be.
  [[nodiscard]] virtual bool apply(ObjectState& state, const Call& call) const = 0;
  /// What is wrong with the form of `call` (an operation that the object does not have); empty:
  /// nothing.
  [[nodiscard]] virtual std::string refuse(const Call& call) const = 0;
};

/// The specification called `name`: queue, stack, bounded_queue (of `capacity`), counter, register
/// or lock. nullptr when there is none.
std::unique_ptr<Specification> make_specification(std::string_view name, std::uint64_t capacity);

}  // namespace grader
