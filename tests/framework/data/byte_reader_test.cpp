// ByteReader: what was written comes back in pieces of any size, packed or not, and damage is an error.
#include "strata/data/byte_reader.hpp"

#include <random>
#include <vector>

#include "framework/data/folder.hpp"

using strata::ByteReader;
using strata_test::check_error;
using strata_test::Folder;

namespace {

constexpr unsigned kSeed = 20;

// Half of the bytes are noise, so that several blocks of the packed file are full.
std::string bytes_of(std::size_t count) {
  std::mt19937 random(kSeed);
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; i += 2) bytes[i] = static_cast<char>(random());
  return bytes;
}

std::string read_all(const std::string& path, std::size_t piece) {
  ByteReader reader(path);
  std::string all;
  std::vector<std::uint8_t> into(piece);
  for (std::size_t count = piece; count == piece;) {
    count = reader.read(into);
    all.append(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(count));
    BOOST_REQUIRE_EQUAL(reader.position(), all.size());
  }
  BOOST_TEST(reader.read(into) == 0U);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_reader)

BOOST_AUTO_TEST_CASE(bytes_come_back_in_pieces_of_any_size) {
  const Folder folder;
  for (const std::size_t count : {0U, 1U, 65536U, 300001U}) {
    const std::string bytes = bytes_of(count), plain = folder.write("plain" + std::to_string(count), bytes);
    BOOST_REQUIRE(std::system(("gzip -k '" + plain + "'").c_str()) == 0);
    for (const std::size_t piece : {1U, 784U, 65536U, 1000000U}) {
      BOOST_TEST((read_all(plain, piece) == bytes), count << " bytes in pieces of " << piece);
      BOOST_TEST((read_all(plain + ".gz", piece) == bytes), count << " bytes in pieces of " << piece << ", packed");
    }
  }
  BOOST_TEST_MESSAGE("seed " << kSeed);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_an_error) {
  const Folder folder;
  check_error([&] { ByteReader reader(folder.path("none")); }, "E_DATA_MISSING", folder.path("none"), "no such file");
  check_error([&] { ByteReader reader(folder.path()); }, "E_IO_READ", folder.path(), "is a folder");
  const std::string plain = folder.write("plain", bytes_of(300000));
  BOOST_REQUIRE(std::system(("gzip -k '" + plain + "'").c_str()) == 0);
  std::ifstream file(plain + ".gz", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  std::string flipped = whole;
  flipped[whole.size() / 2] ^= 0x10;
  for (const std::string& bytes : {whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 4), flipped}) {
    const std::string path = folder.write("damaged.gz", bytes);
    check_error([&] { (void)read_all(path, 784); }, "E_IO_READ", path, "damaged");
  }
}

BOOST_AUTO_TEST_SUITE_END()
