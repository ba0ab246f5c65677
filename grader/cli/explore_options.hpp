#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace grader {

/// Registers `grader explore` and `grader replay`; `action` becomes what the chosen one does.
void add_explore(CLI::App& app, std::function<int()>& action);
void add_replay(CLI::App& app, std::function<int()>& action);

}  // namespace grader
