#include "rubric/criterion_reader.hpp"

#include <algorithm>

#include "rubric/check_reader.hpp"
#include "rubric/keys.hpp"

namespace grader {
namespace {

constexpr double kPointsMax = 10'000;

/// Ids go into file names, JUnit names and command lines.
bool is_id(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void read_id(MapReader& map, const std::vector<Criterion>& earlier, Criterion& criterion) {
  const YamlNode* node = map.require("id");
  if (node == nullptr) return;
  map.take("id", criterion.id, read_text);
  if (!criterion.id.empty() && !is_id(criterion.id)) {
    map.problems().add(*node, "the id \"" + criterion.id +
                                  "\" must be small letters, digits and dashes, 64 at most");
  }
  for (const Criterion& other : earlier) {
    if (other.id != criterion.id || criterion.id.empty()) continue;
    map.problems().add(*node, "the id \"" + criterion.id + "\" is taken by the criterion on line " +
                                  std::to_string(other.line));
  }
}

/// The items of a list of texts, or the one text, with their places.
std::vector<const YamlNode*> text_nodes(const YamlNode& node) {
  std::vector<const YamlNode*> nodes;
  if (node.kind == YamlNode::Kind::scalar) nodes.push_back(&node);
  for (const YamlNode& item : node.items) nodes.push_back(&item);
  return nodes;
}

void check_requires(const YamlNode& node, const std::vector<Criterion>& earlier,
                    const Criterion& criterion, Problems& problems) {
  std::vector<std::string> known;
  for (const Criterion& other : earlier) known.push_back(other.id);
  for (const YamlNode* item : text_nodes(node)) {
    if (std::find(known.begin(), known.end(), item->text) != known.end()) continue;
    const std::string what = item->text == criterion.id ? "itself" : "\"" + item->text + "\"";
    problems.add(*item, "the criterion requires " + what + ", which is not an earlier criterion" +
                            suggestion(item->text, known));
  }
}

void check_scenarios(const YamlNode& node, const ReadContext& context) {
  if (context.exercise == nullptr) return;
  const std::vector<std::string>& known = context.exercise->scenarios;
  for (const YamlNode* item : text_nodes(node)) {
    const bool matches = std::any_of(known.begin(), known.end(), [&](const std::string& scenario) {
      return glob_matches(item->text, scenario);
    });
    if (matches) continue;
    std::vector<std::string> near = known;
    for (const std::string& scenario : known) {
      near.push_back(scenario.substr(0, scenario.find('.')) + ".*");
    }
    context.problems.add(*item, "\"" + item->text + "\" matches no scenario of the exercise" +
                                    suggestion(item->text, near));
  }
}

void read_reward(MapReader& map, Criterion& criterion) {
  if (const YamlNode* points = map.require("points")) {
    map.take("points", criterion.points, read_decimal, kPointsMax);
    if (points->text == "0") {
      map.problems().add(*points,
                         "a criterion of 0 points decides nothing; leave it out, or give "
                         "it points");
    }
  }
  std::size_t choice = 0;
  map.take("credit", choice, read_choice, credit_names());
  criterion.credit = static_cast<Credit>(choice);
  choice = 0;
  map.take("visibility", choice, read_choice, visibility_names());
  criterion.visibility = static_cast<Visibility>(choice);
  map.take("bonus", criterion.bonus, read_bool);
  map.take("cap", criterion.cap, read_decimal, kPointsMax);
}

/// The keys of a criterion: those of all, and those of its check. An unreadable check allows all,
/// so that one mistake is one problem.
Keys keys_for(std::optional<std::size_t> check) {
  Keys keys = criterion_keys();
  for (std::size_t i = 0; i < check_names().size(); ++i) {
    if (check && *check != i) continue;
    keys.insert(keys.end(), check_keys(i).begin(), check_keys(i).end());
  }
  return keys;
}

const YamlNode* value_of(const YamlNode& node, std::string_view key) {
  for (const auto& [name, value] : node.entries) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

Criterion read_criterion(const YamlNode& node, const std::vector<Criterion>& earlier,
                         const ReadContext& context) {
  Criterion criterion;
  criterion.line = node.line;
  std::optional<std::size_t> check;
  if (const YamlNode* name = value_of(node, "check")) {
    check = read_choice(*name, "check", check_names(), context.problems);
  }
  const std::string what = check ? "a criterion of check " + check_names()[*check] : "a criterion";
  MapReader map(node, what, keys_for(check), context.problems);
  map.require("check");
  read_id(map, earlier, criterion);
  map.take("title", criterion.title, read_text);
  map.take("hint", criterion.hint, read_text);
  read_reward(map, criterion);
  map.take("scenarios", criterion.scenarios, read_texts);
  if (const YamlNode* globs = map.find("scenarios")) check_scenarios(*globs, context);
  map.take("requires", criterion.requires_, read_texts);
  if (const YamlNode* ids = map.find("requires")) {
    check_requires(*ids, earlier, criterion, context.problems);
  }
  if (const YamlNode* mode = map.find("mode")) {
    const auto choice = read_choice(*mode, "mode", mode_names(), context.problems);
    if (choice) criterion.mode = static_cast<ExploreMode>(*choice);
  }
  criterion.check = TestCheck{};
  if (check) criterion.check = read_check(map, *check, context);
  return criterion;
}

}  // namespace

std::vector<Criterion> read_criteria(const YamlNode& node, const ReadContext& context) {
  std::vector<Criterion> criteria;
  if (node.kind != YamlNode::Kind::sequence || node.items.empty()) {
    context.problems.add(node, "criteria must be a list of criteria");
    return criteria;
  }
  for (const YamlNode& item : node.items) {
    criteria.push_back(read_criterion(item, criteria, context));
  }
  return criteria;
}

}  // namespace grader
