// DescriptorStream over read(2).
#include "data/text_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "core/file_errors.hpp"

namespace strata::detail {

DescriptorStream::DescriptorStream(const std::string& path) {
  buffer_.descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (buffer_.descriptor < 0) throw Error("E_IO_READ", path, "cannot be opened: " + system_reason());
  rdbuf(&buffer_);
}

DescriptorStream::DescriptorStream() {
  buffer_.descriptor = STDIN_FILENO;
  rdbuf(&buffer_);
}

DescriptorStream::~DescriptorStream() {
  if (buffer_.descriptor != STDIN_FILENO) close(buffer_.descriptor);
}

// What throws here makes the stream bad.
DescriptorStream::Buffer::int_type DescriptorStream::Buffer::underflow() {
  for (;;) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got > 0) {
      setg(block.data(), block.data(), block.data() + got);
      return traits_type::to_int_type(block[0]);
    }
    if (got == 0) return traits_type::eof();
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {  // another program has made the terminal or the pipe one that does not wait
      pollfd one{descriptor, POLLIN, 0};
      (void)poll(&one, 1, -1);
      continue;
    }
    fault = system_reason();
    throw std::runtime_error(fault);
  }
}

}  // namespace strata::detail
