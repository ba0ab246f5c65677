#pragma once

// What scenarios arrange around the student's code.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

/// While it lives, this program ignores a signal, and so does every program that is started: exec
/// keeps ignored signals ignored.
class Ignoring {
 public:
  explicit Ignoring(int signal) : signal_(signal), before_(std::signal(signal, SIG_IGN)) {}
  ~Ignoring() { std::signal(signal_, before_); }
  Ignoring(const Ignoring&) = delete;
  Ignoring& operator=(const Ignoring&) = delete;

 private:
  int signal_;
  void (*before_)(int);
};

/// A named pipe, for a line from here to the child or from the child to here: who reads it waits
/// for who writes it. It has a folder of its own, since other runs may share the current directory.
class Gate {
 public:
  Gate() {
    if (mkdtemp(folder_) == nullptr) return;
    path_ = std::string(folder_) + "/gate";
    mkfifo(path_.c_str(), 0600);
    // For both ways, so that opening it waits for nobody, here or in the child.
    fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  }
  ~Gate() {
    ::close(fd_);
    unlink(path_.c_str());
    rmdir(folder_);
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// For the child's command line, relative to the current directory.
  const std::string& path() const { return path_; }
  /// Waits for a line from the child.
  bool pass() {
    char line = 0;
    return ::read(fd_, &line, 1) == 1;
  }
  /// Lets a child go on that reads a line.
  bool open() { return ::write(fd_, "\n", 1) == 1; }

 private:
  char folder_[12] = "gate-XXXXXX";
  std::string path_;
  int fd_ = -1;
};
