#pragma once

// What scenarios arrange around the student's code.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

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

/// A named pipe in the current directory, for a line from here to the child or from the child to
/// here: who reads it waits for who writes it.
class Gate {
 public:
  explicit Gate(const char* name) {
    mkfifo(name, 0600);
    // For both ways, so that opening it waits for nobody, here or in the child.
    fd_ = ::open(name, O_RDWR | O_CLOEXEC);
  }
  ~Gate() { ::close(fd_); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Waits for a line from the child.
  bool pass() {
    char line = 0;
    return ::read(fd_, &line, 1) == 1;
  }
  /// Lets a child go on that reads a line.
  bool open() { return ::write(fd_, "\n", 1) == 1; }

 private:
  int fd_ = -1;
};
