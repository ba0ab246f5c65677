#include "function_lengths.hpp"

#include <algorithm>
#include <regex>
#include <string>

namespace grader::style {
namespace {

/// Blanks everything that is not code, newlines kept, so that braces can be counted.
class Blanker {
 public:
  Blanker(std::string_view text, bool keep_directives)
      : text_(text), keep_directives_(keep_directives) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        skip_line();
      } else if (starts("/*")) {
        skip_past("*/", 2);
      } else if (starts("R\"") && !after_identifier()) {
        skip_raw_string();
      } else if (text_[at_] == '"') {
        skip_quoted('"');
      } else if (text_[at_] == '\'' && !after_identifier()) {
        skip_quoted('\'');
      } else if (text_[at_] == '#' && first_of_line()) {
        keep_directives_ ? keep_line() : skip_line();
      } else {
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  bool starts(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }

  /// Inside 1'000 a quote is part of the number.
  bool after_identifier() const {
    return at_ > 0 && (std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0);
  }

  bool first_of_line() const {
    const std::size_t before = text_.find_last_not_of(" ", at_ == 0 ? 0 : at_ - 1);
    return at_ == 0 || before == std::string_view::npos || text_[before] == '\n';
  }

  void blank_to(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) out_ += text_[at_] == '\n' ? '\n' : ' ';
  }

  void skip_past(std::string_view end, std::size_t from) {
    const std::size_t found = text_.find(end, at_ + from);
    blank_to(found == std::string_view::npos ? text_.size() : found + end.size());
  }

  /// To the end of the line, and on while lines end with a backslash.
  void skip_line() {
    std::size_t end = text_.find('\n', at_);
    while (end != std::string_view::npos && end > 0 && text_[end - 1] == '\\') {
      end = text_.find('\n', end + 1);
    }
    blank_to(end == std::string_view::npos ? text_.size() : end);
  }

  void keep_line() {
    while (at_ < text_.size() && text_[at_] != '\n') out_ += text_[at_++];
  }

  void skip_raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(text_.size());
    const std::string delimiter(text_.substr(at_ + 2, open - at_ - 2));
    skip_past(")" + delimiter + "\"", 2);
  }

  void skip_quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    blank_to(end + 1);
  }

  std::string_view text_;
  bool keep_directives_;
  std::size_t at_ = 0;
  std::string out_;
};

bool is_function_head(const std::string& head) {
  static const std::regex container(R"(^\s*(template\s*<[^{]*>\s*)?(typedef\s+)?(inline\s+)?)"
                                    R"((namespace|class|struct|enum|union)\b)");
  return head.find('(') != std::string::npos && !std::regex_search(head, container);
}

/// Walks over blanked code, one brace at a time.
class Walker {
 public:
  explicit Walker(std::string code) : code_(std::move(code)) {}

  std::vector<FunctionLength> run() {
    for (at_ = 0; at_ < code_.size(); ++at_) {
      const char c = code_[at_];
      if (c == '\n') ++line_;
      if (c == '{') {
        open();
      } else if (c == '}') {
        close();
      } else if (c == ';') {
        head_.clear();
      } else {
        head_ += c;
      }
    }
    return std::move(found_);
  }

 private:
  void open() {
    ++depth_;
    if (function_depth_ == 0 && is_function_head(head_)) {
      function_depth_ = depth_;
      start_ = line_;
    }
    if (function_depth_ == 0) heads_.push_back(std::move(head_));
    head_ = function_depth_ == 0 ? "" : head_;
  }

  void close() {
    if (depth_ == 0) return;
    if (function_depth_ == depth_) {
      function_depth_ = 0;
      if (!goes_on()) {
        found_.push_back({start_, line_ - start_ + 1});
        head_.clear();
      }
    } else if (function_depth_ == 0 && !heads_.empty()) {
      head_ = goes_on() ? heads_.back() : "";
      heads_.pop_back();
    }
    --depth_;
  }

  /// After `a_{1}` of a constructor's initialisers the head of the function is not over yet.
  bool goes_on() const {
    const std::size_t next = code_.find_first_not_of(" \n", at_ + 1);
    return next != std::string::npos && (code_[next] == ',' || code_[next] == '{');
  }

  std::string code_;
  std::string head_;
  std::vector<std::string> heads_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t depth_ = 0;
  std::size_t function_depth_ = 0;
  std::size_t start_ = 0;
  std::vector<FunctionLength> found_;
};

}  // namespace

std::vector<FunctionLength> function_lengths(std::string_view text) {
  return Walker(Blanker(text, false).run()).run();
}

std::string directives_and_code(std::string_view text) { return Blanker(text, true).run(); }

}  // namespace grader::style
