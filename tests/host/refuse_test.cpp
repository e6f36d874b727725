// The reader of descriptors alone, on damaged bytes, far more often than a host could load them; and two plugins with
// one name. What else is refused is among the kinds of rounds_test.cpp.
#include <fstream>

#include "host/host.hpp"
#include "strata/core/rng.hpp"

using strata::test::check_throws;
using namespace host_test;

BOOST_AUTO_TEST_SUITE(refuse)

// Whatever is cut off or flipped: an Error with the file's name, or a header that reads well; never a crash.
BOOST_AUTO_TEST_CASE(truncated_and_flipped_libraries_never_harm_the_reader) {
  const Folder folder;
  const std::string good = strata::read_file(built("hello"));
  const std::string file = folder / "x.so";
  int refused = 0, read = 0;
  const auto attempt = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;  // 500 times: without write_file's fsync
    try {
      strata::check_plugin_header(strata::read_plugin_header(file), file);
      ++read;
    } catch (const strata::Error& fault) {
      BOOST_REQUIRE(fault.place() == file);
      BOOST_REQUIRE(fault.code().rfind("E_PLUGIN_", 0) == 0);
      ++refused;
    }
  };
  for (std::size_t i = 0; i < 100; ++i) attempt(good.substr(0, good.size() * i / 100));
  BOOST_TEST(refused == 100);  // the section headers stand at the end
  constexpr std::uint64_t kSeed = 1;
  strata::Rng rng(kSeed, "flip");
  for (int i = 0; i < 400; ++i) {
    std::string bytes = good;
    // The tables at both ends decide; most flips go there.
    const std::size_t room = i % 2 == 0 ? 4096 : bytes.size();
    for (int flips = 0; flips < 8; ++flips) {
      const std::size_t back = rng.below(room);
      const std::size_t at = i % 4 == 0 ? back : bytes.size() - 1 - back;
      bytes[at] = static_cast<char>(rng.word());
    }
    attempt(bytes);
  }
  BOOST_TEST_MESSAGE("seed " << kSeed << ": " << refused << " refused, " << read << " read");
  BOOST_TEST(read > 0);
}

BOOST_AUTO_TEST_CASE(duplicates_name_both_files_in_either_order) {
  for (const bool swapped : {false, true}) {
    Fresh fresh;
    const std::string first = built(swapped ? "twin" : "hello"), second = built(swapped ? "hello" : "twin");
    fresh.host.load(first);
    check_throws([&] { fresh.host.load(second); }, "E_PLUGIN_DUPLICATE", second,
                 "greeter/hello is already registered by " + first);
    BOOST_TEST(fresh.registry.components().size() == (swapped ? 2U : 1U));
    BOOST_TEST(fresh.host.loaded().size() == 1U);
  }
  const Folder folder;
  folder.copy("hello");
  Fresh fresh;
  fresh.host.load(built("hello"));
  check_throws([&] { fresh.host.load(folder / "hello.so"); }, "E_PLUGIN_DUPLICATE", folder / "hello.so",
               "already loaded from " + built("hello"));
}

BOOST_AUTO_TEST_SUITE_END()
