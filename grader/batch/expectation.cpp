#include "batch/expectation.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace grader {
namespace {

namespace fs = std::filesystem;

Error bad(const fs::path& file, const YAML::Mark& mark, const std::string& message) {
  return Error{ErrorKind::invalid_rubric,
               fmt::format("{}:{}:{}: {}", file.string(), mark.line + 1, mark.column + 1, message)};
}

Status read_member(const fs::path& file, const std::string& key, const YAML::Node& key_node,
                   const YAML::Node& value, Variant& variant) {
  if (key == "fails") {
    if (!value.IsSequence()) return bad(file, value.Mark(), "fails: a list of criterion ids");
    for (const YAML::Node& id : value) variant.fails.push_back(id.as<std::string>());
    return success();
  }
  if (key == "native") {
    const auto text = value.as<std::string>();
    if (text != "reliable" && text != "rare") {
      return bad(file, value.Mark(), "native: `reliable` or `rare`, not `" + text + "`");
    }
    variant.rare_natively = text == "rare";
    return success();
  }
  if (key == "why") return success();
  return bad(file, key_node.Mark(), "unknown key `" + key + "`; known: fails, native, why");
}

Status read_expectation(const fs::path& file, Variant& variant) {
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    if (!root.IsMap()) return bad(file, root.Mark(), "a mapping with `fails` and `why`");
    for (const auto& member : root) {
      GRADER_CHECK(
          read_member(file, member.first.as<std::string>(), member.first, member.second, variant));
    }
    if (variant.fails.empty()) {
      return bad(file, root.Mark(),
                 "fails: at least one criterion; a correct one goes to correct/");
    }
    return success();
  } catch (const YAML::BadFile&) {
    return Error{ErrorKind::invalid_rubric,
                 file.string() + ": missing; it must say which criteria fail"};
  } catch (const YAML::Exception& error) {
    return bad(file, error.mark, error.msg);
  }
}

Status add_folder(const fs::path& folder, VariantKind kind, std::vector<Variant>& variants) {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  for (const fs::path& directory : found) {
    Variant variant{kind,
                    folder.filename().string() + "/" + directory.filename().string(),
                    directory,
                    {},
                    false};
    if (kind == VariantKind::faulty) {
      GRADER_CHECK(read_expectation(directory / "expected.yaml", variant));
    }
    variants.push_back(std::move(variant));
  }
  return success();
}

std::string first_evidence(const GradedCriterion& criterion) {
  if (criterion.verdict.findings.empty()) return criterion.verdict.summary;
  return criterion.verdict.findings.front().message;
}

void expect_full_marks(const Grade& grade, std::vector<std::string>& problems) {
  for (const GradedCriterion& criterion : grade.criteria) {
    if (criterion.verdict.outcome != Outcome::pass) {
      problems.push_back(fmt::format("{} should pass, but is {}: {}", criterion.id,
                                     to_text(criterion.verdict.outcome),
                                     first_evidence(criterion)));
    }
  }
  if (problems.empty() && grade.points < grade.points_max) {
    problems.push_back(fmt::format("{} of {} points", grade.points, grade.points_max));
  }
}

void expect_failures(const Variant& variant, const Grade& grade,
                     std::vector<std::string>& problems) {
  std::set<std::string> expected(variant.fails.begin(), variant.fails.end());
  for (const GradedCriterion& criterion : grade.criteria) {
    const bool must_fail = expected.erase(criterion.id) > 0;
    const Outcome outcome = criterion.verdict.outcome;
    if (must_fail && outcome != Outcome::fail) {
      problems.push_back(fmt::format("{} should fail, but is {}", criterion.id, to_text(outcome)));
    } else if (!must_fail && outcome != Outcome::pass && outcome != Outcome::skipped) {
      problems.push_back(fmt::format("{} should not fail, but is {}: {}", criterion.id,
                                     to_text(outcome), first_evidence(criterion)));
    }
  }
  for (const std::string& unknown : expected) {
    problems.push_back("expected.yaml names `" + unknown + "`, which the rubric does not have");
  }
}

}  // namespace

Result<std::vector<Variant>> find_variants(const fs::path& root,
                                           const fs::path& exercise_directory) {
  const std::string slug = exercise_directory.filename().string();
  std::vector<Variant> variants;
  variants.push_back(
      {VariantKind::reference, "solutions/" + slug, root / "solutions" / slug, {}, false});
  variants.push_back({VariantKind::stub, "exercises/" + slug, exercise_directory, {}, false});
  const fs::path fixtures = root / "fixtures" / "submissions" / slug;
  GRADER_CHECK(add_folder(fixtures / "correct", VariantKind::correct, variants));
  GRADER_CHECK(add_folder(fixtures / "faulty", VariantKind::faulty, variants));
  return variants;
}

std::vector<std::string> disagreements(const Variant& variant, const Grade& grade) {
  std::vector<std::string> problems;
  if (grade.withheld) {
    problems.push_back("the grade is withheld: " + grade.problem);
    return problems;
  }
  if (!grade.built && variant.kind != VariantKind::faulty) {
    problems.push_back("does not build: " + grade.problem);
    return problems;
  }
  switch (variant.kind) {
    case VariantKind::reference:
    case VariantKind::correct:
      expect_full_marks(grade, problems);
      break;
    case VariantKind::stub:
      if (grade.points > kStubPointsMax) {
        problems.push_back(fmt::format("the stub earns {} points; at most {} are allowed",
                                       grade.points, kStubPointsMax));
      }
      break;
    case VariantKind::faulty:
      expect_failures(variant, grade, problems);
      break;
  }
  return problems;
}

}  // namespace grader
