#include "philosophers.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// Both forks are taken in one step under one mutex, so nobody ever holds one and waits for the
// other. Whoever gets hungry draws a number; between hungry neighbours the lower number eats first.
struct Table::State {
  struct Seat {
    Mood mood = Mood::kThinking;
    unsigned long number = 0;  // when this philosopher got hungry
    std::condition_variable may_eat;
  };

  mutable std::mutex mutex;  // guards all below
  std::vector<Seat> ring;
  unsigned long next_number = 0;

  explicit State(int seats) : ring(static_cast<std::size_t>(seats)) {}

  Seat& at(int seat) { return ring.at(static_cast<std::size_t>(seat)); }

  Seat& left_of(int seat) { return at((seat + seats() - 1) % seats()); }
  Seat& right_of(int seat) { return at((seat + 1) % seats()); }
  int seats() const { return static_cast<int>(ring.size()); }

  static bool lets_go_first(const Seat& neighbour, const Seat& me) {
    if (neighbour.mood == Mood::kEating) return false;
    return neighbour.mood == Mood::kThinking || neighbour.number > me.number;
  }

  bool can_eat(int seat) {
    return lets_go_first(left_of(seat), at(seat)) && lets_go_first(right_of(seat), at(seat));
  }

  Seat& thinking(int seat) {
    Seat& me = at(seat);
    if (me.mood == Mood::kThinking) return me;
    throw std::logic_error("seat " + std::to_string(seat) + " is hungry or eating already");
  }
};

Table::Table(int seats) {
  if (seats < 2) throw std::invalid_argument("a table has two seats or more");
  state_ = std::make_unique<State>(seats);
}

Table::~Table() = default;

int Table::seats() const { return state_->seats(); }

void Table::take_forks(int seat) {
  std::unique_lock lock(state_->mutex);
  State::Seat& me = state_->thinking(seat);
  me.mood = Mood::kHungry;
  me.number = state_->next_number++;
  me.may_eat.wait(lock, [&] { return state_->can_eat(seat); });
  me.mood = Mood::kEating;
}

bool Table::try_take_forks(int seat) {
  const std::lock_guard lock(state_->mutex);
  State::Seat& me = state_->thinking(seat);
  if (state_->left_of(seat).mood != Mood::kThinking) return false;
  if (state_->right_of(seat).mood != Mood::kThinking) return false;
  me.mood = Mood::kEating;
  return true;
}

void Table::put_forks(int seat) {
  const std::lock_guard lock(state_->mutex);
  State::Seat& me = state_->at(seat);
  if (me.mood != Mood::kEating)
    throw std::logic_error("seat " + std::to_string(seat) + " has no forks");
  me.mood = Mood::kThinking;
  state_->left_of(seat).may_eat.notify_one();
  state_->right_of(seat).may_eat.notify_one();
}

Mood Table::mood(int seat) const {
  const std::lock_guard lock(state_->mutex);
  return state_->at(seat).mood;
}

void dine(int seats, int meals, const std::function<void(int)>& think,
          const std::function<void(int)>& eat) {
  Table table(seats);
  std::vector<std::jthread> philosophers;
  for (int seat = 0; seat < seats; ++seat) {
    philosophers.emplace_back([&, seat] {
      for (int meal = 0; meal < meals; ++meal) {
        think(seat);
        table.take_forks(seat);
        eat(seat);
        table.put_forks(seat);
      }
    });
  }
}
