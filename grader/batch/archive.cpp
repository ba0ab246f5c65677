#include "batch/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <memory>
#include <string>
#include <vector>

#include "base/posix.hpp"
#include "batch/names.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

/// libarchive converts names by the locale: in the "C" locale those beyond ASCII are lost.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }

 private:
  locale_t locale_ = nullptr;
  locale_t before_ = nullptr;
};

struct Close {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, Close>;

/// What is wrong with the archive; unpack() puts its name in front.
Error refuse(const std::string& why) { return Error{ErrorKind::invalid_submission, why}; }

/// libarchive's own words; it does not always have any.
std::string reason_of(archive* reader) {
  const char* reason = archive_error_string(reader);
  return reason == nullptr ? "its content makes no sense" : printable(reason);
}

/// Only formats and filters that libarchive reads itself: "all" would start other programs.
Result<Reader> open_reader(const fs::path& path) {
  Reader reader(archive_read_new());
  archive* raw = reader.get();
  archive_read_support_format_zip(raw);
  archive_read_support_format_tar(raw);
  archive_read_support_format_7zip(raw);
  archive_read_support_filter_gzip(raw);
  archive_read_support_filter_bzip2(raw);
  archive_read_support_filter_xz(raw);
  archive_read_support_filter_zstd(raw);
  if (archive_read_open_filename(raw, path.c_str(), 65536) != ARCHIVE_OK) {
    return refuse(fmt::format("cannot be read: {}", reason_of(raw)));
  }
  return reader;
}

/// The parts of an entry's name; an error when it leads out of the destination.
Result<std::vector<std::string>> split_name(const std::string& name, std::size_t depth_max) {
  if (name.starts_with('/') || name.starts_with('\\')) {
    return refuse("holds the absolute name `" + printable(name) + "`");
  }
  std::vector<std::string> parts(1);
  for (const char c : name) {
    if (c == '/' || c == '\\') {  // some archivers of Windows write backslashes
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  for (const std::string& part : parts) {
    if (part == "..") return refuse("holds `" + printable(name) + "`, which leads out of it");
    if (part.size() > 255)
      return refuse("holds a name of " + std::to_string(part.size()) + " bytes");
  }
  if (parts.size() > depth_max + 1) {
    return refuse(fmt::format("is nested {} folders deep; at most {} are accepted",
                              parts.size() - 1, depth_max));
  }
  return parts;
}

bool is_litter(const std::vector<std::string>& parts) {
  return parts.empty() || parts.front() == "__MACOSX" || parts.back() == ".DS_Store" ||
         std::find(parts.begin(), parts.end(), ".git") != parts.end();
}

/// Unpacks one archive, and counts what it has cost.
class Unpacker {
 public:
  Unpacker(archive* reader, const fs::path& destination, const ArchiveLimits& limits)
      : reader_(reader), destination_(destination), limits_(limits) {}

  Status run() {
    for (std::size_t entries = 0;; ++entries) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(reader_, &entry);
      if (code == ARCHIVE_EOF) return success();
      if (code < ARCHIVE_WARN) {
        return refuse(fmt::format("is damaged: {}", reason_of(reader_)));
      }
      if (entries >= limits_.entries_max) {
        return refuse(fmt::format("holds more than {} entries", limits_.entries_max));
      }
      GRADER_CHECK(take(entry));
    }
  }

 private:
  Status take(archive_entry* entry) {
    const auto type = archive_entry_filetype(entry);
    const bool link = archive_entry_hardlink(entry) != nullptr;
    if (link || (type != AE_IFREG && type != AE_IFDIR)) return success();
    if (archive_entry_is_encrypted(entry) == 1) return refuse("is locked by a password");
    const char* raw_name = archive_entry_pathname(entry);
    if (raw_name == nullptr) raw_name = archive_entry_pathname_utf8(entry);
    if (raw_name == nullptr) return refuse("holds a file whose name cannot be read");
    const std::string name = raw_name;
    GRADER_TRY(parts, split_name(name, limits_.depth_max));
    if (is_litter(parts) || type == AE_IFDIR) return success();
    GRADER_TRY(file, create(parts, name));
    return copy(file.get());
  }

  Result<Fd> create(const std::vector<std::string>& parts, const std::string& name) {
    fs::path path = destination_;
    for (const std::string& part : parts) path /= part;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error == std::errc::not_a_directory || error == std::errc::file_exists) {
      return refuse("holds `" + printable(name) + "` beneath a file of the same name");
    }
    // Anything else is this machine's fault, never the student's.
    if (error) return errno_error("making " + path.parent_path().string(), error.value());
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!fd.valid() && (errno == EEXIST || errno == EISDIR)) {
      return refuse("holds `" + printable(name) + "` twice");
    }
    if (!fd.valid()) return errno_error("unpacking " + path.string());
    return fd;
  }

  Status copy(int fd) {
    std::array<char, 65536> buffer;
    for (;;) {
      const la_ssize_t got = archive_read_data(reader_, buffer.data(), buffer.size());
      if (got == 0) return success();
      if (got < 0) return refuse(fmt::format("is damaged: {}", reason_of(reader_)));
      bytes_ += static_cast<std::uint64_t>(got);
      if (bytes_ > limits_.bytes_max) {
        return refuse(fmt::format("unpacks to more than {} MiB", limits_.bytes_max >> 20U));
      }
      for (la_ssize_t done = 0; done < got;) {
        const ssize_t n = ::write(fd, buffer.data() + done, static_cast<std::size_t>(got - done));
        if (n < 0) return errno_error("unpacking into " + destination_.string());
        done += n;
      }
    }
  }

  archive* reader_;
  const fs::path& destination_;
  const ArchiveLimits& limits_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

bool is_archive_name(const fs::path& name) {
  std::string lower = name.filename().string();
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* ending : {".zip", ".7z", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2",
                             ".tar.xz", ".txz", ".tar.zst"}) {
    if (lower.ends_with(ending)) return true;
  }
  return false;
}

Status unpack(const fs::path& archive, const fs::path& destination, const ArchiveLimits& limits) {
  const Utf8Locale locale;
  Result<Reader> reader = open_reader(archive);
  const Status status =
      reader.ok() ? Unpacker(reader->get(), destination, limits).run() : Status(reader.error());
  if (status.ok() || status.error().kind != ErrorKind::invalid_submission) return status;
  return refuse(fmt::format("the archive `{}` {}", printable(archive.filename().string()),
                            status.error().message));
}

}  // namespace grader
