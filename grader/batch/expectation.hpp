#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/grade.hpp"

namespace grader {

/// What a submission of the fixtures is there to show.
enum class VariantKind { reference, stub, correct, faulty };

/// One submission with a known verdict, for `grader verify`.
struct Variant {
  VariantKind kind = VariantKind::correct;
  std::string name;  ///< "solutions/1-threads", "faulty/forgets_to_join", …
  std::filesystem::path directory;
  std::vector<std::string> fails;  ///< faulty: the criteria that must fail, and no others
  bool rare_natively = false;      ///< only a controlled grading finds the fault reliably
};

constexpr double kStubPointsMax = 10;

/// The reference, the stub, and every folder under fixtures/submissions/<slug>/{correct,faulty}. A
/// faulty one without a readable expected.yaml is an error that names the file.
Result<std::vector<Variant>> find_variants(const std::filesystem::path& root,
                                           const std::filesystem::path& exercise_directory);

/// What is wrong with `grade` as the grade of `variant`; empty when it is as it should be. A
/// criterion that is skipped because one that it requires failed counts as neither.
std::vector<std::string> disagreements(const Variant& variant, const Grade& grade);

}  // namespace grader
