// LineReader: getline in blocks, so that one endless line is refused before it fills the memory.
#include "strata/data/line_reader.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <istream>

#include "data/gzip_stream.hpp"
#include "data/text_stream.hpp"
#include "strata/core/error.hpp"
#include "strata/core/text_file.hpp"
#include "strata/core/utf8.hpp"

namespace strata {
namespace {

// What one reader has taken in advance is lost for the next, so there is one reader of standard input.
std::unique_ptr<std::istream> open_standard_input() {
  static std::atomic<bool> taken{false};
  if (taken.exchange(true)) {
    throw Error("E_USAGE_INPUT", "standard input", "is read already", "- can be one of the inputs only");
  }
  return std::make_unique<detail::DescriptorStream>();
}

// ": why", where the stream can tell.
std::string reason_of(const std::istream& stream) {
  const auto* text = dynamic_cast<const detail::TextStream*>(&stream);
  return text == nullptr || text->fault().empty() ? "" : ": " + text->fault();
}

}  // namespace

LineReader::LineReader(const std::string& path) : name_(path == "-" ? "standard input" : path) {
  if (path == "-") {
    file_ = open_standard_input();
  } else {
    file_ = detail::open_unpacked(path);
  }
  stream_ = file_.get();
}

LineReader::LineReader(std::istream& stream, std::string name) : stream_(&stream), name_(std::move(name)) {}

LineReader::~LineReader() = default;

bool LineReader::drained() const { return stream_->rdbuf()->in_avail() <= 0; }

std::string LineReader::place() const { return name_ + ":" + std::to_string(line_); }

bool LineReader::next(std::string& line) {
  line.clear();
  std::array<char, 16384> block;
  for (bool ended = false; !ended;) {
    stream_->getline(block.data(), block.size());
    auto count = static_cast<std::size_t>(stream_->gcount());
    if (stream_->bad())
      throw Error("E_IO_READ", name_, "cannot be read past line " + std::to_string(line_) + reason_of(*stream_));
    if (stream_->eof()) {
      if (count == 0 && line.empty()) return false;
      ended = true;
    } else if (stream_->fail()) {  // the block is full and the line goes on
      stream_->clear();
    } else {
      ended = true;
      --count;  // the line end was taken and counted
    }
    line.append(block.data(), count);
    if (static_cast<std::int64_t>(line.size()) > kMaxLine) {
      ++line_;
      throw Error("E_DATA_LINE", place(), "is longer than " + std::to_string(kMaxLine) + " bytes",
                  "text has one sentence a line");
    }
  }
  ++line_;
  if (!line.empty() && line.back() == '\r') {
    line.pop_back();
    ++carriage_returns_;
  }
  if (line_ == 1) {
    const std::size_t mark = line.size() - without_byte_order_mark(line).size();
    line.erase(0, mark);
    byte_order_mark_ = mark > 0;
  }
  if (const std::size_t fault = utf8_fault(line); fault != std::string::npos) {
    throw Error("E_DATA_UTF8", place(),
                "byte " + std::to_string(fault + 1) + " is not valid UTF-8: " + printable(line.substr(fault, 8)),
                "convert the file, for instance with iconv -f LATIN1 -t UTF-8");
  }
  return true;
}

std::vector<std::string> LineReader::warnings() const {
  std::vector<std::string> lines;
  if (byte_order_mark_) lines.push_back(name_ + ": byte order mark removed");
  if (carriage_returns_ > 0) {
    lines.push_back(name_ + ": " + std::to_string(carriage_returns_) +
                    " carriage returns at line ends removed (CRLF file)");
  }
  return lines;
}

std::int64_t count_lines(const std::string& path) {
  const auto file = detail::open_unpacked(path);
  std::array<char, 65536> block;
  std::int64_t lines = 0;
  char last = '\n';
  while (file->read(block.data(), block.size()), file->gcount() > 0) {
    const auto count = static_cast<std::size_t>(file->gcount());
    for (const char* at = block.data();
         (at = static_cast<const char*>(std::memchr(at, '\n', count - static_cast<std::size_t>(at - block.data())))) !=
         nullptr;
         ++at) {
      ++lines;
    }
    last = block[count - 1];
  }
  if (file->bad()) throw Error("E_IO_READ", path, "cannot be read to its end" + reason_of(*file));
  return lines + (last == '\n' ? 0 : 1);
}

}  // namespace strata
