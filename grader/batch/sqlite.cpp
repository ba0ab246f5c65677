#include "batch/sqlite.hpp"

namespace grader {

Error sqlite_error(sqlite3* database, const std::string& what) {
  const int code = sqlite3_errcode(database) & 0xFF;
  const bool machine = code == SQLITE_FULL || code == SQLITE_READONLY || code == SQLITE_IOERR ||
                       code == SQLITE_CANTOPEN || code == SQLITE_NOMEM;
  return Error{machine ? ErrorKind::environment : ErrorKind::internal,
               what + ": " + sqlite3_errmsg(database)};
}

Statement::Statement(sqlite3* database, sqlite3_stmt* statement)
    : database_(database), statement_(statement) {}

Result<Statement> Statement::prepare(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int size = static_cast<int>(sql.size());
  if (sqlite3_prepare_v2(database, sql.data(), size, &statement, nullptr) != SQLITE_OK) {
    return sqlite_error(database, "reading the journal");
  }
  return Statement(database, statement);
}

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_blob64(statement_.get(), ++bound_, text.empty() ? "" : text.data(), text.size(),
                      SQLITE_TRANSIENT);  // NOLINT: SQLite's own macro casts
  return *this;
}

Statement& Statement::bind(double number) {
  sqlite3_bind_double(statement_.get(), ++bound_, number);
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), ++bound_, number);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(database_, "using the journal");
}

Status Statement::run() {
  GRADER_TRY(row, step());
  static_cast<void>(row);
  return success();
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

double Statement::number(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

}  // namespace grader
