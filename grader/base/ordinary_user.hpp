#pragma once

#include <unistd.h>

namespace grader::testing_support {

/// While it lives, a test that runs as root may do no more than an ordinary user: without this, a
/// folder that nobody may write could be written all the same, and the test could not fail.
class OrdinaryUser {
 public:
  static constexpr uid_t kId = 65534;

  OrdinaryUser() : was_root_(geteuid() == 0 && seteuid(kId) == 0) {}
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() {
    if (was_root_ && seteuid(0) != 0) _exit(1);
  }

 private:
  bool was_root_;
};

/// Gives him a folder that root has made; nothing where the test is no root.
inline bool give_to_ordinary_user(const char* path) {
  return geteuid() != 0 || chown(path, OrdinaryUser::kId, OrdinaryUser::kId) == 0;
}

}  // namespace grader::testing_support
