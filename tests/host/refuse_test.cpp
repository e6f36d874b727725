// What is no plugin for this host is refused by code and file, without running any of it, and the host lives on.
#include <elf.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>

#include "host/host.hpp"
#include "strata/core/rng.hpp"

using strata::test::check_throws;
using namespace host_test;

BOOST_AUTO_TEST_SUITE(refuse)

BOOST_AUTO_TEST_CASE(wrong_descriptors_are_named_before_anything_runs) {
  struct Case {
    const char *name, *code, *says;
  };
  const Case cases[] = {
      {"wrong_api", "E_PLUGIN_VERSION", "plugin API 999, this host has 1"},
      {"wrong_abi", "E_PLUGIN_ABI", "\"Xib"},
      {"wrong_magic", "E_PLUGIN_SYMBOL", "not made by STRATA_PLUGIN"},
      {"wrong_size", "E_PLUGIN_VERSION", "4000000000 bytes"},
      {"wrong_name", "E_PLUGIN_NAME", "no plain name"},
      {"control_name", "E_PLUGIN_NAME", "\\x1b"},
      {"endless_abi", "E_PLUGIN_ABI", "aaaa"},
      {"no_symbol", "E_PLUGIN_SYMBOL", "does not export strata_plugin_v1"},
  };
  for (const Case& each : cases) {
    BOOST_TEST_CONTEXT(each.name) {
      Fresh fresh;
      check_throws([&] { fresh.host.load(built(each.name)); }, each.code, built(each.name), each.says);
      BOOST_TEST(fresh.registry.components().empty());
      BOOST_TEST(fresh.host.loaded().empty());
      fresh.check_alive();
    }
  }
}

BOOST_AUTO_TEST_CASE(files_of_every_other_kind) {
  const Folder folder;
  strata::write_file(folder / "text.so", "#!/bin/sh\necho no\n");
  strata::write_file(folder / "empty.so", "");
  strata::write_file(folder / "short.so",
                     "\x7f"
                     "ELF\x02\x01\x01");
  fs::create_directory(folder / "folder.so");
  fs::create_symlink(folder / "nowhere", folder / "dangling.so");
  BOOST_REQUIRE(mkfifo((folder / "pipe.so").c_str(), 0600) == 0);
  Fresh fresh;
  const auto refused = [&](const std::string& file, const std::string& says) {
    check_throws([&] { fresh.host.load(file); }, "E_PLUGIN_FILE", file, says);
  };
  refused(folder / "none.so", "No such file");
  refused(folder / "text.so", "is no shared library");
  refused(folder / "empty.so", "is no shared library");
  refused(folder / "short.so", "the header lies outside of its 7 bytes");
  refused(folder / "folder.so", "no regular file");
  refused(folder / "dangling.so", "No such file");
  refused(folder / "pipe.so", "no regular file");
  fresh.check_alive();
}

BOOST_AUTO_TEST_CASE(headers_of_other_machines) {
  const Folder folder;
  const std::string good = strata::read_file(built("hello"));
  Fresh fresh;
  const auto changed = [&](std::size_t at, char value, const std::string& says) {
    std::string bytes = good;
    bytes[at] = value;
    strata::write_file(folder / "x.so", bytes);
    check_throws([&] { fresh.host.load(folder / "x.so"); }, "E_PLUGIN_FILE", folder / "x.so", says);
  };
  changed(4, 1, "not a 64-bit library");
  changed(5, 2, "another byte order");
  changed(18, 8, "for another machine: ELF number 8");
  changed(16, 2, "but no shared library");
  changed(54, 1, "unknown layout");
}

// A library whose tables are whole, but whose code is not: mapping it would work, touching it would end the process.
BOOST_AUTO_TEST_CASE(segments_beyond_the_end) {
  const Folder folder;
  std::string bytes = strata::read_file(built("hello"));
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof(segment), sizeof(segment));
    if (segment.p_type != PT_LOAD) continue;
    segment.p_filesz = bytes.size() - segment.p_offset + 1;
    std::memcpy(bytes.data() + header.e_phoff + i * sizeof(segment), &segment, sizeof(segment));
    break;
  }
  strata::write_file(folder / "x.so", bytes);
  Fresh fresh;
  check_throws([&] { fresh.host.load(folder / "x.so"); }, "E_PLUGIN_FILE", folder / "x.so", "a segment lies outside");
  fresh.check_alive();
}

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

BOOST_AUTO_TEST_CASE(registrations_that_throw_leave_nothing) {
  for (const char* name : {"throws_int", "throws_standard", "throws_error", "null", "odd_name"}) {
    BOOST_TEST_CONTEXT(name) {
      Fresh fresh;
      const std::string wanted = name == std::string("null")       ? "E_PLUGIN_SYMBOL"
                                 : name == std::string("odd_name") ? "E_PLUGIN_NAME"
                                                                   : "E_PLUGIN_REGISTER";
      check_throws([&] { fresh.host.load(built(name)); }, wanted, built(name));
      BOOST_TEST(fresh.registry.components().empty());
      BOOST_TEST(fresh.host.loaded().empty());
      fresh.check_alive();
    }
  }
  Fresh fresh;
  check_throws([&] { fresh.host.load(built("throws_error")); }, "E_PLUGIN_REGISTER", built("throws_error"),
               "error[E_MODEL_BAD] here: said so");
}

BOOST_AUTO_TEST_CASE(registering_too_late_is_an_error) {
  Fresh fresh;
  fresh.host.load(built("late"));
  check_throws([&] { fresh.registry.make<Greeter>("late"); }, "E_PLUGIN_REGISTER", built("late"), "has ended");
  BOOST_TEST(!fresh.registry.has("greeter", "more"));
  fresh.check_alive();
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
