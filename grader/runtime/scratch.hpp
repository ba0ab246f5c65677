#pragma once

namespace grader::runtime {

/// Removes what a run has left in the folders that exist inside an enclosure alone: the home
/// (protocol::kHomeInside), /tmp and /dev/shm. Does nothing unless the process is in such a home,
/// so nothing on the machine itself. What lies deeper than 64 folders stays.
void empty_scratch();

/// Removes what lies below the folder that `fd` is open on; for tests.
void empty_folder(int fd);

}  // namespace grader::runtime
