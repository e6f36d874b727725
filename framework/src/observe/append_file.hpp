// AppendFile: a log that grows record by record and never keeps a part of one.
#pragma once

#include <string>

namespace strata::detail {

class AppendFile {
 public:
  // Opens for appending, after a line end where `lines` is set and the file does not end in one. E_IO_WRITE.
  explicit AppendFile(std::string path, bool lines = false);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  // The whole record, or E_IO_WRITE and the file as it was; the next record may find room again.
  void append(const std::string& record);

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace strata::detail
