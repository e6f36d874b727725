// Files: precise errors, and a write that fails leaves the earlier file as it was.
#include "strata/core/file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "strata/core/sha256.hpp"
#include "strata/text/vocabulary.hpp"
#include "throws.hpp"

using strata::test::check_throws;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("strata_file_test_" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(reads_whole_or_says_why_not) {
  const Folder folder;
  std::ofstream(folder / "a") << "hello";
  BOOST_TEST(strata::read_file(folder / "a") == "hello");
  BOOST_TEST(strata::read_file(folder / "a", 5) == "hello");
  check_throws([&] { strata::read_file(folder / "a", 4); }, "E_IO_LIMIT", folder / "a", "4 bytes");
  check_throws([&] { strata::read_file(folder / "b"); }, "E_IO_MISSING", folder / "b");
  check_throws([&] { strata::read_file(folder / "a/b"); }, "E_IO_MISSING", folder / "a/b");
  check_throws([&] { strata::read_file(folder.path.string()); }, "E_IO_FOLDER", folder.path.string());
  if (geteuid() != 0) {
    fs::permissions(folder / "a", fs::perms::none);
    check_throws([&] { strata::read_file(folder / "a"); }, "E_IO_READ", folder / "a", "denied");
  }
}

// Opening a pipe waits for its writer: where Strata's own files belong, it is an error at once.
BOOST_AUTO_TEST_CASE(a_pipe_or_a_device_is_no_file) {
  const Folder folder;
  BOOST_REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  check_throws([&] { strata::read_file(folder / "pipe"); }, "E_IO_KIND", folder / "pipe", "is a pipe");
  check_throws([&] { strata::sha256_file(folder / "pipe"); }, "E_IO_KIND", folder / "pipe", "is a pipe");
  check_throws([&] { strata::sha256_file("/dev/zero"); }, "E_IO_KIND", "/dev/zero", "is a device");
  check_throws([&] { strata::Vocabulary::load(folder / "pipe"); }, "E_IO_KIND", folder / "pipe", "is a pipe");
  const std::string no_file = "is a pipe, a socket or a device";
  check_throws([&] { strata::write_file(folder / "pipe", "x"); }, "E_IO_WRITE", folder / "pipe", no_file);
  check_throws([&] { strata::write_file("/dev/null", "x"); }, "E_IO_WRITE", "/dev/null", no_file);
}

BOOST_AUTO_TEST_CASE(a_write_is_whole_or_not_at_all) {
  const Folder folder;
  strata::write_file(folder / "a", "old");
  strata::write_file(folder / "a", "new");
  BOOST_TEST(strata::read_file(folder / "a") == "new");
  {
    strata::AtomicFile dropped(folder / "a");
    dropped.write("never seen");
  }
  BOOST_TEST(strata::read_file(folder / "a") == "new");
  BOOST_TEST(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
  check_throws([&] { strata::write_file(folder / "none/a", "x"); }, "E_IO_WRITE", folder / "none/a");
  check_throws([&] { strata::write_file(folder.path.string(), "x"); }, "E_IO_WRITE", folder.path.string());
  check_throws([&] { strata::make_folders(folder / "a/b"); }, "E_IO_WRITE", folder / "a/b");
}

// A file-size limit makes write() fail as a full disk does: part of the bytes go through, then an error.
BOOST_AUTO_TEST_CASE(a_write_that_runs_out_of_room_keeps_the_earlier_file) {
  const Folder folder;
  strata::write_file(folder / "a", "earlier");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  check_throws([&] { strata::write_file(folder / "a", std::string(5000, 'x')); }, "E_IO_WRITE", folder / "a");
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  BOOST_TEST(strata::read_file(folder / "a") == "earlier");
  BOOST_TEST(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

// FIPS 180-4 examples and the million 'a' of NIST's test data.
BOOST_AUTO_TEST_CASE(sha256_gives_the_published_digests) {
  BOOST_TEST(strata::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(strata::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(strata::sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  const Folder folder;
  strata::write_file(folder / "a", std::string(1000000, 'a'));
  BOOST_TEST(strata::sha256_file(folder / "a") == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  strata::Sha256 parts;
  for (int i = 0; i < 1000; ++i) parts.update(std::string(1000, 'a').data(), 1000);
  BOOST_TEST(parts.hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_SUITE_END()
