#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "explore/controlled_channel.hpp"
#include "model/enclosure.hpp"
#include "model/observation.hpp"
#include "protocol/decision_log.hpp"
#include "protocol/fork_server.hpp"

namespace grader {

/// A program that is to run under the controlled scheduler.
struct ControlledProgram {
  std::vector<std::string> command;  ///< the program first, then its arguments
  std::filesystem::path working_directory;
  std::filesystem::path libraries;  ///< holds libgrader_runtime.so and light/libtsan.so.2
  RuntimeKind runtime = RuntimeKind::plain;
  /// On top of this process's environment, or of PATH alone when the program is not trusted.
  std::vector<std::pair<std::string, std::string>> environment;
  /// A submission: it sees nothing of this process's environment, and cannot gain privileges.
  bool untrusted = false;
  std::uint64_t data_bytes_max = 0;      ///< private memory of each process; 0: no limit
  std::uint64_t file_bytes_max = 0;      ///< of each file that it writes; 0: no limit
  std::uint32_t cpu_timeout_ms = 4'000;  ///< CPU time of one run
  /// A run that wants to go on for longer cannot be judged on this machine: an error. 0: 15 times
  /// the CPU time.
  std::uint32_t wall_timeout_ms = 0;
  std::uint32_t alive_max = 2'000;  ///< threads and processes at once; more end the run
  std::size_t output_bytes_max = 1U << 20U;
  /// Shuts it off from the machine; empty: it is not. Inside, the working directory is a fresh one.
  Enclose enclose;
  bool fork_late = false;  ///< the harness's main is shared by all runs: protocol/fork_server.hpp
  std::vector<std::filesystem::path> readable;  ///< what an enclosure must show it
  std::uint64_t memory_bytes_max = 0;           ///< of all its processes, inside an enclosure
  std::uint64_t processes_max = 0;              ///< threads too, inside an enclosure
};

/// What one run is told: the options, and the arrays whose sizes the options hold (they are set
/// from the vectors).
struct ControlledRequest {
  protocol::RunOptions options;
  std::vector<protocol::Choice> choices;
  std::vector<protocol::ProfileEntry> profile;
  std::vector<protocol::Candidate> sleeping;
  std::vector<protocol::ScheduleBlock> blocks;
};

/// What one run did, before anything is explained.
struct ControlledRun {
  Termination termination = Exited{};
  protocol::RunEnd end = protocol::RunEnd::unknown;
  std::uint64_t steps = 0;
  std::uint64_t choices = 0;
  std::uint32_t threads_max = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t happens_before_hash = 0;
  std::int64_t virtual_time_ns = 0;
  std::uint32_t leftovers = 0;
  std::int64_t cpu_us = 0;
  std::vector<RuntimeFinding> findings;
  std::string stdout_text;
  std::string stderr_text;
  std::string sanitizer_log;  ///< what ThreadSanitizer wrote, if it is there
};

/// One warm parent of a program (protocol/fork_server.hpp) with its channel. One run at a time.
class ControlledSession {
 public:
  /// Starts the program and waits until it is ready. `core`: what its runs are pinned to; -1: not.
  static Result<ControlledSession> start(const ControlledProgram& program, int core);
  ControlledSession(ControlledSession&&) noexcept;
  ControlledSession& operator=(ControlledSession&&) = delete;
  ~ControlledSession();

  /// Performs one run. An error is the grader's or the machine's fault; the session is then over.
  Result<ControlledRun> run(const ControlledRequest& request);

  /// More about the last run.
  [[nodiscard]] protocol::DecisionLog decisions() const;
  [[nodiscard]] std::vector<protocol::Choice> choices() const;
  [[nodiscard]] Trace trace() const;
  [[nodiscard]] const ControlledChannel& channel() const { return channel_; }
  /// Whether the real ThreadSanitizer runs beneath.
  [[nodiscard]] bool sanitized() const { return sanitized_; }

 private:
  ControlledSession(ControlledChannel channel, std::filesystem::path scratch);
  Status spawn(const ControlledProgram& program);
  Result<protocol::ForkReply> await_reply(std::int64_t timeout_ms);
  Status give(const ControlledRequest& request);
  Status take_output(ControlledRun& run);
  void take_summary(ControlledRun& run, const protocol::ForkReply& reply) const;

  ControlledChannel channel_;
  std::filesystem::path scratch_;  ///< where ThreadSanitizer's logs go; removed with the session
  Fd output_;
  Fd errors_;
  Fd requests_;
  Fd replies_;
  Enclosure enclosure_;
  pid_t pid_ = -1;
  int core_ = -1;
  bool sanitized_ = false;
  std::uint32_t cpu_timeout_ms_ = 0;
  std::uint32_t wall_timeout_ms_ = 0;
  std::uint32_t alive_max_ = 0;
  std::size_t output_bytes_max_ = 0;
  bool bounds_output_ = false;  ///< more than that exceeds a limit
};

}  // namespace grader
