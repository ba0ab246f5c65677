#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rubric/problem.hpp"

namespace grader {

struct YamlEntry;

/// A piece of YAML with its place in the file. Scalars keep their text as written: what "no" or
/// "0123" mean is for the reader of the key to say, not for YAML.
struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping } kind = Kind::null;
  int line = 0;    ///< from 1
  int column = 0;  ///< from 1
  std::string text;
  bool quoted = false;
  std::vector<YamlNode> items;     ///< of a sequence
  std::vector<YamlEntry> entries;  ///< of a mapping, in the order of the file
};

struct YamlEntry {
  YamlNode first;   ///< the key
  YamlNode second;  ///< the value
};

constexpr std::size_t kYamlBytesMax = 256 * 1024;
constexpr int kYamlDepthMax = 12;

/// Parses one YAML document. Refused, each with its place: bad syntax, aliases and anchors (they
/// can blow up), tags, a key given twice, a key that is not a text, nesting deeper than
/// kYamlDepthMax, more than kYamlBytesMax bytes, bytes that are not UTF-8, a second document.
/// The rest is returned even then, so that its own problems can be told too; after bad syntax there
/// is no telling what the rest would mean, and nothing is returned.
YamlNode parse_yaml(std::string_view text, Problems& problems);

/// "a text", "a list", "a mapping", "nothing": for messages.
const char* kind_name(const YamlNode& node);

}  // namespace grader
