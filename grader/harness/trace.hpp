#pragma once

#include <sys/types.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

/// What a scenario uses to tell the grader what happened. The grader judges the order of these
/// events, together with what it sees itself; the student's code never marks anything.
namespace trace {

/// One attribute of an event: `{"task", 3}`. Keys and text values hold no '=' and no ';'.
class Attribute {
 public:
  Attribute(std::string_view key, std::integral auto value)
      : key_(key), value_(std::to_string(value)) {}
  Attribute(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  std::string_view key_;
  std::string value_;
};

/// Marks that `name` happened now, in the calling thread. Names are at most 31 characters long; a
/// longer one, or an attribute with '=' or ';' in it, fails the scenario.
void event(std::string_view name, std::initializer_list<Attribute> attributes = {});

/// Gives the child process `pid` a name for `exit_code` checks; without it a process goes by the
/// base name of the program that it executes.
void name_process(pid_t pid, std::string_view name);

}  // namespace trace
