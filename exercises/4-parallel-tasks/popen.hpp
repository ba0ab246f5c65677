#pragma once

// The fixed interface of exercise 4, first half. Do not edit: your work goes into popen.cpp.

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a child process is to run.
struct Command {
  std::vector<std::string> argv = {};                   ///< argv[0] is looked for in PATH
  std::map<std::string, std::string> environment = {};  ///< set on top of the parent's variables
  std::string working_directory = {};                   ///< empty: the parent's

  /// `line` as a command for the shell.
  static Command shell(std::string line) { return {{"/bin/sh", "-c", std::move(line)}, {}, {}}; }
};

/// All that a child wrote to its standard output, and to its standard error.
struct Output {
  std::string out;
  std::string err;
};

/// A child process, with a pipe to its standard input and one from each of its two outputs.
///
/// A return code is the exit status of the child, or minus the number of the signal that ended it.
/// Any thread may call `poll`, `wait`, `wait_for`, `returncode`, `send_signal`, `terminate` and
/// `kill`, also while others are inside one of them or inside `communicate`.
class Popen {
 public:
  /// Starts the child. Throws std::system_error with the errno of the reason when it cannot, such
  /// as ENOENT when there is no such program or no such directory; then nothing is left behind.
  explicit Popen(const Command& command);

  /// Leaves nothing behind: closes the pipes, and does what `stop(1s)` does when the child has not
  /// been waited for.
  ~Popen();

  pid_t pid() const;

  /// The return code when the child has ended, nothing while it runs. Never waits.
  std::optional<int> poll();

  /// Waits until the child has ended; gives the return code.
  int wait();

  /// The same for `timeout` at most; nothing when the child still runs then.
  std::optional<int> wait_for(std::chrono::milliseconds timeout);

  /// The return code, when `poll`, `wait`, … have found that the child has ended. Asks nobody.
  std::optional<int> returncode() const;

  /// Writes `input` to the child and closes its standard input, reads both outputs to their ends,
  /// and waits for the child. A child that does not read all of `input` is no error.
  Output communicate(std::string_view input = {});

  /// The same for `timeout` at most. Gives nothing when that was too short: the child runs on, and
  /// the next call goes on where this one stopped (it ignores its `input`), so nothing is lost.
  std::optional<Output> communicate_for(std::string_view input, std::chrono::milliseconds timeout);

  /// Sends a signal; does nothing when the child has been waited for, since its number may belong
  /// to another process by now.
  void send_signal(int signal);
  void terminate();  ///< SIGTERM: asks it to end
  void kill();       ///< SIGKILL: ends it

  /// Asks the child to end, kills it when it still runs after `grace`, and waits for it. Gives the
  /// return code.
  int stop(std::chrono::milliseconds grace);

  Popen(const Popen&) = delete;
  Popen& operator=(const Popen&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
