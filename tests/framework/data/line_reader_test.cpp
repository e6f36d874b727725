// LineReader: line ends of all kinds, faults with their place, long lines.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "strata/data/line_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "framework/data/folder.hpp"

using strata::LineReader;
using strata_test::check_error;
using strata_test::Folder;
using Lines = std::vector<std::string>;

namespace {

Lines read(LineReader& reader) {
  Lines lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  return lines;
}

Lines read(const std::string& text) {
  std::istringstream stream(text);
  LineReader reader(stream, "text");
  return read(reader);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(line_reader)

BOOST_AUTO_TEST_CASE(line_ends) {
  BOOST_TEST(read("") == Lines());
  BOOST_TEST(read("\n") == Lines({""}));
  BOOST_TEST(read("a\nb\n") == Lines({"a", "b"}));
  BOOST_TEST(read("a\n\nb") == Lines({"a", "", "b"}));
  BOOST_TEST(read("a\r\n\r\nb\rc\r\n") == Lines({"a", "", "b\rc"}));
  BOOST_TEST(read("\xef\xbb\xbfz\n\xef\xbb\xbfz\n") == Lines({"z", "\xef\xbb\xbfz"}));
  BOOST_TEST(read(std::string("a\0b\n", 4)) == Lines({std::string("a\0b", 3)}));
}

BOOST_AUTO_TEST_CASE(lengths_around_the_block_size) {
  for (const std::size_t length : {16382U, 16383U, 16384U, 16385U, 32766U, 32767U, 1048576U}) {
    const std::string line(length, 'x');
    BOOST_TEST((read(line + "\ny\n") == Lines({line, "y"})), "length " << length);
    BOOST_TEST((read(line) == Lines({line})), "length " << length << " at the end");
    BOOST_TEST((read(line + "\r\n") == Lines({line})), "length " << length << " with CR LF");
  }
}

BOOST_AUTO_TEST_CASE(what_was_put_right_is_counted) {
  std::istringstream stream(
      "\xef\xbb\xbf"
      "a\r\nb\nc\r\n");
  LineReader reader(stream, "train.en");
  read(reader);
  BOOST_TEST(reader.line() == 3);
  BOOST_TEST(reader.warnings() == Lines({"train.en: byte order mark removed",
                                         "train.en: 2 carriage returns at line ends removed (CRLF file)"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(faults_say_file_line_and_byte) {
  std::istringstream stream("gr\xc3\xbc\xc3\x9f\n\nna\xefve\n");
  LineReader reader(stream, "in.txt");
  std::string line;
  BOOST_TEST(reader.next(line));
  BOOST_TEST(reader.next(line));
  check_error([&] { reader.next(line); }, "E_DATA_UTF8", "in.txt:3", "byte 3 is not valid UTF-8: \\xefve");
}

BOOST_AUTO_TEST_CASE(files_that_are_none) {
  const Folder folder;
  check_error([&] { LineReader reader(folder.path("none")); }, "E_DATA_MISSING", folder.path("none"), "no such file");
  check_error([&] { LineReader reader(folder.path()); }, "E_IO_READ", folder.path(), "is a folder");
}

// The kernel answers a read of the first page of this file with EIO.
BOOST_AUTO_TEST_CASE(a_read_error_is_not_the_end) {
  const std::string path = "/proc/self/mem";
  check_error([&] { LineReader reader(path); }, "E_IO_READ", path, "Input/output error");
  check_error([&] { (void)strata::count_lines(path); }, "E_IO_READ", path, "Input/output error");
}

// A pipe is read as it comes, and nothing is left in memory once its lines have been handed out.
BOOST_AUTO_TEST_CASE(a_pipe_is_an_input_as_well) {
  const Folder folder;
  const std::string path = folder.path("pipe");
  BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const int both = open(path.c_str(), O_RDWR);  // a pipe that is open on both sides never waits to be opened
  BOOST_REQUIRE(both >= 0);
  LineReader reader(path);
  BOOST_TEST(reader.drained());
  BOOST_REQUIRE(write(both, "a\nb\n", 4) == 4);
  std::string line;
  BOOST_TEST(reader.next(line));
  BOOST_TEST(line == "a");
  BOOST_TEST(!reader.drained());
  BOOST_TEST(reader.next(line));
  BOOST_TEST(line == "b");
  BOOST_TEST(reader.drained());
  BOOST_REQUIRE(write(both, "c", 1) == 1);
  close(both);
  BOOST_TEST(reader.next(line));
  BOOST_TEST(line == "c");
  BOOST_TEST(!reader.next(line));
}

BOOST_AUTO_TEST_CASE(an_endless_line_is_refused) {
  const Folder folder;
  const std::string path = folder.write("zeros", "");
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(LineReader::kMaxLine) + 100);  // sparse
  LineReader reader(path);
  std::string line;
  check_error([&] { reader.next(line); }, "E_DATA_LINE", path + ":1", "longer than 67108864 bytes");
}

BOOST_AUTO_TEST_CASE(counting_agrees_with_reading) {
  const Folder folder;
  for (const std::string text : {"", "\n", "a", "a\n", "a\nb", "\n\n\n", "a\r\nb\r\n"}) {
    LineReader reader(folder.write("text", text));
    BOOST_TEST(strata::count_lines(folder.path("text")) == static_cast<std::int64_t>(read(reader).size()));
  }
}

BOOST_AUTO_TEST_CASE(what_gzip_packed_is_unpacked) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i * 7919 % 10007) + "\n";
  const std::string plain = folder.write("text", text), packed = plain + ".gz";
  BOOST_REQUIRE(std::system(("gzip -k '" + plain + "'").c_str()) == 0);
  LineReader reader(packed), expected(plain);
  BOOST_TEST(read(reader) == read(expected), boost::test_tools::per_element());
  BOOST_TEST(strata::count_lines(packed) == 20000);

  std::ifstream file(packed, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  const auto refused = [&](const std::string& bytes) {
    const std::string path = folder.write("damaged.gz", bytes);
    check_error(
        [&] {
          LineReader damaged(path);
          (void)read(damaged);
        },
        "E_IO_READ", path, "damaged");
    check_error([&] { (void)strata::count_lines(path); }, "E_IO_READ", path, "damaged");
  };
  refused(whole.substr(0, whole.size() / 2));
  refused(whole.substr(0, whole.size() - 4));
  std::string flipped = whole;
  flipped[whole.size() / 2] ^= 0x10;
  refused(flipped);
  flipped = whole;
  flipped[whole.size() - 6] ^= 1;  // of the checksum
  refused(flipped);
}

BOOST_AUTO_TEST_SUITE_END()
