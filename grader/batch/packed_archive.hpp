#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <string>
#include <vector>

namespace grader::testing_support {

/// An entry as a student's tools, or an attacker's, would write it.
struct PackedEntry {
  std::string name;
  std::string content;  ///< of a file; where a link leads to
  unsigned type = AE_IFREG;
  std::string hard_link_to = {};
};

inline void add_entry(archive* writer, const PackedEntry& entry) {
  archive_entry* header = archive_entry_new();
  archive_entry_set_pathname(header, entry.name.c_str());
  archive_entry_set_filetype(header, entry.type);
  archive_entry_set_perm(header, 0644);
  if (entry.type == AE_IFLNK) archive_entry_set_symlink(header, entry.content.c_str());
  const bool regular = entry.type == AE_IFREG && entry.hard_link_to.empty();
  if (!entry.hard_link_to.empty()) {
    archive_entry_set_hardlink(header, entry.hard_link_to.c_str());
  }
  if (regular) archive_entry_set_size(header, static_cast<la_int64_t>(entry.content.size()));
  archive_write_header(writer, header);
  if (regular) archive_write_data(writer, entry.content.data(), entry.content.size());
  archive_entry_free(header);
}

/// Writes the archive that `path` names: .zip, or else a tar compressed by gzip. With a password it
/// is an encrypted .zip.
inline void pack(const std::filesystem::path& path, const std::vector<PackedEntry>& entries,
                 const std::string& password = "") {
  archive* writer = archive_write_new();
  if (path.extension() == ".zip") {
    archive_write_set_format_zip(writer);
    if (!password.empty()) {
      archive_write_set_options(writer, "zip:encryption=traditional");
      archive_write_set_passphrase(writer, password.c_str());
    }
  } else {
    archive_write_set_format_pax_restricted(writer);
    archive_write_add_filter_gzip(writer);
  }
  archive_write_open_filename(writer, path.c_str());
  for (const PackedEntry& entry : entries) add_entry(writer, entry);
  archive_write_free(writer);
}

}  // namespace grader::testing_support
