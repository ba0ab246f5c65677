#include "rubric/readers.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <limits>

namespace grader {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 80)) + "\""; }

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Decimal digits without a leading zero ("0123" is octal to some readers of YAML).
std::optional<std::uint64_t> parse_digits(std::string_view text) {
  if (!all_digits(text) || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Says what is there instead of what was wanted.
void refuse(const YamlNode& node, std::string_view what, const std::string& wanted,
            Problems& problems) {
  std::string there = kind_name(node);
  if (node.kind == YamlNode::Kind::scalar) {
    there = (node.quoted ? "the quoted text " : "") + quoted(node.text);
  }
  problems.add(node, std::string(what) + " must be " + wanted + ", not " + there);
}

struct Unit {
  const char* suffix;
  std::int64_t factor;
};

/// A count followed by one of `units`, as one word.
template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(const YamlNode& node, const Unit (&units)[N]) {
  if (node.kind != YamlNode::Kind::scalar || node.quoted) return std::nullopt;
  const std::string_view text = node.text;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> count = parse_digits(text.substr(0, digits));
  if (!count) return std::nullopt;
  for (const Unit& unit : units) {
    if (text.substr(digits) != unit.suffix) continue;
    const auto limit = std::numeric_limits<std::int64_t>::max() / unit.factor;
    if (*count > static_cast<std::uint64_t>(limit)) return std::nullopt;
    return static_cast<std::int64_t>(*count) * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_text(const YamlNode& node, std::string_view what,
                                     Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar && !node.text.empty()) return node.text;
  refuse(node, what, "a text", problems);
  return std::nullopt;
}

std::optional<std::uint64_t> read_count(const YamlNode& node, std::string_view what,
                                        std::uint64_t min, std::uint64_t max, Problems& problems) {
  std::optional<std::uint64_t> value;
  if (node.kind == YamlNode::Kind::scalar && !node.quoted) value = parse_digits(node.text);
  if (value && *value >= min && *value <= max) return value;
  refuse(node, what,
         "a whole number from " + std::to_string(min) + " to " + std::to_string(max) +
             " in plain digits",
         problems);
  return std::nullopt;
}

std::optional<double> read_decimal(const YamlNode& node, std::string_view what, double max,
                                   Problems& problems) {
  const std::string_view text = node.text;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  const bool fraction_good = point == text.size() || (all_digits(fraction) && fraction.size() <= 2);
  const std::optional<std::uint64_t> whole = parse_digits(text.substr(0, point));
  if (node.kind == YamlNode::Kind::scalar && !node.quoted && fraction_good && whole) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (value <= max) return value;
  }
  refuse(node, what,
         "a number from 0 to " + std::to_string(static_cast<std::int64_t>(max)) +
             " with at most two decimals",
         problems);
  return std::nullopt;
}

std::optional<bool> read_bool(const YamlNode& node, std::string_view what, Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar && !node.quoted) {
    if (node.text == "true") return true;
    if (node.text == "false") return false;
  }
  refuse(node, what, "true or false", problems);
  return std::nullopt;
}

std::optional<std::int64_t> read_duration_ns(const YamlNode& node, std::string_view what,
                                             Problems& problems) {
  static constexpr Unit kUnits[] = {{"ns", 1},
                                    {"us", 1'000},
                                    {"ms", 1'000'000},
                                    {"s", 1'000'000'000},
                                    {"min", 60'000'000'000},
                                    {"h", 3'600'000'000'000}};
  const auto value = parse_with_unit(node, kUnits);
  if (!value) refuse(node, what, "a duration such as 500ms, 20s or 60min", problems);
  return value;
}

std::optional<std::int64_t> read_bytes(const YamlNode& node, std::string_view what,
                                       Problems& problems) {
  static constexpr Unit kUnits[] = {
      {"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}};
  const auto value = parse_with_unit(node, kUnits);
  if (!value) refuse(node, what, "a size such as 64KiB, 512MiB or 2GiB", problems);
  return value;
}

std::optional<std::vector<std::string>> read_texts(const YamlNode& node, std::string_view what,
                                                   Problems& problems) {
  std::vector<std::string> texts;
  if (node.kind == YamlNode::Kind::scalar) {
    texts.push_back(node.text);
    return texts;
  }
  if (node.kind != YamlNode::Kind::sequence) {
    refuse(node, what, "a list of texts", problems);
    return std::nullopt;
  }
  for (const YamlNode& item : node.items) {
    if (item.kind == YamlNode::Kind::scalar) {
      texts.push_back(item.text);
    } else {
      refuse(item, "each item of " + std::string(what), "a text", problems);
    }
  }
  if (node.items.empty()) problems.add(node, std::string(what) + " is an empty list");
  return texts;
}

std::optional<std::size_t> read_choice(const YamlNode& node, std::string_view what,
                                       const std::vector<std::string>& names, Problems& problems) {
  const auto found = std::find(names.begin(), names.end(), node.text);
  if (node.kind == YamlNode::Kind::scalar && found != names.end()) {
    return static_cast<std::size_t>(found - names.begin());
  }
  std::string wanted = "one of ";
  for (const std::string& name : names) wanted += (&name == &names.front() ? "" : ", ") + name;
  const std::string there =
      node.kind == YamlNode::Kind::scalar ? quoted(node.text) : kind_name(node);
  problems.add(node, std::string(what) + " must be " + wanted + ", not " + there +
                         suggestion(node.text, names));
  return std::nullopt;
}

const std::vector<std::string>& signal_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (int number = 1; number < NSIG; ++number) {
      if (const char* name = sigabbrev_np(number)) all.push_back(std::string("SIG") + name);
    }
    return all;
  }();
  return names;
}

int signal_number(std::string_view name) {
  if (name.substr(0, 3) != "SIG") return 0;
  for (int number = 1; number < NSIG; ++number) {
    const char* known = sigabbrev_np(number);
    if (known != nullptr && name.substr(3) == known) return number;
  }
  return 0;
}

MapReader::MapReader(const YamlNode& node, std::string what, const std::vector<std::string>& keys,
                     Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (!is_mapping()) {
    refuse(node, what_, "a mapping (key: value)", problems);
    return;
  }
  for (const auto& [key, value] : node.entries) {
    if (std::find(keys.begin(), keys.end(), key.text) != keys.end()) continue;
    problems.add(key,
                 "unknown key " + quoted(key.text) + " in " + what_ + suggestion(key.text, keys));
  }
}

const YamlNode* MapReader::find(std::string_view key) const {
  for (const auto& [name, value] : node_.entries) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

const YamlNode* MapReader::require(std::string_view key) {
  const YamlNode* value = find(key);
  if (value == nullptr && is_mapping()) {
    problems_.add(node_, what_ + " lacks \"" + std::string(key) + "\"");
  }
  return value;
}

}  // namespace grader
