#pragma once

// The fixed interface of exercise 7. Do not edit: your work goes into philosophers.cpp.

#include <functional>
#include <memory>

/// What a philosopher is doing.
enum class Mood {
  kThinking,  ///< has no forks and wants none
  kHungry,    ///< is inside `take_forks`
  kEating,    ///< has both forks: from the end of `take_forks` to `put_forks`
};

/// A round table with one fork between each two seats. Seats are numbered from 0, all the way
/// round: the last one is the neighbour of seat 0. A philosopher needs the fork to the left and the
/// one to the right, so no two neighbours can eat at once. Each philosopher is a thread; several
/// threads may call any of the functions at once, for different seats.
///
/// Four promises, whatever the threads do:
///  1. no two neighbours eat at once;
///  2. nobody waits but for a neighbour: `take_forks` returns without waiting for anybody when both
///     neighbours are thinking;
///  3. when everybody who eats puts the forks down again, everybody who is hungry comes to eat;
///  4. while a philosopher is hungry, each of the two neighbours sits down to eat at most twice.
///
/// Every function throws std::out_of_range for a seat that the table does not have.
class Table {
 public:
  /// Everybody is thinking. Throws std::invalid_argument for fewer than two seats.
  explicit Table(int seats);
  ~Table();

  int seats() const;

  /// Makes the philosopher hungry, waits, takes both forks. Throws std::logic_error when the
  /// philosopher is hungry or eating already.
  void take_forks(int seat);

  /// Takes both forks when both are free and neither neighbour is hungry; otherwise takes none.
  /// Returns at once, whether it has taken them. Throws std::logic_error when the philosopher is
  /// hungry or eating already.
  bool try_take_forks(int seat);

  /// Puts both forks back; called by the thread that took them. Throws std::logic_error when the
  /// philosopher is not eating.
  void put_forks(int seat);

  /// Does not wait for anybody to end a meal.
  Mood mood(int seat) const;

  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Gives a dinner at a new table: each philosopher, in a thread of its own and side by side with
/// the others, does `meals` times: `think(seat)`, take the forks, `eat(seat)`, put the forks down.
/// Returns when all have had their meals. Throws what the table throws for that number of seats.
void dine(int seats, int meals, const std::function<void(int)>& think,
          const std::function<void(int)>& eat);
