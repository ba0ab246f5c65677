#include "batch/journal.hpp"

#include <mutex>

#include "batch/grade_codec.hpp"
#include "batch/sqlite.hpp"

namespace grader {
namespace {

constexpr std::int64_t kJournalVersion = 1;
constexpr std::int64_t kApplicationId = 0x47726164;  // "Grad", in the header of the file

// Full synchronisation: an entry that was acknowledged survives a power cut.
constexpr const char* kSettings = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;";

constexpr const char* kTables = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, grade BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS submissions (name BLOB PRIMARY KEY, result BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS adjustments (
  number INTEGER PRIMARY KEY, submission BLOB NOT NULL, points REAL NOT NULL,
  days_late INTEGER NOT NULL, who BLOB NOT NULL, at BLOB NOT NULL, why BLOB NOT NULL);
PRAGMA application_id=1198678372;
PRAGMA user_version=1;
COMMIT;
)sql";
static_assert(kApplicationId == 1198678372 && kJournalVersion == 1, "as kTables says");

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

Status execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return success();
  return sqlite_error(database, "preparing the journal");
}

Result<std::int64_t> pragma(sqlite3* database, const std::string& name) {
  GRADER_TRY(statement, Statement::prepare(database, "PRAGMA " + name));
  GRADER_TRY(row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<std::int64_t> count_tables(sqlite3* database) {
  GRADER_TRY(statement, Statement::prepare(database, "SELECT count(*) FROM sqlite_master"));
  GRADER_CHECK(statement.run());
  return statement.integer(0);
}

/// Makes a new journal, or sees that an old one is ours.
Status prepare_tables(sqlite3* database) {
  GRADER_CHECK(execute(database, kSettings));
  GRADER_TRY(tables, count_tables(database));
  if (tables == 0) return execute(database, kTables);
  GRADER_TRY(id, pragma(database, "application_id"));
  GRADER_TRY(version, pragma(database, "user_version"));
  if (id != kApplicationId) {
    return Error{ErrorKind::usage, "it is a database of something else; choose another --output"};
  }
  if (version != kJournalVersion) {
    return Error{ErrorKind::usage, "it was written by another version of the grader (journal " +
                                       std::to_string(version) + "); choose another --output"};
  }
  return success();
}

}  // namespace

struct Journal::State {
  std::unique_ptr<sqlite3, Close> database;
  std::mutex mutex;

  sqlite3* get() const { return database.get(); }
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

Result<Journal> Journal::open(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  auto state = std::make_unique<State>();
  state->database.reset(database);
  if (code != SQLITE_OK) return sqlite_error(database, "opening " + file.string());
  sqlite3_extended_result_codes(database, 0);
  sqlite3_busy_timeout(database, 10'000);
  if (const Status prepared = prepare_tables(database); !prepared.ok()) {
    return prepared.error().while_doing("opening " + file.string());
  }
  return Journal(std::move(state));
}

Result<bool> Journal::empty() const {
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement, Statement::prepare(state_->get(),
                                           "SELECT (SELECT count(*) FROM results) + "
                                           "(SELECT count(*) FROM submissions)"));
  GRADER_CHECK(statement.run());
  return statement.integer(0) == 0;
}

Result<std::string> Journal::exercise() const {
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement,
             Statement::prepare(state_->get(), "SELECT value FROM facts WHERE name = 'exercise'"));
  GRADER_TRY(row, statement.step());
  return row ? statement.text(0) : std::string();
}

Status Journal::set_exercise(const std::string& slug) {
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement, Statement::prepare(state_->get(),
                                           "INSERT OR REPLACE INTO facts VALUES ('exercise', ?)"));
  return statement.bind(slug).run();
}

Result<std::optional<Grade>> Journal::find(const std::string& key) const {
  std::string text;
  {
    const std::lock_guard lock(state_->mutex);
    GRADER_TRY(statement,
               Statement::prepare(state_->get(), "SELECT grade FROM results WHERE key = ?"));
    GRADER_TRY(row, statement.bind(key).step());
    if (!row) return std::optional<Grade>();
    text = statement.text(0);
  }
  GRADER_TRY(grade, decode_grade(text));
  return std::optional<Grade>(std::move(grade));
}

Status Journal::store(const std::string& key, const Grade& grade) {
  const std::string text = encode_grade(grade);
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement,
             Statement::prepare(state_->get(), "INSERT OR REPLACE INTO results VALUES (?, ?)"));
  return statement.bind(key).bind(text).run();
}

Status Journal::assign(const std::string& submission, const std::string& key) {
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement,
             Statement::prepare(state_->get(), "INSERT OR REPLACE INTO submissions VALUES (?, ?)"));
  return statement.bind(submission).bind(key).run();
}

Result<std::map<std::string, std::string>> Journal::assignments() const {
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement, Statement::prepare(state_->get(), "SELECT name, result FROM submissions"));
  std::map<std::string, std::string> all;
  for (;;) {
    GRADER_TRY(row, statement.step());
    if (!row) return all;
    all[statement.text(0)] = statement.text(1);
  }
}

Status Journal::adjust(const Adjustment& adjustment) {
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement, Statement::prepare(state_->get(),
                                           "INSERT INTO adjustments (submission, points, "
                                           "days_late, who, at, why) VALUES (?, ?, ?, ?, ?, ?)"));
  return statement.bind(adjustment.submission)
      .bind(adjustment.points)
      .bind(std::int64_t{adjustment.days_late})
      .bind(adjustment.who)
      .bind(adjustment.when)
      .bind(adjustment.why)
      .run();
}

Result<std::vector<Adjustment>> Journal::adjustments() const {
  const std::lock_guard lock(state_->mutex);
  GRADER_TRY(statement, Statement::prepare(state_->get(),
                                           "SELECT submission, points, days_late, who, at, why "
                                           "FROM adjustments ORDER BY number"));
  std::vector<Adjustment> all;
  for (;;) {
    GRADER_TRY(row, statement.step());
    if (!row) return all;
    all.push_back({statement.text(0), statement.number(1), static_cast<int>(statement.integer(2)),
                   statement.text(3), statement.text(4), statement.text(5)});
  }
}

}  // namespace grader
