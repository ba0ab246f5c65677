// libFuzzer's entry to one reader, that fuzz_name.cpp names. A broken promise ends in an
// uncaught exception, which libFuzzer takes for the crash that it is.
#include <cstddef>
#include <cstdint>

#include "fuzz_readers.hpp"

extern const char* const fuzz_reader_name;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto& reader = grader::testing_support::fuzz_readers().at(fuzz_reader_name);
  reader(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
