#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/channel.hpp"
#include "protocol/fork_server.hpp"

namespace grader::testing {

/// What the tests of the runtime see of one run.
struct ControlledRun {
  protocol::ForkReply reply;
  protocol::RunEnd end = protocol::RunEnd::unknown;
  std::uint64_t steps = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t happens_before_hash = 0;
  std::int64_t virtual_time_ns = 0;
  std::uint32_t threads_max = 0;
  std::vector<protocol::Choice> choices;
  std::vector<protocol::Event> events;
  struct Finding {
    protocol::FindingKind kind;
    std::string sentence;
    std::uint32_t locations;
  };
  std::vector<Finding> findings;
  std::vector<std::string> modules;
  std::string output;  ///< stdout and stderr

  [[nodiscard]] bool exited_with(int status) const;
  [[nodiscard]] bool has(protocol::FindingKind kind) const;
  /// Everything a test wants to print when it fails.
  [[nodiscard]] std::string describe() const;
};

/// A program started once under the runtime, with the fork server, and run as often as wanted.
class ControlledProgram {
 public:
  enum class Sanitizer { light, real };

  /// Starts `command`; `core` -1: not pinned. Aborts the test program when that fails.
  explicit ControlledProgram(std::vector<std::string> command,
                             Sanitizer sanitizer = Sanitizer::light, int core = -1);
  ~ControlledProgram();
  ControlledProgram(const ControlledProgram&) = delete;
  ControlledProgram& operator=(const ControlledProgram&) = delete;

  /// One run; `given` goes into the choices region.
  ControlledRun run(protocol::RunOptions options, const std::vector<protocol::Choice>& given = {},
                    std::uint32_t wall_timeout_ms = 150'000);

  [[nodiscard]] const protocol::ForkReply& first_reply() const { return first_reply_; }
  [[nodiscard]] const protocol::Channel& channel() const { return channel_; }

 private:
  void start(const std::vector<std::string>& command, Sanitizer sanitizer);
  void reset(const protocol::RunOptions& options, const std::vector<protocol::Choice>& given);
  [[nodiscard]] ControlledRun read_run(const protocol::ForkReply& reply);

  int core_;
  int channel_fd_ = -1;
  int output_fd_ = -1;
  int requests_ = -1;
  int replies_ = -1;
  int child_ = -1;
  std::size_t size_ = 0;
  void* base_ = nullptr;
  protocol::Channel channel_;
  protocol::ForkReply first_reply_;
};

/// Options for a random walk with `seed`.
protocol::RunOptions random_walk(std::uint64_t seed);

}  // namespace grader::testing
