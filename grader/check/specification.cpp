#include "check/specification.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace grader {
namespace {

bool accepts(const Call& call, const std::string& result) {
  return !call.returned || call.result == result;
}

/// Done without a result of its own: "", "ok" and "true" all say so.
bool says_done(const Call& call) {
  return !call.returned || call.result.empty() || call.result == "ok" || call.result == "true";
}

std::string refuse_unless_one_of(const Call& call, std::initializer_list<const char*> names) {
  std::string known;
  for (const char* name : names) {
    if (call.operation == name) return "";
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return "a call has the op \"" + call.operation + "\"; known are " + known;
}

/// Queue, stack and bounded queue: values in a row, taken from one end or the other.
class Collection : public Specification {
 public:
  enum class Order { first_in_first_out, last_in_first_out };
  Collection(Order order, std::uint64_t capacity) : order_(order), capacity_(capacity) {}

  bool apply(ObjectState& state, const Call& call) const override {
    if (call.operation == "push") {
      if (state.size() >= capacity_) return accepts(call, "full");
      state.push_back(call.value);
      return says_done(call);
    }
    if (state.empty()) return accepts(call, "empty");
    const auto taken = order_ == Order::first_in_first_out ? state.begin() : state.end() - 1;
    const bool agrees = accepts(call, *taken);
    state.erase(taken);
    return agrees;
  }
  std::string refuse(const Call& call) const override {
    return refuse_unless_one_of(call, {"push", "pop"});
  }

 private:
  Order order_;
  std::uint64_t capacity_;
};

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Counter : public Specification {
 public:
  ObjectState initial() const override { return {"0"}; }
  bool apply(ObjectState& state, const Call& call) const override {
    const std::string before = state.front();
    if (call.operation == "get") return accepts(call, before);
    const std::int64_t step = call.value.empty() ? 1 : number(call.value).value_or(0);
    // Wraps around as unsigned numbers do, so that no history can overflow.
    const auto sum =
        static_cast<std::uint64_t>(number(before).value_or(0)) + static_cast<std::uint64_t>(step);
    state.front() = std::to_string(static_cast<std::int64_t>(sum));
    return says_done(call) || call.result == before;
  }
  std::string refuse(const Call& call) const override {
    if (call.operation == "add" && !call.value.empty() && !number(call.value)) {
      return "add has the value \"" + call.value + "\", which is not a number";
    }
    return refuse_unless_one_of(call, {"add", "get"});
  }
};

class Register : public Specification {
 public:
  ObjectState initial() const override { return {"0"}; }
  bool apply(ObjectState& state, const Call& call) const override {
    if (call.operation == "read") return accepts(call, state.front());
    if (call.operation == "write") {
      state.front() = call.value;
      return says_done(call);
    }
    const std::size_t colon = call.value.find(':');
    if (state.front() != call.value.substr(0, colon)) return accepts(call, "false");
    state.front() = call.value.substr(colon + 1);
    return accepts(call, "true");
  }
  std::string refuse(const Call& call) const override {
    if (call.operation == "cas" && call.value.find(':') == std::string::npos) {
      return "cas has the value \"" + call.value + "\", not \"expected:desired\"";
    }
    return refuse_unless_one_of(call, {"read", "write", "cas"});
  }
};

/// A lock that is not re-entrant. The state is its owner, when it has one.
class Lock : public Specification {
 public:
  bool apply(ObjectState& state, const Call& call) const override {
    if (call.operation == "unlock") return apply_unlock(state, call);
    const bool free = state.empty();
    if (!free) return call.operation == "try_lock" && accepts(call, "false");
    state.push_back(call.caller);
    return call.operation == "try_lock" ? accepts(call, "true") : says_done(call);
  }
  std::string refuse(const Call& call) const override {
    return refuse_unless_one_of(call, {"lock", "try_lock", "unlock"});
  }

 private:
  static bool apply_unlock(ObjectState& state, const Call& call) {
    if (state.empty() || state.front() != call.caller) return accepts(call, "refused");
    state.clear();
    return says_done(call);
  }
};

}  // namespace

std::unique_ptr<Specification> make_specification(std::string_view name, std::uint64_t capacity) {
  using Order = Collection::Order;
  constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();
  if (name == "queue") return std::make_unique<Collection>(Order::first_in_first_out, kUnbounded);
  if (name == "stack") return std::make_unique<Collection>(Order::last_in_first_out, kUnbounded);
  if (name == "bounded_queue") {
    return std::make_unique<Collection>(Order::first_in_first_out, capacity);
  }
  if (name == "counter") return std::make_unique<Counter>();
  if (name == "register") return std::make_unique<Register>();
  if (name == "lock") return std::make_unique<Lock>();
  return nullptr;
}

}  // namespace grader
