#pragma once

#include <functional>
#include <map>
#include <string>

namespace grader::testing_support {

/// Hands an input to a reader of the grader. It throws std::logic_error when the reader broke a
/// promise of its own; it never returns after a crash.
using Reader = std::function<void(const std::string& input)>;

/// Every reader that is given bytes which somebody else made, by its folder of fixtures/fuzz.
const std::map<std::string, Reader>& fuzz_readers();

}  // namespace grader::testing_support
