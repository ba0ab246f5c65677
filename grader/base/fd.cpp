#include "base/fd.hpp"

#include <unistd.h>

namespace grader {

void Fd::reset() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

}  // namespace grader
