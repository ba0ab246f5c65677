#include "popen.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <mutex>
#include <system_error>

extern "C" {  // glibc 2.36 forgets to say so
#include <sys/pidfd.h>
}

namespace {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

void require(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// Owns a file descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { close(); }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

/// Both ends are closed in every child but for the copies made on purpose: a sibling that keeps an
/// end open keeps the pipe from ending.
struct Pipe {
  Fd reader;
  Fd writer;

  Pipe() {
    std::array<int, 2> ends{};
    require(pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
  }
};

/// The variables of the parent with those of the command on top, as "NAME=value".
std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    if (command.environment.count(variable.substr(0, variable.find('='))) == 0) {
      variables.push_back(variable);
    }
  }
  for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct FileActions {
  posix_spawn_file_actions_t value;
  FileActions() { require(posix_spawn_file_actions_init(&value), "posix_spawn"); }
  ~FileActions() { posix_spawn_file_actions_destroy(&value); }
  void duplicate(const Fd& from, int to) {
    require(posix_spawn_file_actions_adddup2(&value, from.get(), to), "posix_spawn");
  }
};

/// SIGPIPE has its usual effect in children, though this program ignores it.
struct Attributes {
  posix_spawnattr_t value;
  Attributes() {
    require(posix_spawnattr_init(&value), "posix_spawn");
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&value, &usual);
    posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&value); }
};

/// Writing to a child that reads no more shall give EPIPE, not end this program.
void ignore_sigpipe() {
  static const bool once = [] { return ::signal(SIGPIPE, SIG_IGN) != SIG_ERR; }();
  static_cast<void>(once);
}

/// For ::poll: milliseconds until the deadline, rounded up; -1 for ever.
int left_ms(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
}

/// Waits for one of `fds`; false when the deadline passed first.
bool wait_for_any(pollfd* fds, nfds_t count, const Deadline& deadline) {
  for (;;) {
    const int ready = ::poll(fds, count, left_ms(deadline));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) require(errno, "poll");
    if (ready == 0 && deadline && Clock::now() >= *deadline) return false;
  }
}

/// Adds what there is to `text`; closes at the end.
void read_some(Fd& fd, std::string& text) {
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    fd.close();
  }
}

}  // namespace

struct Popen::State {
  pid_t pid = -1;
  Fd pidfd;  // readable when the child has ended; stays this child's when the number is used anew

  mutable std::mutex mutex;  // nobody signals while another thread waits for the child's remains
  std::optional<int> returncode;

  // Of the thread that communicates.
  Fd in, out, err;
  std::optional<std::string> input;
  std::size_t written = 0;
  Output output;

  std::optional<int> reap();
  std::optional<int> wait_until(const Deadline& deadline);
  void write_some();
  bool communicate_until(std::string_view text, const Deadline& deadline);
};

Popen::Popen(const Command& command) : state_(std::make_unique<State>()) {
  ignore_sigpipe();
  if (command.argv.empty()) require(EINVAL, "a command without a program");
  Pipe in, out, err;
  FileActions actions;
  actions.duplicate(in.reader, STDIN_FILENO);
  actions.duplicate(out.writer, STDOUT_FILENO);
  actions.duplicate(err.writer, STDERR_FILENO);
  if (!command.working_directory.empty()) {
    require(posix_spawn_file_actions_addchdir_np(&actions.value, command.working_directory.c_str()),
            "posix_spawn");
  }
  const Attributes attributes;
  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> variables = environment_of(command);
  require(posix_spawnp(&state_->pid, command.argv[0].c_str(), &actions.value, &attributes.value,
                       pointers_to(arguments).data(), pointers_to(variables).data()),
          command.argv[0].c_str());
  state_->pidfd = Fd(pidfd_open(state_->pid, 0));
  if (!state_->pidfd.is_open()) {
    const int error = errno;
    ::kill(state_->pid, SIGKILL);
    waitpid(state_->pid, nullptr, 0);
    require(error, "pidfd_open");
  }
  state_->in = std::move(in.writer);
  state_->out = std::move(out.reader);
  state_->err = std::move(err.reader);
  // A write of more than fits must not block while the child waits for us to read.
  fcntl(state_->in.get(), F_SETFL, O_NONBLOCK);
}

Popen::~Popen() {
  state_->in.close();
  state_->out.close();
  state_->err.close();
  if (!poll()) stop(std::chrono::seconds(1));
}

pid_t Popen::pid() const { return state_->pid; }

/// Takes the child's remains when it has ended.
std::optional<int> Popen::State::reap() {
  const std::lock_guard lock(mutex);
  int status = 0;
  if (!returncode && waitpid(pid, &status, WNOHANG) == pid) {
    returncode = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
  return returncode;
}

/// Waits on the pidfd, without the lock, and takes the remains under it: so a signal can be sent
/// while somebody waits, and never to a number that is free again.
std::optional<int> Popen::State::wait_until(const Deadline& deadline) {
  for (;;) {
    if (const std::optional<int> code = reap()) return code;
    pollfd ended{pidfd.get(), POLLIN, 0};
    if (!wait_for_any(&ended, 1, deadline)) return reap();
  }
}

std::optional<int> Popen::poll() { return state_->reap(); }
int Popen::wait() { return *state_->wait_until(std::nullopt); }
std::optional<int> Popen::wait_for(std::chrono::milliseconds timeout) {
  return state_->wait_until(Clock::now() + timeout);
}

std::optional<int> Popen::returncode() const {
  const std::lock_guard lock(state_->mutex);
  return state_->returncode;
}

void Popen::State::write_some() {
  const std::string_view rest = std::string_view(*input).substr(written);
  const ssize_t count = rest.empty() ? 0 : ::write(in.get(), rest.data(), rest.size());
  if (count >= 0) written += static_cast<std::size_t>(count);
  const bool goes_on = count < 0 && (errno == EAGAIN || errno == EINTR);
  if (written == input->size() || (count < 0 && !goes_on)) in.close();
}

/// Serves all three pipes at once, whichever is ready; false when the deadline passed first.
bool Popen::State::communicate_until(std::string_view text, const Deadline& deadline) {
  if (!input) {
    input = text;
    if (text.empty()) in.close();
  }
  while (in.is_open() || out.is_open() || err.is_open()) {
    // ::poll leaves out what is closed: its number is -1.
    std::array<pollfd, 3> fds = {pollfd{in.get(), POLLOUT, 0}, pollfd{out.get(), POLLIN, 0},
                                 pollfd{err.get(), POLLIN, 0}};
    if (!wait_for_any(fds.data(), fds.size(), deadline)) return false;
    if (fds[0].revents != 0) write_some();
    if (fds[1].revents != 0) read_some(out, output.out);
    if (fds[2].revents != 0) read_some(err, output.err);
  }
  return wait_until(deadline).has_value();
}

Output Popen::communicate(std::string_view input) {
  state_->communicate_until(input, std::nullopt);
  return state_->output;
}

std::optional<Output> Popen::communicate_for(std::string_view input,
                                             std::chrono::milliseconds timeout) {
  if (!state_->communicate_until(input, Clock::now() + timeout)) return std::nullopt;
  return state_->output;
}

void Popen::send_signal(int signal) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->returncode) ::kill(state_->pid, signal);
}

void Popen::terminate() { send_signal(SIGTERM); }
void Popen::kill() { send_signal(SIGKILL); }

int Popen::stop(std::chrono::milliseconds grace) {
  terminate();
  if (const std::optional<int> code = wait_for(grace)) return *code;
  kill();
  return wait();
}
