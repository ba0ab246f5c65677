#include "rubric/exercise_facts.hpp"

#include <algorithm>
#include <cctype>

#include "base/posix.hpp"
#include "protocol/event.hpp"

namespace grader {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Walks over C++ source: words, punctuation and string literals; comments are skipped.
class Scanner {
 public:
  struct Token {
    enum class Kind { end, word, punctuation, literal } kind = Kind::end;
    std::string_view text;  ///< of a literal: what is between the quotes
  };

  explicit Scanner(std::string_view source) : rest_(source) {}

  Token next() {
    skip_space_and_comments();
    if (rest_.empty()) return {};
    if (rest_.substr(0, 2) == "R\"") return raw_literal();
    if (rest_[0] == '"' || rest_[0] == '\'') return literal();
    if (!is_word(rest_[0])) return take(Token::Kind::punctuation, 1);
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
    return take(Token::Kind::word, static_cast<std::size_t>(end - rest_.begin()));
  }

 private:
  Token take(Token::Kind kind, std::size_t size) {
    const Token token{kind, rest_.substr(0, size)};
    drop(size);
    return token;
  }
  void drop(std::size_t size) { rest_.remove_prefix(std::min(size, rest_.size())); }

  void skip_space_and_comments() {
    while (!rest_.empty()) {
      if (std::isspace(static_cast<unsigned char>(rest_[0])) != 0) {
        drop(1);
      } else if (rest_.substr(0, 2) == "//") {
        drop(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.substr(0, 2) == "/*") {
        const std::size_t end = rest_.find("*/", 2);
        drop(end == std::string_view::npos ? rest_.size() : end + 2);
      } else {
        return;
      }
    }
  }

  Token literal() {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != rest_[0] && rest_[end] != '\n') {
      end += rest_[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, rest_.size());
    const bool is_text = rest_[0] == '"';
    const Token token{is_text ? Token::Kind::literal : Token::Kind::punctuation,
                      rest_.substr(1, end - 1)};
    drop(end + 1);
    return token;
  }

  Token raw_literal() {
    const std::size_t open = std::min(rest_.find('('), rest_.size());
    const std::string closing =
        ")" + std::string(rest_.substr(2, open - std::min<std::size_t>(open, 2))) + "\"";
    const std::size_t end = std::min(rest_.find(closing), rest_.size());
    const std::size_t begin = std::min(open + 1, end);
    const Token token{Token::Kind::literal, rest_.substr(begin, end - begin)};
    drop(end + closing.size());
    return token;
  }

  std::string_view rest_;
};

using Kind = Scanner::Token::Kind;

/// After TEST: "(Suite, Name)".
void scan_test(Scanner& scanner, ExerciseFacts& facts) {
  if (scanner.next().text != "(") return;
  const Scanner::Token suite = scanner.next();
  if (suite.kind != Kind::word || scanner.next().text != ",") return;
  const Scanner::Token name = scanner.next();
  if (name.kind != Kind::word || name.text.substr(0, 9) == "DISABLED_") return;
  facts.scenarios.push_back(std::string(suite.text) + "." + std::string(name.text));
}

bool has_extension(const std::filesystem::path& path, const char* a, const char* b) {
  return path.extension() == a || path.extension() == b;
}

/// Sources directly in `directory`, sorted; none when it is not there.
std::vector<std::filesystem::path> sources_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> sources;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (has_extension(entry.path(), ".cpp", ".hpp")) sources.push_back(entry.path());
  }
  std::sort(sources.begin(), sources.end());
  return sources;
}

}  // namespace

void scan_scenarios(std::string_view source, ExerciseFacts& facts) {
  Scanner scanner(source);
  for (Scanner::Token token = scanner.next(); token.kind != Kind::end; token = scanner.next()) {
    if (token.kind == Kind::word && (token.text == "TEST" || token.text == "TEST_F")) {
      scan_test(scanner, facts);
    } else if (token.kind == Kind::literal && token.text.size() < protocol::kEventNameSize) {
      facts.literals.emplace_back(token.text);
    }
  }
}

Result<ExerciseFacts> read_exercise_facts(const std::filesystem::path& directory) {
  ExerciseFacts facts;
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::canonical(directory, error);
  if (error) {
    return Error{ErrorKind::usage, directory.string() + ": " + error.message()};
  }
  facts.slug = absolute.filename().string();
  for (const auto& path : sources_in(absolute)) facts.files.push_back(path.filename().string());
  for (const auto& path : sources_in(absolute / "scenarios")) {
    GRADER_TRY(source, read_file(path));
    scan_scenarios(source, facts);
  }
  std::sort(facts.literals.begin(), facts.literals.end());
  facts.literals.erase(std::unique(facts.literals.begin(), facts.literals.end()),
                       facts.literals.end());
  return facts;
}

}  // namespace grader
