// TokenFile: the ids of a long text in a file, so that a corpus may be larger than memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "strata/core/file.hpp"

namespace strata::detail {

// Reading is by pread(2): mapped pages would count as memory of the process, and a window is read once.
class TokenFile {
 public:
  // Opens a finished file. Returns null when there is none at `path`, or when it is not whole.
  static std::unique_ptr<TokenFile> open(const std::string& path);
  ~TokenFile();
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;

  std::int64_t size() const noexcept { return size_; }  // number of ids
  // Where each document ends: the number of ids up to its end.
  const std::vector<std::int64_t>& ends() const noexcept { return ends_; }
  const std::string& fingerprint() const noexcept { return fingerprint_; }  // SHA-256 of the text
  // Copies ids from `begin` on; 0 <= begin, begin + out.size() <= size(). Throws E_IO_READ.
  void read(std::int64_t begin, std::span<std::int32_t> out) const;

 private:
  TokenFile() = default;
  int descriptor_ = -1;
  std::int64_t size_ = 0, width_ = 4;
  std::vector<std::int64_t> ends_;
  std::string fingerprint_;

  friend class TokenFileWriter;
};

// Writes a TokenFile. Ids take two bytes each when the vocabulary has at most 65,536 tokens, else four.
class TokenFileWriter {
 public:
  TokenFileWriter(std::string path, std::int64_t vocabulary);
  ~TokenFileWriter();

  void add(std::span<const std::int32_t> ids);
  void end_document() { ends_.push_back(size_); }
  std::int64_t size() const noexcept { return size_; }
  // Finishes the file under its name.
  void commit(const std::string& fingerprint);

 private:
  void flush();

  AtomicFile file_;
  std::int64_t width_, size_ = 0;
  std::vector<std::int64_t> ends_;
  std::vector<char> buffer_;
};

}  // namespace strata::detail
