#include "rubric/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

namespace grader {
namespace {

/// Builds the tree from yaml-cpp's events: unlike its own nodes, they show anchors, aliases and
/// keys given twice.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Problems& problems) : problems_(problems) {}

  [[nodiscard]] YamlNode take_root() { return std::move(root_); }
  [[nodiscard]] int documents() const { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) add(mark, "a second document begins here; a rubric is one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    place(make(mark, YamlNode::Kind::null), "", anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    add(mark, "aliases (*name) are not allowed in a rubric; write the value out");
    place(make(mark, YamlNode::Kind::null), "", YAML::NullAnchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(mark, YamlNode::Kind::scalar);
    node.text = value;
    node.quoted = tag == "!";
    place(std::move(node), tag, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(mark, YamlNode::Kind::sequence), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(mark, YamlNode::Kind::mapping), tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    bool has_key = false;
    YamlNode key;
    std::map<std::string, int> lines_of_keys;
  };

  static YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }
  void add(const YAML::Mark& mark, const char* message) {
    problems_.add(mark.line + 1, mark.column + 1, message);
  }

  void vet(const YamlNode& node, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      problems_.add(node, "anchors (&name) are not allowed in a rubric");
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      problems_.add(node, "tags (" + tag + ") are not allowed in a rubric");
    }
  }

  void open(YamlNode node, const std::string& tag, YAML::anchor_t anchor) {
    vet(node, tag, anchor);
    if (static_cast<int>(open_.size()) + skipped_ == kYamlDepthMax) {
      problems_.add(node, "nested deeper than " + std::to_string(kYamlDepthMax) + " levels");
    }
    if (static_cast<int>(open_.size()) + skipped_ >= kYamlDepthMax) {
      ++skipped_;
      return;
    }
    open_.push_back({std::move(node), false, {}, {}});
  }

  void close() {
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(node));
  }

  void place(YamlNode node, const std::string& tag, YAML::anchor_t anchor) {
    vet(node, tag, anchor);
    if (skipped_ == 0) attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (open_.empty()) {
      if (documents_ <= 1) root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      parent.key = std::move(node);
      parent.has_key = true;
    } else {
      parent.has_key = false;
      add_entry(parent, std::move(node));
    }
  }

  void add_entry(Open& parent, YamlNode value) {
    if (parent.key.kind != YamlNode::Kind::scalar) {
      problems_.add(parent.key, "a key must be a text");
      return;
    }
    const auto [seen, is_new] = parent.lines_of_keys.emplace(parent.key.text, parent.key.line);
    if (!is_new) {
      problems_.add(parent.key, "the key \"" + parent.key.text +
                                    "\" is given twice; the first is on line " +
                                    std::to_string(seen->second));
      return;
    }
    parent.node.entries.push_back({std::move(parent.key), std::move(value)});
  }

  Problems& problems_;
  std::vector<Open> open_;
  YamlNode root_;
  int skipped_ = 0;
  int documents_ = 0;
};

/// Length of the UTF-8 sequence at `at`, 0 when it is not one (overlong forms included).
std::size_t utf8_size(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return 0;
  }
  if ((lead == 0xE0 && byte(at + 1) < 0xA0) || (lead == 0xF0 && byte(at + 1) < 0x90)) return 0;
  return size;
}

/// Whether the bytes may be handed to the YAML parser; if not, says what and where.
bool vet_bytes(std::string_view text, Problems& problems) {
  if (text.size() > kYamlBytesMax) {
    problems.add(1, 1,
                 "the file has " + std::to_string(text.size()) + " bytes; a rubric has at most " +
                     std::to_string(kYamlBytesMax));
    return false;
  }
  int line = 1;
  int column = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = utf8_size(text, at);
    const bool control = static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\n' &&
                         text[at] != '\r' && text[at] != '\t';
    if (size == 0 || control) {
      problems.add(line, column,
                   control ? "a control character is not allowed here"
                           : "this byte is not UTF-8; save the file as UTF-8");
      return false;
    }
    ++column;
    if (text[at] == '\n') {
      ++line;
      column = 1;
    }
    at += size;
  }
  return true;
}

}  // namespace

YamlNode parse_yaml(std::string_view text, Problems& problems) {
  if (!vet_bytes(text, problems)) return {};
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(problems);
  try {
    YAML::Parser parser(stream);
    // Of some texts (a comma first) yaml-cpp makes empty documents for ever; the second is wrong.
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const YAML::Exception& error) {
    problems.add(error.mark.line + 1, error.mark.column + 1, "not valid YAML: " + error.msg);
  } catch (const std::exception& error) {
    problems.add(1, 1, std::string("not valid YAML: ") + error.what());
  }
  return {};
}

const char* kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "a text";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
  }
  return "nothing";
}

}  // namespace grader
