#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rubric/yaml_tree.hpp"

namespace grader {

// Readers of one value each. All add a problem at the value's place, and return nothing, when the
// value is not of the form that they promise. A value in quotes is a text, never a number.

std::optional<std::string> read_text(const YamlNode& node, std::string_view what, Problems&);
/// Plain decimal digits without a leading zero, from `min` to `max`.
std::optional<std::uint64_t> read_count(const YamlNode& node, std::string_view what,
                                        std::uint64_t min, std::uint64_t max, Problems&);
/// A decimal number from 0 to `max` with at most two digits after the point.
std::optional<double> read_decimal(const YamlNode& node, std::string_view what, double max,
                                   Problems&);
/// `true` or `false`; not `yes`, `no`, `on` or `off`.
std::optional<bool> read_bool(const YamlNode& node, std::string_view what, Problems&);
/// "500ms", "20s", "60min", "2h", "100us", "5ns": nanoseconds.
std::optional<std::int64_t> read_duration_ns(const YamlNode& node, std::string_view what,
                                             Problems&);
/// "512MiB", "64KiB", "2GiB", "100B": bytes.
std::optional<std::int64_t> read_bytes(const YamlNode& node, std::string_view what, Problems&);
/// A list of texts, or one text.
std::optional<std::vector<std::string>> read_texts(const YamlNode& node, std::string_view what,
                                                   Problems&);
/// The index in `names` of the word that is written there.
std::optional<std::size_t> read_choice(const YamlNode& node, std::string_view what,
                                       const std::vector<std::string>& names, Problems&);

/// The number of the signal called `name` ("SIGTERM"); 0 when there is none.
int signal_number(std::string_view name);
/// The names of all signals, "SIGHUP" first.
const std::vector<std::string>& signal_names();

/// Reads a mapping whose keys are all known beforehand; an unknown key is a problem, with the
/// nearest known one.
class MapReader {
 public:
  /// `what` names the mapping in messages: "limits", "a criterion of check race".
  MapReader(const YamlNode& node, std::string what, const std::vector<std::string>& keys,
            Problems& problems);

  /// The value of `key`, or nullptr when it is not there.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  /// The same; that it is not there is a problem.
  const YamlNode* require(std::string_view key);
  [[nodiscard]] const YamlNode& node() const { return node_; }
  [[nodiscard]] bool is_mapping() const { return node_.kind == YamlNode::Kind::mapping; }
  [[nodiscard]] Problems& problems() const { return problems_; }

  /// If `key` is there and `read(value, key, args…, problems)` likes it, stores what it reads.
  template <typename Target, typename Read, typename... Args>
  void take(std::string_view key, Target& target, Read read, Args... args) {
    const YamlNode* value = find(key);
    if (value == nullptr) return;
    if (auto got = read(*value, key, args..., problems_)) target = static_cast<Target>(*got);
  }

 private:
  const YamlNode& node_;
  std::string what_;
  Problems& problems_;
};

}  // namespace grader
