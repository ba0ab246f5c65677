// Exercise 7: your work goes here, and only here. README.md says what each function must do.
#include "philosophers.hpp"

// What you put into this struct is yours to decide.
struct Table::State {};

Table::Table(int) : state_(std::make_unique<State>()) {}
Table::~Table() = default;
int Table::seats() const { return 0; }
void Table::take_forks(int) {}
bool Table::try_take_forks(int) { return false; }
void Table::put_forks(int) {}
Mood Table::mood(int) const { return Mood::kThinking; }

void dine(int, int, const std::function<void(int)>&, const std::function<void(int)>&) {}
